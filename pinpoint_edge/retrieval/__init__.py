"""Which regions of a page a question is about."""
