"""Reports of what recipes cost and keep."""
