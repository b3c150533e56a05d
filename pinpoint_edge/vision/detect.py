"""The `detect` stage on the host: a page in, its regions out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pinpoint_edge.vision import parts
from pinpoint_edge.vision.canvas import Canvas, fit_canvas
from pinpoint_edge.vision.components import Component
from pinpoint_edge.vision.page import Page
from pinpoint_edge.vision.regions import Region, find_text, regions_of
from pinpoint_edge.vision.resize import Pixels
from pinpoint_runtimes import Session


@dataclass(frozen=True, eq=False)
class Detected:
    """What was found on a page: `regions`, on a `canvas`; `components`, of its text map.

    parts: that the page was looked at in.
    """

    regions: list[Region]
    canvas: Canvas
    components: Sequence[Component]
    parts: int = 1


def detect(session: Session, page: Page) -> tuple[list[Region], Canvas]:
    """Find the regions of a page; returns them with the canvas that they were found on."""
    found = detect_page(session, page)
    return found.regions, found.canvas


def detect_page(session: Session, page: Page) -> Detected:
    """Find the regions of a page, see `detect`."""
    if parts.is_long(page.width, page.height):
        canvas = parts.fit_long_canvas(page.image)
        seen = [_run(session, part) for part in parts.parts_of(canvas.image)]
        maps, count = parts.joined(seen, canvas.image.shape), len(seen)
    else:
        canvas = fit_canvas(page.image)
        maps, count = _run(session, canvas.image), 1
    size = (page.width, page.height)
    components = find_text(maps["text_map"], canvas.scale)
    regions = regions_of(components, canvas.scale, size, page.number)
    return Detected(regions, canvas, components, count)


def _run(session: Session, image: Pixels) -> parts.Maps:
    return session.run({"image": np.ascontiguousarray(image.transpose(2, 0, 1)[None])})
