"""The order of a page: its blocks, its rows, and the places of its regions."""

from pinpoint_edge.vision.layout.order import Layout, lay_out

__all__ = ["Layout", "lay_out"]
