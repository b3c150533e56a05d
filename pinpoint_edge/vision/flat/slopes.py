"""The slopes of text lines, and a field of them over the whole page.

A line of text is cut into pieces, each with the slope of its own pixels. The field is a coarse
grid of slopes, drawn through the pieces by least squares: smooth from left to right, and smooth
down the page but for folds. All of it is plain arithmetic on canvas pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.vision.components import Component

Floats = NDArray[np.float64]

PIECE = 8  # thicknesses: a line twice as long has two pieces
SHORTEST = 3  # thicknesses: a shorter line shows no slope

COLUMNS = 7  # of the field
STEP = 32  # canvas pixels between its rows
ACROSS, DOWN = 0.2, 50.0  # weight of the difference of neighbours, to a piece's 9 to 256
NOISE = 0.05  # slope: a piece farther from the field counts for less
FOLD = 0.012  # slope: neighbours down the page that differ by more are held together less
ROUNDS = 4
LEVEL = 0.0175  # a slope of 1 degree: letters may lean so much, and level lines are read better
ANCHOR = 1e-3  # holds what no piece shows to the usual slope


@dataclass(frozen=True, eq=False)
class Pieces:
    """Pieces of text lines, float64 (n,) each.

    x, y: the centre; slope: down per right; weight; length, thick: of the piece on the text map.
    """

    x: Floats
    y: Floats
    slope: Floats
    weight: Floats
    length: Floats
    thick: Floats


@dataclass(frozen=True, eq=False)
class SlopeField:
    """Slopes float64 (rows, COLUMNS) at places STEP apart down and `width` in all across."""

    slopes: Floats
    width: float

    @property
    def level(self) -> float:
        """The slope of the page: the mean, and 0 within LEVEL."""
        mean = float(self.slopes.mean())
        return 0.0 if abs(mean) < LEVEL else mean

    def at(self, x: Floats, y: Floats) -> Floats:
        """The slopes at places (n,), bilinear between the grid's; beyond it those of its edge."""
        first, fx, fy = _cells(x, y, self.width, len(self.slopes))
        flat = self.slopes.ravel()
        upper = flat[first] * (1 - fx) + flat[first + 1] * fx
        first += COLUMNS
        lower = flat[first] * (1 - fx) + flat[first + 1] * fx
        return np.asarray(upper * (1 - fy) + lower * fy)


def _cells(
    x: Floats, y: Floats, width: float, rows: int
) -> tuple[NDArray[np.int64], Floats, Floats]:
    """The upper left node of the grid's cell around each place, and the shares right and down."""
    column = np.clip(x / width * (COLUMNS - 1), 0, COLUMNS - 1)
    row = np.clip(y / STEP, 0, rows - 1)
    i = np.minimum(column.astype(np.int64), COLUMNS - 2)
    j = np.minimum(row.astype(np.int64), rows - 2)
    return j * COLUMNS + i, column - i, row - j


def find_pieces(components: Sequence[Component]) -> Pieces:
    """Cut the components of a text map into pieces, and measure each one's slope.

    A component's thickness is its pixels over its width. One at least SHORTEST thicknesses wide
    has as many equal pieces as PIECE thicknesses fit into it, at least one. A piece's slope is the
    least-squares line through its pixels.
    """
    lines: list[tuple[int, int, int]] = []  # left, width, pixels
    runs: list[NDArray[np.int64]] = []
    for part in components:
        first_column, past_column = int(part.runs[:, 1].min()), int(part.runs[:, 2].max())
        across, pixels = past_column - first_column, int((part.runs[:, 2] - part.runs[:, 1]).sum())
        if across * across >= SHORTEST * pixels:
            lines.append((first_column, across, pixels))
            runs.append(part.runs)
    if not lines:
        return Pieces(*(np.zeros(0) for _ in range(6)))
    left, width, area = np.array(lines, np.int64).T
    count = np.maximum(width * width // (PIECE * area), 1)
    row, start, end = np.concatenate(runs).T
    number = np.repeat(np.arange(len(lines)), [len(own) for own in runs])
    # A run is cut where the pieces of its line meet: piece n begins at ceil(n * width / count).
    first = (start - left[number]) * count[number] // width[number]
    last = (end - 1 - left[number]) * count[number] // width[number]
    copies = last - first + 1
    run = np.repeat(np.arange(len(row)), copies)
    own = number[run]
    piece = np.arange(len(run)) - np.repeat(np.cumsum(copies) - copies, copies) + first[run]
    begin = np.maximum(start[run], left[own] - (-piece * width[own] // count[own]))
    stop = np.minimum(end[run], left[own] - (-(piece + 1) * width[own] // count[own]))

    many = stop - begin
    sum_x = (begin + stop - 1) * many // 2
    key = (np.cumsum(count) - count)[own] + piece
    total = int(count.sum())

    def summed(values: NDArray[np.int64]) -> Floats:
        return np.asarray(np.bincount(key, values.astype(np.float64), total), np.float64)

    n, x, y = summed(many), summed(sum_x), summed(many * row[run])
    xx = summed(_squares(stop) - _squares(begin))
    xy = summed(sum_x * row[run])
    spread = n * xx - x * x
    kept = spread > 0
    n, x, y, xx, xy, spread = (values[kept] for values in (n, x, y, xx, xy, spread))
    length = (width / count).repeat(count)[kept]
    thick = (area / width).repeat(count)[kept]
    weight = (length / thick) ** 2
    slope = (n * xy - x * y) / spread
    return Pieces(x / n + 0.5, y / n + 0.5, slope, weight, length, thick)


def _squares(stop: NDArray[np.int64]) -> NDArray[np.int64]:
    """The sum of the squares of 0 .. stop - 1."""
    return np.asarray((stop - 1) * stop * (2 * stop - 1) // 6)


def fit_slopes(pieces: Pieces, size: tuple[int, int]) -> SlopeField:
    """Draw a field through the slopes of pieces on a canvas of (width, height).

    Least squares in ROUNDS rounds: a piece's weight is divided by 1 + (d / NOISE)^2, d its distance
    from the field of the round before, and that of a difference down the page by 1 + (d / FOLD)^2
    (the first time none is). ANCHOR holds it to the weighted median of the slopes.
    """
    width, height = size
    rows = max(-(-height // STEP) + 1, 2)
    usual = weighted_median(pieces.slope, pieces.weight)
    first, fx, fy = _cells(pieces.x, pieces.y, width, rows)
    places = np.stack([first, first + 1, first + COLUMNS, first + COLUMNS + 1], 1)
    shares = np.stack([(1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy], 1)

    count = rows * COLUMNS
    node = np.arange(count).reshape(rows, COLUMNS)
    across = node[:, :-1].ravel(), node[:, 1:].ravel()
    down = node[:-1].ravel(), node[1:].ravel()
    pairs = (places[:, :, None] * count + places[:, None, :]).ravel()
    products = shares[:, :, None] * shares[:, None, :]
    solution = np.full(count, usual)
    weight, tie = pieces.weight, np.full(len(down[0]), DOWN)
    for number in range(ROUNDS):
        if number:
            away = (shares * solution[places]).sum(1) - pieces.slope
            weight = pieces.weight / (1 + (away / NOISE) ** 2)
            tie = DOWN / (1 + ((solution[down[0]] - solution[down[1]]) / FOLD) ** 2)
        matrix = np.bincount(
            pairs, (weight[:, None, None] * products).ravel(), count * count
        ).reshape(count, count)
        right = np.bincount(
            places.ravel(), (shares * (weight * pieces.slope)[:, None]).ravel(), count
        )
        for (one, other), ties in ((across, np.full(len(across[0]), ACROSS)), (down, tie)):
            matrix[one, other] -= ties
            matrix[other, one] -= ties
            for end in (one, other):
                matrix[node.ravel(), node.ravel()] += np.bincount(end, ties, count)
        matrix[node.ravel(), node.ravel()] += ANCHOR
        solution = np.linalg.solve(matrix, right + ANCHOR * usual)
    return SlopeField(solution.reshape(rows, COLUMNS), float(width))


def weighted_median(values: Floats, weights: Floats) -> float:
    """The first value, in order, at which half of the weight is reached."""
    order = np.argsort(values, kind="stable")
    passed = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(passed, passed[-1] / 2)])
