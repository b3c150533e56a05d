"""The `detect` stage on the host: a page in, its regions out."""

from __future__ import annotations

import numpy as np

from pinpoint_edge.vision.canvas import Canvas, fit_canvas
from pinpoint_edge.vision.elements import STRIDE, find_elements, join, see_ticks
from pinpoint_edge.vision.page import Page
from pinpoint_edge.vision.regions import Region, find_regions
from pinpoint_runtimes import Session


def detect(session: Session, page: Page) -> tuple[list[Region], Canvas]:
    """Find the regions of a page: text lines, and elements where the bundle finds them.

    Returns them with the canvas that they were found on.
    """
    canvas = fit_canvas(page.image)
    image = np.ascontiguousarray(canvas.image.transpose(2, 0, 1)[None])
    maps = session.run({"image": image})
    size = (page.width, page.height)
    found = find_regions(maps["text_map"], canvas.scale, size, page.number)
    mark_map = maps.get("mark_map")  # a bundle without a head for elements has none
    if mark_map is None:
        return found, canvas
    elements = find_elements(mark_map, canvas.scale / STRIDE, size, page.number)
    return join(found, see_ticks(page.image, elements)), canvas
