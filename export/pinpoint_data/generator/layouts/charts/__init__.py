"""Charts, and the infographics and reports that hold them."""
