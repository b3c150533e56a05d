"""The `detect` stage on the host: a page in, its regions out."""

from __future__ import annotations

import numpy as np

from pinpoint_edge.vision.canvas import fit_canvas
from pinpoint_edge.vision.elements import find_all
from pinpoint_edge.vision.page import Page
from pinpoint_edge.vision.regions import Region
from pinpoint_runtimes import Session


def detect(session: Session, page: Page) -> list[Region]:
    """Find the regions of a page: text lines, and elements where the bundle finds them."""
    canvas = fit_canvas(page.image)
    image = np.ascontiguousarray(canvas.image.transpose(2, 0, 1)[None])
    maps = session.run({"image": image})
    mark_map = maps.get("mark_map")  # a bundle without a head for elements has none
    return find_all(maps["text_map"], mark_map, canvas.scale, page.image, page.number)
