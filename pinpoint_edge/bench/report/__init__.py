"""Records as a page to look at, tables, and a comparison of two of them."""
