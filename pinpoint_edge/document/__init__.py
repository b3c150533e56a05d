"""A document that is asked: its pages, how evidence is chosen, what is extracted and drawn."""

from pinpoint_edge.document.document import Document

__all__ = ["Document"]
