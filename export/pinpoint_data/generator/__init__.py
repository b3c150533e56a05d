"""Synthetic training pages: documents drawn with exact boxes, and the questions they answer."""
