"""Pages out of photos, scans and PDF files."""

from pinpoint_edge.vision.page.load import Page, PathLike, load_pages

__all__ = ["Page", "PathLike", "load_pages"]
