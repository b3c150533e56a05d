"""Lines of text out of a PDF page's own characters."""
