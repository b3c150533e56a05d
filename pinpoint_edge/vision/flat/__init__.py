"""Which way is up, and flat: a page as it is looked at, and the way back to the page given."""

from pinpoint_edge.vision.flat.view import View

__all__ = ["View"]
