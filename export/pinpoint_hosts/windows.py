"""Windows of cells, the paper's regions: their choice by coverage, and the rectangles to crop."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from pinpoint_edge.errors import OptionError
from pinpoint_hosts.host import Box

Cells = tuple[int, int, int, int]  # (top, left, bottom, right), ends exclusive


@dataclass(frozen=True)
class WindowSize:
    """Side and stride of windows in shares of the page: the paper's 10 and 7 cells of 32."""

    side: float = 10 / 32
    stride: float = 7 / 32

    def __post_init__(self) -> None:
        if not 0 < self.stride <= self.side <= 1:
            raise OptionError(
                f"windows of {self.side:g} with stride {self.stride:g} leave gaps or the page; "
                "take 0 < stride <= side <= 1"
            )


@dataclass(frozen=True)
class Windows:
    """All windows of a grid: `boxes` as cells, `cells` i64 (n,m) row-major indices of each."""

    rows: int
    columns: int
    boxes: list[Cells]
    cells: Tensor


def make_windows(rows: int, columns: int, size: WindowSize = WindowSize()) -> Windows:
    """Return the windows of a grid; the last one of a row or column is pushed inside."""
    high, wide = (max(1, round(size.side * side)) for side in (rows, columns))
    steps = (max(1, round(size.stride * side)) for side in (rows, columns))
    tops, lefts = map(_starts, (rows, columns), (high, wide), steps)
    boxes = [(top, left, top + high, left + wide) for top in tops for left in lefts]
    every = torch.arange(rows * columns).view(rows, columns)
    cells = torch.stack([every[a:c, b:d].flatten() for a, b, c, d in boxes])
    return Windows(rows, columns, boxes, cells)


def _starts(count: int, side: int, stride: int) -> list[int]:
    last = count - side
    return [*range(0, last + 1, stride), *([last] if last % stride else [])]


def select(scores: Tensor, windows: Windows, coverage: float) -> tuple[list[int], Tensor]:
    """Return the best windows, until they cover this share of the cells; and those, bool (r,c).

    scores: f32 (n,). The paper's coverage is read as a share of the area.
    """
    if not 0 < coverage <= 1:
        raise OptionError(f"the coverage is {coverage}; take one above 0, up to 1")
    covered = torch.zeros(windows.rows, windows.columns, dtype=torch.bool)
    chosen = []
    for index in scores.argsort(descending=True).tolist():
        top, left, bottom, right = windows.boxes[index]
        covered[top:bottom, left:right] = True
        chosen.append(index)
        if covered.float().mean() >= coverage:
            break
    return chosen, covered


def rectangles(covered: Tensor) -> list[Cells]:
    """Return disjoint rectangles that make up the covered cells: runs of a row, grown down."""
    done: list[Cells] = []
    live: dict[tuple[int, int], int] = {}
    rows = covered.int().tolist()
    for y, row in enumerate([*rows, [0] * covered.shape[1]]):
        padded = [0, *row, 0]
        edges = [x for x in range(len(row) + 1) if padded[x] != padded[x + 1]]
        runs = set(zip(edges[::2], edges[1::2], strict=True))
        for run in [run for run in live if run not in runs]:
            done.append((live.pop(run), run[0], y, run[1]))
        for run in runs:
            live.setdefault(run, y)
    return sorted(done)


def merged(boxes: list[Cells], most: int) -> list[Cells]:
    """Return at most `most` boxes: those two whose union adds the least area become one, in turn.

    A crop costs a tile in most families, however small it is.
    """

    def area(box: Cells) -> int:
        return (box[2] - box[0]) * (box[3] - box[1])

    def union(a: Cells, b: Cells) -> Cells:
        return (min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3]))

    left = list(boxes)
    while len(left) > max(1, most):
        first, second = min(
            ((a, b) for i, a in enumerate(left) for b in left[:i]),
            key=lambda two: area(union(*two)) - area(two[0]) - area(two[1]),
        )
        left = [box for box in left if box not in (first, second)] + [union(first, second)]
    return sorted(left)


def to_pixels(box: Cells, windows: Windows, frame: Box, size: tuple[int, int]) -> Box:
    """Return a box of cells in pixels of the page, size (width,height); frame as of `Look`."""
    top, left, bottom, right = box
    x0, y0, x1, y1 = frame
    xs = (x0 + (x1 - x0) * at / windows.columns for at in (left, right))
    ys = (y0 + (y1 - y0) * at / windows.rows for at in (top, bottom))
    (a, c), (b, d) = (
        [min(max(share, 0), 1) * side for share in shares]
        for shares, side in ((xs, size[0]), (ys, size[1]))
    )
    return a, b, c, d


def relevant(boxes: list[Box], windows: Windows, frame: Box, size: tuple[int, int]) -> Tensor:
    """Return which windows hold evidence, bool (n,): the centre of a box, or half of its area.

    boxes: in pixels of the page, size (width,height).
    """
    found = torch.zeros(len(windows.boxes), dtype=torch.bool)
    for index, cells in enumerate(windows.boxes):
        a, b, c, d = to_pixels(cells, windows, frame, size)
        for x0, y0, x1, y1 in boxes:
            inside = a <= (x0 + x1) / 2 < c and b <= (y0 + y1) / 2 < d
            shared = max(0.0, min(c, x1) - max(a, x0)) * max(0.0, min(d, y1) - max(b, y0))
            if inside or shared * 2 >= (x1 - x0) * (y1 - y0):
                found[index] = True
    return found
