"""One cheap look at a whole page: its regions in reading order, each read roughly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pinpoint_edge.bundle import ReadingOrder
from pinpoint_edge.runtime.stages import Stages
from pinpoint_edge.runtime.timings import Timings, timed
from pinpoint_edge.vision.detect import detect
from pinpoint_edge.vision.geometry import Box, union
from pinpoint_edge.vision.glance import Glance, glance
from pinpoint_edge.vision.layout import Layout, lay_out
from pinpoint_edge.vision.page import Page
from pinpoint_edge.vision.regions import Region


@dataclass(frozen=True)
class LookedPage:
    """A page after detect, layout and glance.

    regions: in reading order; layout, glance: of each; first: the first region's index among those
    of the whole document.
    """

    page: Page
    regions: list[Region]
    layout: Layout
    glance: Glance
    first: int

    def cell_boxes(self) -> list[Box]:
        """The boxes of the cells of the layout, in reading order."""
        cells: dict[int, list[Box]] = {}
        for region, number in zip(self.regions, self.layout.cell, strict=True):
            cells.setdefault(number, []).append(region.box)
        return [union(boxes) for boxes in cells.values()]


def look(
    page: Page,
    stages: Stages,
    characters: Sequence[str],
    reading_order: ReadingOrder,
    first: int,
    timings: Timings,
) -> LookedPage:
    """Find a page's regions, order them, and glance at each of them.

    characters: the classes of the glance encoder.
    """
    with timed(timings, "detect"):
        found, canvas = detect(stages.session("detect"), page)
    with timed(timings, "layout"):
        regions, layout = lay_out(found, canvas, (page.width, page.height), reading_order)
    with timed(timings, "glance"):
        seen = glance(stages.session("glance"), page, regions, characters)
    return LookedPage(page, regions, layout, seen, first)
