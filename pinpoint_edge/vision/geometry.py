"""Boxes and quads on a page, in pixels; x grows to the right, y downwards.

A box is `(x0, y0, x1, y1)`. A quad is the four corners of a line of text, clockwise from the top
left *of the text*: corner 0 to corner 1 is the reading direction, corner 0 to corner 3 goes from
the top of the letters to their foot, however the text is turned on the page.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pinpoint_edge.errors import OptionError

Box: TypeAlias = tuple[float, float, float, float]
"""(x0, y0, x1, y1) in pixels of the upright source page."""

Corners: TypeAlias = tuple[tuple[float, float], ...]
"""Four (x, y) corners in pixels of the upright source page, clockwise from the text's top left."""

Quad: TypeAlias = NDArray[np.float32]
"""Those corners as f32 (4, 2)."""

# A region this many times as high as wide is taken for text that runs downwards.
VERTICAL_TEXT = 2.0


def as_quad(quad: ArrayLike) -> Quad:
    """Return `quad` as float32 (4, 2); raises OptionError for another shape or NaN."""
    array = np.asarray(quad, dtype=np.float32)
    if array.shape != (4, 2) or not np.isfinite(array).all():
        raise OptionError(
            f"A quad of shape {array.shape} was given; pass four finite corners, shape (4, 2)."
        )
    return array


def text_quad(box: Sequence[float]) -> Quad:
    """Return the quad of the text in an upright box.

    A box more than VERTICAL_TEXT times as high as wide is read downwards: its text is turned
    clockwise by a quarter, so the text's top left is the box's top right.
    """
    x0, y0, x1, y1 = box
    corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
    if y1 - y0 > VERTICAL_TEXT * (x1 - x0):
        corners = corners[1:] + corners[:1]
    return np.array(corners, dtype=np.float32)


def text_size(quad: ArrayLike) -> tuple[float, float]:
    """Return the text's width (length of the top edge) and height (of the left edge), in pixels."""
    corners = np.asarray(quad, dtype=np.float64)
    return _length(corners[1] - corners[0]), _length(corners[3] - corners[0])


def text_angle(quad: ArrayLike) -> float:
    """Return the reading direction in degrees, -180 to 180; positive is clockwise."""
    corners = np.asarray(quad, dtype=np.float64)
    dx, dy = corners[1] - corners[0]
    return math.degrees(math.atan2(float(dy), float(dx)))


def bounds(quad: ArrayLike) -> Box:
    """Return the upright box around the points `quad`, (n, 2)."""
    points = np.asarray(quad, dtype=np.float64)
    (x0, y0), (x1, y1) = points.min(axis=0), points.max(axis=0)
    return float(x0), float(y0), float(x1), float(y1)


def area(box: Sequence[float]) -> float:
    """Return the area of a box; 0 when it is empty or turned inside out."""
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def intersection(box_a: Sequence[float], box_b: Sequence[float]) -> float:
    """Return the area that two boxes share."""
    return area(
        (
            max(box_a[0], box_b[0]),
            max(box_a[1], box_b[1]),
            min(box_a[2], box_b[2]),
            min(box_a[3], box_b[3]),
        )
    )


def iou(box_a: Sequence[float], box_b: Sequence[float]) -> float:
    """Return the intersection over the union of two boxes, in 0..1; 0 when both are empty."""
    shared = intersection(box_a, box_b)
    whole = area(box_a) + area(box_b) - shared
    return shared / whole if whole > 0 else 0.0


def union(boxes: Iterable[Sequence[float]]) -> Box:
    """Return the smallest box around all `boxes`; raises OptionError when there are none."""
    rows = [tuple(map(float, box)) for box in boxes]
    if not rows:
        raise OptionError("The union of no boxes was asked for; pass at least one box.")
    x0, y0, x1, y1 = zip(*rows, strict=True)
    return min(x0), min(y0), max(x1), max(y1)


def sub_quad(quad: ArrayLike, start: float, end: float) -> Quad:
    """Return the part of a quad between two fractions, 0..1, of its reading direction."""
    corners = as_quad(quad).astype(np.float64)
    top, foot = corners[1] - corners[0], corners[2] - corners[3]
    part = (
        corners[0] + top * start,
        corners[0] + top * end,
        corners[3] + foot * end,
        corners[3] + foot * start,
    )
    return np.stack(part).astype(np.float32)


def rotate_points(
    points: ArrayLike, degrees: float, centre: Sequence[float]
) -> NDArray[np.float32]:
    """Turn points, (..., 2), about `centre`; positive degrees turn clockwise on the page."""
    turn = math.radians(degrees)
    cos, sin = math.cos(turn), math.sin(turn)
    offset = np.asarray(points, dtype=np.float64) - np.asarray(centre, dtype=np.float64)
    turned = offset @ np.array([[cos, sin], [-sin, cos]])
    result: NDArray[np.float32] = (turned + np.asarray(centre)).astype(np.float32)
    return result


def _length(vector: NDArray[np.float64]) -> float:
    # sqrt is rounded alike everywhere, hypot is not; crops must be the same bytes everywhere.
    x, y = float(vector[0]), float(vector[1])
    return math.sqrt(x * x + y * y)
