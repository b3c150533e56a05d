"""The page as a tree of blocks, and the order in which its regions are read.

Rules that touch each other make a grid, which is read apart from what lies around it. Within a grid
and around grids, after the recursive XY cut (Nagy and Seth, 1984), ruled lines come before white
space: a block is cut at level rules that span it, then at upright ones, then at gutters between
columns, then at wide gaps. All is integer arithmetic on boxes in the (u, v) of `ruled_lines`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.vision.layout.block import LINES, Block
from pinpoint_edge.vision.layout.cutter import Cutter
from pinpoint_edge.vision.layout.rows import Box
from pinpoint_edge.vision.layout.ruled_lines import Grey, Rules, find_rules, shift, slope_of


@dataclass(frozen=True)
class Blocks:
    """Blocks of a page, and the reading order of its regions.

    rows: regions from left to right, row by row in reading order; a row of a ruled table holds its
    cells one after the other. cell: by region, numbers from 0 in reading order; a cell is what
    rules and gutters part from the rest, so that a label and its value share one. table: by region,
    the number of the table that it lies in, from 0 in reading order, -1 for none.
    """

    root: Block
    rows: list[list[int]]
    cell: list[int]
    table: list[int]


def upright_boxes(quads: NDArray[np.int64], slope: int) -> list[Box]:
    """Boxes u0 v0 u1 v1 of quads int64 (R, 4, 2) in canvas pixels."""
    x, y = quads[..., 0], quads[..., 1]
    u, v = x + shift(y, slope), y + shift(x, -slope)
    boxes = np.stack([u.min(1), v.min(1), u.max(1), v.max(1)], 1)
    return [(u0, v0, u1, v1) for u0, v0, u1, v1 in boxes.tolist()]


def find_blocks(grey: Grey, quads: NDArray[np.floating], scale: float, skew: float) -> Blocks:
    """Find the blocks of a page.

    grey: the canvas u8 (H, W); quads: float (R, 4, 2), regions in page pixels; scale: canvas pixels
    per page pixel; skew: the tilt of the text in degrees.
    """
    slope = slope_of(skew)
    corners = np.floor(np.asarray(quads, np.float64).reshape(-1, 4, 2) * scale + 0.5)
    boxes = upright_boxes(corners.astype(np.int64), slope)
    return arrange(boxes, find_rules(grey, boxes, slope))


def arrange(boxes: Sequence[Box], rules: Rules) -> Blocks:
    """Arrange regions, given their boxes and the rules of their page."""
    if not boxes:
        return Blocks(Block(LINES, (0, 0, 0, 0)), [], [], [])
    root = Cutter(boxes, rules).page()
    cell, table = [0] * len(boxes), [-1] * len(boxes)
    for number, part in enumerate(root.cells()):
        for index in part.regions():
            cell[index] = number
    for number, part in enumerate(root.tables()):
        for index in part.regions():
            table[index] = number
    return Blocks(root, root.all_rows(), cell, table)
