"""Line crops: cut, cached, generated, and put into batches."""
