"""Bent pages made flat: seen from the side, bowed, folded.

Every column of a bent page is moved and stretched up and down, so that the lines of its text become
straight and parallel; nothing moves sideways. The page's own tilt stays: crops and rows follow it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.vision.canvas import Canvas
from pinpoint_edge.vision.components import Component
from pinpoint_edge.vision.flat.ink import with_ink_slopes
from pinpoint_edge.vision.flat.slopes import (
    Floats,
    Pieces,
    SlopeField,
    find_pieces,
    fit_slopes,
    weighted_median,
)
from pinpoint_edge.vision.resize import Pixels

FEWEST = 8  # pieces that show a bend
CLEAR = 3.0  # times: how much more the field bends than the pieces scatter around it
HINT = 0.1  # of a line's height, over half of the page: less on the map is not looked into
BEND = 0.25  # of a line's height, between the most raised and the most lowered piece
OUTSIDE = 50  # one piece of so many, at either end, may be wrong
STEPS = 32  # from anywhere to the middle of the page
MARGIN = 2.0  # heights of a line that are kept above and below the text
NODE = 32  # page pixels between the places of a bend's grid
PLACE_BITS = 8


@dataclass(frozen=True, eq=False)
class Bend:
    """How a flat page lies on the bent one, both in pixels.

    rows: int64 (m, n), where the point (NODE * i, NODE * j) of the flat page lies up and down on
    the bent one, with PLACE_BITS fractional bits; size: (width, height) of the flat page.
    """

    rows: NDArray[np.int64]
    size: tuple[int, int]

    def flatten(self, image: Pixels) -> Pixels:
        """The flat page u8 (h, W, C) of a bent one (H, W, C), in integers.

        A pixel is taken between two pixels of its own column, at the place of its middle.
        """
        width, height = self.size
        last = image.shape[0] - 1
        x, y = np.arange(width), np.arange(height)[:, None]
        i, fx = x // NODE, 2 * (x % NODE) + 1
        j, fy = y // NODE, 2 * (y % NODE) + 1
        whole = 2 * NODE
        # Along x for every row of nodes, then down: 2 * 6 bits are added to a place's own.
        wide = self.rows[:, i] * (whole - fx) + self.rows[:, i + 1] * fx
        place = wide[j[:, 0]] * (whole - fy) + wide[j[:, 0] + 1] * fy
        bits = PLACE_BITS + 2 * (whole.bit_length() - 1)
        place -= 1 << (bits - 1)
        row = place >> bits
        weight = ((place >> (bits - 8)) & 255).astype(np.int32)[..., None]
        upper = image[row.clip(0, last), x].astype(np.int32)
        lower = image[(row + 1).clip(0, last), x]
        return np.asarray((upper * (256 - weight) + lower * weight + 128) >> 8, np.uint8)

    def of(self, first: Bend) -> Bend:
        """This bend of a page that `first` made flatter, as one bend of the page it came from."""
        i = np.broadcast_to(np.arange(self.rows.shape[1]), self.rows.shape)
        between = np.stack([i * NODE, self.rows / (1 << PLACE_BITS)], -1)
        place = first.to_bent(between)[..., 1] * (1 << PLACE_BITS)
        return Bend(np.floor(place + 0.5).astype(np.int64), self.size)

    def to_bent(self, points: NDArray[np.floating]) -> Floats:
        """Where points float (..., 2) of the flat page lie on the bent one."""
        x, y = points[..., 0].astype(np.float64), points[..., 1].astype(np.float64)
        last_row, last_column = (side - 2 for side in self.rows.shape)
        i = np.clip(np.floor(x / NODE), 0, last_column).astype(np.int64)
        j = np.clip(np.floor(y / NODE), 0, last_row).astype(np.int64)
        fx, fy = x / NODE - i, y / NODE - j
        upper = self.rows[j, i] * (1 - fx) + self.rows[j, i + 1] * fx
        lower = self.rows[j + 1, i] * (1 - fx) + self.rows[j + 1, i + 1] * fx
        place = (upper * (1 - fy) + lower * fy) / (1 << PLACE_BITS)
        return np.stack([x, place], -1)


def find_bend(
    components: Sequence[Component], canvas: Canvas, tall: float, page_width: int
) -> Bend | None:
    """Find how the page on a canvas is bent whose text map has these components; None if it is not.

    tall: the height of a line of its text in canvas pixels. The field of slopes of the map shows
    whether a page may be bent, at next to no cost; the field of slopes of the ink decides. The page
    is bent when the pieces of its lines lie BEND heights apart from where they lay on a flat one.
    """
    pieces = find_pieces(components)
    if len(pieces.x) < FEWEST:
        return None
    middle = canvas.size[0] / 2
    bent, _ = _fit(pieces, canvas.size)
    if bent * middle <= HINT * tall:
        return None
    pieces = with_ink_slopes(pieces, canvas.grey)
    bent, field = _fit(pieces, canvas.size)
    if not bent:
        return None
    level = field.level
    crossing = trace(field, pieces.x, pieces.y, np.full(len(pieces.x), middle))
    flat = crossing + level * (pieces.x - middle)  # where the pieces lie on the flat page
    moved = np.sort(pieces.y - flat)
    outside = len(moved) // OUTSIDE
    if moved[-1 - outside] - moved[outside] < BEND * tall:
        return None
    top = min(0.0, float(flat.min()) - MARGIN * tall)
    foot = max(float(canvas.size[1]), float(flat.max()) + MARGIN * tall)
    height = math.floor((foot - top) / canvas.scale + 0.5)
    step = NODE * canvas.scale
    columns, rows = np.arange(page_width // NODE + 2), np.arange(height // NODE + 2)
    x, y = (axis.ravel() for axis in np.meshgrid(columns * step, rows * step + top))
    start = np.full(len(x), middle)
    place = trace(field, start, y - level * (x - middle), x) / canvas.scale
    nodes = np.floor(place * (1 << PLACE_BITS) + 0.5).astype(np.int64)
    return Bend(nodes.reshape(len(rows), len(columns)), (page_width, height))


def _fit(pieces: Pieces, size: tuple[int, int]) -> tuple[float, SlopeField]:
    """How far a page of pieces is bent, in slope, and the field of its slopes.

    The root of the weighted mean square of the field's difference from the page's slope, at the
    pieces; 0 when it is less than CLEAR times what the pieces scatter around the field (the
    weighted median).
    """
    field = fit_slopes(pieces, size)
    fitted = field.at(pieces.x, pieces.y)
    mean = (pieces.weight * (fitted - field.level) ** 2).sum() / pieces.weight.sum()
    scatter = weighted_median(np.abs(pieces.slope - fitted), pieces.weight)
    bent = math.sqrt(float(mean))
    return (bent if bent >= CLEAR * scatter else 0.0), field


def trace(field: SlopeField, x: Floats, y: Floats, stop: Floats) -> Floats:
    """Follow the slopes of a field from points (x, y) to `stop`: the y (n,) that they reach there.

    STEPS equal steps of the midpoint method.
    """
    step = (stop - x) / STEPS
    for number in range(STEPS):
        at = x + number * step
        half = y + field.at(at, y) * (step / 2)
        y = y + field.at(at + step / 2, half) * step
    return y
