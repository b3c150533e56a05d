"""From the detector's text map to regions: lines of text as quads on the source page.

Post-processing of a differentiable-binarization map (Liao et al., "Real-time Scene Text Detection
with Differentiable Binarization", AAAI 2020): threshold, components, rectangles, unclip.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.errors import OptionError
from pinpoint_edge.vision.components import Component, find_components, minimum_rectangle
from pinpoint_edge.vision.geometry import (
    VERTICAL_TEXT,
    Box,
    Quad,
    bounds,
    rotate_points,
    text_angle,
    text_size,
)

THRESHOLD = 0.3
BOX_SCORE = 0.5
MIN_SIDE = 3.0  # canvas pixels, before unclip
UNCLIP = 1.6
LINE = 3.0  # a region wider than this many times its height shows its direction
SQUAT = 2.0  # a component less elongated than this has a rectangle of any direction
SNAP = 1.1
LEVEL = 0.25  # degrees: upright regions are cropped faster, and nothing is lost


@dataclass(frozen=True, eq=False)
class Region:
    """A line of text on a page.

    quad: float32 (4, 2) in source pixels, clockwise from the text's top left; score: mean of its
    map, 0..1; page: 0-based number of the page in its document.
    """

    quad: Quad
    score: float
    page: int = 0

    @property
    def box(self) -> Box:
        """The upright bounds in source pixels."""
        return bounds(self.quad)


def find_regions(
    text_map: NDArray[np.floating], scale: float, page_size: tuple[int, int], page: int = 0
) -> list[Region]:
    """Find the regions of a text map: those of its components, see `regions_of`."""
    return regions_of(find_text(text_map, scale), scale, page_size, page)


def find_text(text_map: NDArray[np.floating], scale: float) -> list[Component]:
    """Find the components of a text map, in the order of their first pixels (top, then left).

    text_map: (H, W) or (1, 1, H, W) probabilities; scale: canvas pixels per page pixel. Components
    (8-neighbour) of the pixels above THRESHOLD with a mean of at least BOX_SCORE over their own
    pixels. Raises OptionError when the map is not one plane or the scale not positive.
    """
    plane = np.asarray(text_map, dtype=np.float32)
    if plane.ndim == 4 and plane.shape[:2] == (1, 1):
        plane = plane[0, 0]
    if plane.ndim != 2 or not scale > 0:
        raise OptionError(
            f"A text map {plane.shape} at scale {scale} was given; pass one map (H, W) and the "
            "scale of its canvas."
        )
    return [part for part in find_components(plane, THRESHOLD) if part.score >= BOX_SCORE]


def regions_of(
    found: Sequence[Component], scale: float, page_size: tuple[int, int], page: int = 0
) -> list[Region]:
    """Turn components of a text map into regions, in their order.

    page_size: (width, height) of the source page. Components become minimum-area rectangles. Those
    with a side under MIN_SIDE are dropped. The others, taken through the centres of their outer
    pixels, are expanded by area * UNCLIP / perimeter on each side, divided by `scale` and clipped
    to the page. Squat components, and those whose rectangle is no more than SNAP times larger for
    it, follow the direction of the page's lines, which is upright when within LEVEL degrees.
    """
    fitted = [(part, minimum_rectangle(part.points)) for part in found]
    direction = median_angle(
        [(text_angle(quad), max(text_size(quad))) for _, quad in fitted if _elongation(quad) > LINE]
    )
    if abs(direction) < LEVEL:
        direction = 0.0
    regions = []
    for part, fit in fitted:
        quad = _settle(part, fit, direction)
        if min(text_size(quad)) < MIN_SIDE:
            continue
        source = _unclip(quad) / scale
        source = np.clip(source, 0, np.array(page_size, dtype=np.float64))
        x0, y0, x1, y1 = bounds(source)
        if x1 - x0 < 1 or y1 - y0 < 1:  # it lay in the canvas's margin
            continue
        regions.append(Region(_from_text_corner(source).astype(np.float32), part.score, page))
    return regions


def _settle(part: Component, quad: NDArray[np.float64], direction: float) -> NDArray[np.float64]:
    """The rectangle of the page's direction where the component's own says nothing better."""
    x0, y0, x1, y1 = bounds(rotate_points(part.points, -direction, (0.0, 0.0)))
    width, height = text_size(quad)
    if _elongation(quad) < SQUAT or (x1 - x0) * (y1 - y0) <= SNAP * width * height:
        corners = _corners((x0, y0, x1, y1))
        return rotate_points(corners, direction, (0.0, 0.0)).astype(np.float64)
    return quad


def _corners(box: Box) -> NDArray[np.float64]:
    x0, y0, x1, y1 = box
    return np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], dtype=np.float64)


def _unclip(quad: NDArray[np.float64]) -> NDArray[np.float64]:
    width, height = text_size(quad)
    # The ratio is meant for rectangles through the centres of the outer pixels (OpenCV's contours).
    inner_width, inner_height = width - 1, height - 1
    margin = inner_width * inner_height * UNCLIP / (2 * (inner_width + inner_height)) - 0.5
    along = (quad[1] - quad[0]) / width * margin
    down = (quad[3] - quad[0]) / height * margin
    grown: NDArray[np.float64] = quad + np.stack(
        [-along - down, along - down, along + down, down - along]
    )
    return grown


def _from_text_corner(quad: NDArray[np.float64]) -> NDArray[np.float64]:
    # Text that runs downwards has its top on the right: see geometry.text_quad.
    width, height = text_size(quad)
    return np.roll(quad, -1, axis=0) if height > VERTICAL_TEXT * width else quad


def _elongation(quad: NDArray[np.float64]) -> float:
    width, height = text_size(quad)
    return max(width, height) / max(min(width, height), 1e-9)


def median_angle(weighted: list[tuple[float, float]]) -> float:
    """Return the median of (degrees, weight), 0 of none."""
    half = sum(weight for _, weight in weighted) / 2
    passed = 0.0
    for angle, weight in sorted(weighted):
        passed += weight
        if passed >= half:
            return angle
    return 0.0
