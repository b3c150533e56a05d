"""One module for each kind of document; each draws one page and records its fields."""
