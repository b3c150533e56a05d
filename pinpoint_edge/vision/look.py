"""One cheap look at a whole page: its regions in reading order, each read roughly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.runtime.stages import Stages
from pinpoint_edge.runtime.timings import Timings, timed
from pinpoint_edge.vision import regions
from pinpoint_edge.vision.detect import detect
from pinpoint_edge.vision.glance import Glance, glance
from pinpoint_edge.vision.page import Page


@dataclass(frozen=True)
class LookedPage:
    """A page after detect and glance.

    regions: in reading order; geometry f32 (N,4): of each; lines: places of the regions that lie
    beside each other, line by line; glance: of each region; first: the first region's index among
    those of the whole document.
    """

    page: Page
    regions: list[regions.Region]
    geometry: NDArray[np.float32]
    lines: list[list[int]]
    glance: Glance
    first: int


def look(
    page: Page, stages: Stages, characters: Sequence[str], first: int, timings: Timings
) -> LookedPage:
    """Find a page's regions, order them, and glance at each of them.

    characters: the classes of the glance encoder.
    """
    with timed(timings, "detect"):
        found = detect(stages.session("detect"), page)
        skew = regions.estimate_skew(found)
        order = regions.reading_order(found, skew)
    # From here on an index is a place in reading order.
    lines: list[list[int]] = []
    place = 0
    for line in order:
        lines.append(list(range(place, place + len(line))))
        place += len(line)
    found = [found[index] for line in order for index in line]
    geometry = regions.geometry(found, (page.width, page.height), skew)
    with timed(timings, "glance"):
        seen = glance(stages.session("glance"), page, found, characters)
    return LookedPage(page, found, geometry, lines, seen, first)
