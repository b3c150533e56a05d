"""Pages out of photos, scans and PDF files."""

from pinpoint_edge.vision.page.load import Page, PageInput, PathLike, load_pages

__all__ = ["Page", "PageInput", "PathLike", "load_pages"]
