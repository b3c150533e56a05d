"""One training a file, and the run that they share."""
