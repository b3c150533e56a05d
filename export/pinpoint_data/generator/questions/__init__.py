"""Questions about a generated page, each with every box that supports its answer."""
