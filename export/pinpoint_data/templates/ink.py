"""Dark pixels of a page: check boxes with their state, and whether something is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.vision.components import find_components
from pinpoint_edge.vision.geometry import Box, bounds, union
from pinpoint_edge.vision.resize import to_grey

SIDES = 0.38, 1.3  # of a check box, in heights of its label
REACH = 2.4  # heights from a label to the far side of its check box
FRAME = 0.62  # share of each side of a frame that is dark
EMPTY, TICKED = 0.06, 0.17  # share of dark pixels inside a frame
AROUND = 0.06  # share above and below a frame from which on a tick may lie outside
RULE = 30  # pixels: longer dark runs are rules


@dataclass(frozen=True)
class CheckBox:
    """A check box in pixels of the page; `ticked` is None where it is not clear."""

    box: Box
    share: float
    ticked: bool | None


class Ink:
    """The dark pixels of a page u8 (H, W, 3)."""

    def __init__(self, image: NDArray[np.uint8]) -> None:
        grey = to_grey(image)
        paper = float(np.percentile(grey, 90))
        self.dark: NDArray[np.bool_] = grey < 0.6 * paper

    def share(self, box: Box, printed: Sequence[Box] = ()) -> float:
        """Share of dark pixels of a box, without rules and what is printed."""
        part, _ = self._written(box, printed)
        return float(part.mean()) if part.size else 0.0

    def handwriting(self, place: Box, tall: float, printed: Sequence[Box]) -> Box | None:
        """The bounds of the strokes in a place that are higher than `tall`, if some are."""
        part, (left, top) = self._written(place, printed)
        joined = _thick(_thick(part, 0), 1).astype(np.float32)  # what a removed rule has cut
        strokes = [bounds(component.points) for component in find_components(joined, 0.5)]
        high = [b for b in strokes if b[3] - b[1] >= tall]
        if not high:
            return None
        u0, v0, u1, v1 = union(high)
        return (left + u0, top + v0, left + u1, top + v1) if u1 - u0 >= 2 * tall else None

    def check_box(self, label: Box, side: str) -> CheckBox | None:
        """Find the check box left or right of a label's first line, None where there is none."""
        tall = label[3] - label[1]
        middle = (label[1] + label[3]) / 2
        edge = label[0] if side == "left" else label[2]
        x0, x1 = (edge - REACH * tall, edge + 0.3 * tall) if side == "left" else (
            edge - 0.3 * tall, edge + REACH * tall
        )  # fmt: skip
        left, top = max(0, round(x0)), max(0, round(middle - 1.1 * tall))
        part = self.dark[top : round(middle + 1.1 * tall), left : max(0, round(x1))]
        found = _frame(part, round(SIDES[0] * tall), round(SIDES[1] * tall))
        if found is None:
            return None
        x, y, width, height = found
        share, around = _filled(part, found)
        state = True if share >= TICKED else False if share <= EMPTY and around < AROUND else None
        box = left + x, top + y, left + x + width + 1, top + y + height + 1
        return CheckBox((float(box[0]), float(box[1]), float(box[2]), float(box[3])), share, state)

    def _written(
        self, box: Box, printed: Sequence[Box]
    ) -> tuple[NDArray[np.bool_], tuple[int, int]]:
        """The dark pixels of a box without rules and what is printed, and its left and top."""
        left, top, right, foot = (max(0, round(v)) for v in box)
        part = self.dark[top:foot, left:right].copy()
        for other in printed:
            x0, y0, x1, y1 = (round(v) for v in other)
            part[max(y0 - top, 0) : max(y1 - top, 0), max(x0 - left, 0) : max(x1 - left, 0)] = False
        part &= ~_near_runs(part, RULE)
        part &= ~_near_runs(part.T, RULE).T
        return part, (left, top)


def _frame(dark: NDArray[np.bool_], least: int, most: int) -> tuple[int, int, int, int] | None:
    """The square whose four sides are darkest: x, y, width, height in pixels."""
    height, width = dark.shape
    if least < 4 or height <= least or width <= least:
        return None
    # A side may be two pixels off: scans are tilted and lines are thick.
    level = np.cumsum(np.pad(_thick(dark, 0), ((0, 0), (1, 0))), 1, dtype=np.int32)
    upright = np.cumsum(np.pad(_thick(dark, 1), ((1, 0), (0, 0))), 0, dtype=np.int32)
    best, score = None, FRAME
    step = 2 if least > 20 else 1
    for wide in range(least, min(most, width - 1) + 1, step):
        across = (level[:, wide:] - level[:, :-wide]) / wide  # of a run that begins at (y, x)
        for high in range(max(least, round(0.62 * wide)), min(most, round(1.25 * wide)) + 1, step):
            if high >= height:
                break
            down = (upright[high:] - upright[:-high]) / high
            rows, columns = height - high, width - wide
            sides = np.minimum(
                np.minimum(across[:rows, :columns], across[high : high + rows, :columns]),
                np.minimum(down[:rows, :columns], down[:rows, wide : wide + columns]),
            )
            at = int(sides.argmax())
            # The whole frame, not a part that a tick cuts off.
            value = float(sides.flat[at]) + 0.005 * (wide + high)
            if sides.flat[at] >= FRAME and value > score:
                best, score = (at % columns, at // columns, wide, high), value
    return best


def _filled(dark: NDArray[np.bool_], frame: tuple[int, int, int, int]) -> tuple[float, float]:
    """Share of dark pixels inside a frame, and just above and below it."""
    x, y, wide, high = frame
    rim = max(2, round(0.2 * min(wide, high)))
    inner = dark[y + rim : y + high - rim + 1, x + rim : x + wide - rim + 1]
    near, far, beside = high // 5 + 1, high // 2, round(0.4 * wide)
    columns = slice(max(0, x - beside), x + wide + beside)
    above = dark[max(0, y - far) : max(0, y - near), columns]
    below = dark[y + high + near : y + high + far, columns]
    around = [float(part.mean()) for part in (above, below) if part.size]
    return float(inner.mean()) if inner.size else 0.0, max(around, default=0.0)


def _thick(dark: NDArray[np.bool_], axis: int) -> NDArray[np.bool_]:
    """Dark pixels with their neighbours across a line along the other axis."""
    grown = dark.copy()
    moved = np.moveaxis(grown, axis, 0)
    source = np.moveaxis(dark, axis, 0)
    moved[1:] |= source[:-1]
    moved[:-1] |= source[1:]
    return grown


def _near_runs(dark: NDArray[np.bool_], long: int) -> NDArray[np.bool_]:
    """Pixels of level runs at least `long`, which may lean by a pixel or two, and those beside."""
    three = _thick(dark, 0)
    edges = np.diff(np.pad(three.astype(np.int8), ((0, 0), (1, 1))), axis=1)
    rows, starts = np.nonzero(edges == 1)
    stops = np.nonzero(edges == -1)[1]
    marks = np.zeros((dark.shape[0], dark.shape[1] + 1), np.int32)
    kept = stops - starts >= long
    np.add.at(marks, (rows[kept], starts[kept]), 1)
    np.add.at(marks, (rows[kept], stops[kept]), -1)
    return _thick(_thick(np.cumsum(marks[:, :-1], axis=1) > 0, 0), 0)
