"""From pixels to regions and readings."""
