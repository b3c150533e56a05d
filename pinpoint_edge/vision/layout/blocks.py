"""The page as a tree of blocks, and the order in which its regions are read.

After the recursive XY cut (Nagy and Seth, 1984), with ruled lines before white space: a block is
cut at level rules that span it, then at upright ones, then at gutters between columns, then at
wide gaps. Everything is integer arithmetic on boxes in the (u, v) of `ruled_lines`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.vision.layout.rows import (
    Box,
    aligned_rows,
    bounds,
    covered_length,
    gaps,
    is_side_by_side,
    level_text,
    median_height,
    rows_of,
)
from pinpoint_edge.vision.layout.ruled_lines import Grey, Rule, Rules, find_rules, shift, slope_of

STACK, SPACED, STRIP, COLUMNS = "stack", "spaced", "strip", "columns"
TABLE, LINES = "table", "lines"

SPANS = 80  # percent of a block that a level rule covers to cut it
SPANS_UPRIGHT = 65  # percent that an upright one covers
DOUBLE = 8  # pixels between the two lines of a double rule
TABLE_ROWS = 4  # rows that run across columns: fewer are labelled cells
ACROSS = 60  # percent of a table's rows that run across
NARROW = 30  # percent of a table's width that a column of numbers beside its lines has at most
BESIDE = 70  # percent of the rows of such a column that lie beside a line
DEEPEST = 30


@dataclass(frozen=True)
class Block:
    """A part of a page: `children` in reading order, or the rows of a leaf's regions.

    kind: "stack" (cut by rules) and "spaced" (by gaps) from top to bottom, "strip" of cells and
    "columns" from left to right, "table" whose rows run across (children are its rows, or none),
    "lines" of text. The box is in (u, v).
    """

    kind: str
    box: Box
    children: tuple[Block, ...] = ()
    rows: tuple[tuple[int, ...], ...] = ()
    header: bool = False  # the first row names the columns

    def regions(self) -> list[int]:
        """Its regions in reading order."""
        own = [index for row in self.rows for index in row]
        return own + [index for child in self.children for index in child.regions()]


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
    root = _Cutter(boxes, rules).block(list(range(len(boxes))), 0)
    cell, table = [0] * len(boxes), [-1] * len(boxes)
    for number, part in enumerate(_cells(root)):
        for index in part.regions():
            cell[index] = number
    for number, part in enumerate(_tables(root)):
        for index in part.regions():
            table[index] = number
    return Blocks(root, _rows(root), cell, table)


def _rows(block: Block) -> list[list[int]]:
    if not block.children:
        return [list(row) for row in block.rows]
    if block.kind == TABLE:
        return [child.regions() for child in block.children]
    return [row for child in block.children for row in _rows(child)]


def _tables(block: Block) -> list[Block]:
    """The tables that lie in no other, in reading order."""
    if block.kind == TABLE:
        return [block]
    return [table for child in block.children for table in _tables(child)]


def _cells(block: Block) -> list[Block]:
    """The smallest blocks that rules and gutters part, in reading order."""
    parted = block.kind in (STACK, STRIP, COLUMNS, TABLE)
    inner = [_cells(child) for child in block.children]
    if not parted and all(len(cells) == 1 for cells in inner):
        return [block]
    return [cell for cells in inner for cell in cells] or [block]


class _Cutter:
    """Cuts blocks of one page."""

    def __init__(self, boxes: Sequence[Box], rules: Rules) -> None:
        self.boxes = boxes
        self.rules = rules

    def block(self, indices: list[int], depth: int) -> Block:
        """The block of these regions, cut as long as something cuts it."""
        if len(indices) > 1 and depth < DEEPEST:
            for cut in (self._by_level, self._by_upright, self._by_gutter, self._by_gap):
                if (found := cut(indices, depth)) is not None:
                    return found
        rows = rows_of(self.boxes, indices)
        return Block(LINES, bounds(self.boxes, indices), rows=tuple(map(tuple, rows)))

    def _parts(self, indices: list[int], cuts: list[int], axis: int) -> list[list[int]]:
        """Regions between the cuts, by their middles; empty parts are left out."""
        parts: list[list[int]] = [[] for _ in range(len(cuts) + 1)]
        for index in indices:
            middle = self.boxes[index][axis] + self.boxes[index][axis + 2]
            parts[sum(2 * cut <= middle for cut in cuts)].append(index)
        return [part for part in parts if part]

    def _by_level(self, indices: list[int], depth: int) -> Block | None:
        box = bounds(self.boxes, indices)
        cuts = self._rule_cuts(indices, self.rules.level, 1, SPANS)
        parts = self._parts(indices, cuts, 1)
        if len(parts) < 2:
            return None
        children = [self.block(part, depth + 1) for part in parts]
        if _is_grid(children):
            return Block(TABLE, box, tuple(children), header=True)
        for number in range(len(children) - 1, 0, -1):
            self._take_header(children, parts, number, depth)
        return Block(STACK, box, tuple(children))

    def _take_header(
        self, children: list[Block], parts: list[list[int]], number: int, depth: int
    ) -> None:
        """Give a table whose columns go on above the rule the row that lies there."""
        table, above = children[number], parts[number - 1]
        if table.kind != TABLE or table.children:
            return
        rows = rows_of(self.boxes, above)
        if len(rows[-1]) < 2 or len(rows[-1]) > max(map(len, table.rows)):
            return
        cuts = self._rule_cuts(parts[number], self.rules.upright, 0, SPANS_UPRIGHT)
        middle = bounds(self.boxes, rows[-1])[1] + bounds(self.boxes, rows[-1])[3]
        beside = [r for r in self.rules.upright if 2 * r.start <= middle <= 2 * r.stop]
        if not any(0 <= rule.at - cut <= DOUBLE for rule in beside for cut in cuts):
            return
        children[number] = Block(
            TABLE,
            bounds(self.boxes, [*rows[-1], *parts[number]]),
            rows=(tuple(rows[-1]), *table.rows),
            header=True,
        )
        left = [index for index in above if index not in rows[-1]]
        if left:
            children[number - 1] = self.block(left, depth + 1)
        else:
            del children[number - 1], parts[number - 1]

    def _by_upright(self, indices: list[int], depth: int) -> Block | None:
        box = bounds(self.boxes, indices)
        cuts = self._rule_cuts(indices, self.rules.upright, 0, SPANS_UPRIGHT)
        parts = self._parts(indices, cuts, 0)
        if len(parts) < 2:
            return None
        level = level_text(self.boxes, indices)
        inside = [[index for index in part if index in level] for part in parts]
        if self._runs_across(rows_of(self.boxes, sorted(level)), inside, box):
            rows = rows_of(self.boxes, indices)
            header = self._has_header(rows, box)
            return Block(TABLE, box, rows=tuple(map(tuple, rows)), header=header)
        return Block(STRIP, box, tuple(self.block(part, depth + 1) for part in parts))

    def _runs_across(
        self, rows: Sequence[Sequence[int]], parts: Sequence[Sequence[int]], box: Box
    ) -> bool:
        """Whether rows are read across upright rules: most do, or narrow parts lie beside one.

        The latter are the numbers and amounts right of a form's printed lines.
        """
        if len(rows) < TABLE_ROWS or not all(parts):
            return False
        across = aligned_rows(self.boxes, rows, parts)
        if across >= TABLE_ROWS and 100 * across >= ACROSS * len(rows):
            return True
        boxes = [bounds(self.boxes, part) for part in parts]
        widest = max(range(len(parts)), key=lambda number: boxes[number][2] - boxes[number][0])
        for number, part in enumerate(parts):
            if number == widest:
                continue
            width = boxes[number][2] - boxes[number][0]
            own = rows_of(self.boxes, part)
            together = aligned_rows(self.boxes, rows, (parts[widest], part))
            if 100 * width > NARROW * (box[2] - box[0]) or 100 * together < BESIDE * len(own):
                return False
        return True

    def _by_gutter(self, indices: list[int], depth: int) -> Block | None:
        box = bounds(self.boxes, indices)
        tall = median_height(self.boxes, indices)
        found = [gap for gap in gaps(self.boxes, indices, 0) if gap[1] - gap[0] >= tall]
        # All gutters at once, else the widest alone.
        widest = sorted(found, key=lambda gap: (gap[0] - gap[1], gap[0]))[:1]
        for chosen in (found, widest) if 1 < len(found) < 4 else (widest,):
            parts = self._parts(indices, [(a + b) // 2 for a, b in chosen], 0)
            width = min((b - a for a, b in chosen), default=0)
            if len(parts) > 1 and is_side_by_side(self.boxes, parts, width, tall):
                return Block(COLUMNS, box, tuple(self.block(part, depth + 1) for part in parts))
        return None

    def _by_gap(self, indices: list[int], depth: int) -> Block | None:
        tall = median_height(self.boxes, indices)
        found = [gap for gap in gaps(self.boxes, indices, 1) if 4 * (gap[1] - gap[0]) >= 3 * tall]
        if not found:
            return None
        most = max(b - a for a, b in found)
        cuts = [(a + b) // 2 for a, b in found if 10 * (b - a) >= 7 * most]
        parts = self._parts(indices, cuts, 1)
        children = tuple(self.block(part, depth + 1) for part in parts)
        return Block(SPACED, bounds(self.boxes, indices), children)

    def _rule_cuts(
        self, indices: list[int], rules: Sequence[Rule], axis: int, percent: int
    ) -> list[int]:
        """Where rules across `axis` cut the regions: one place for each rule, or double rule."""
        box = bounds(self.boxes, indices)
        low, high = box[axis], box[axis + 2]
        first, last = box[1 - axis], box[3 - axis]
        near = [rule for rule in rules if low < rule.at < high]
        cuts: list[int] = []
        for rule in near:
            if cuts and rule.at - cuts[-1] <= DOUBLE:
                continue
            beside = [r for r in near if 0 <= r.at - rule.at <= DOUBLE]
            covered = covered_length([(r.start, r.stop) for r in beside], first, last)
            if 100 * covered >= percent * (last - first) and not self._crossed(
                indices, rule.at, axis
            ):
                cuts.append(rule.at)
        return cuts

    def _crossed(self, indices: list[int], at: int, axis: int) -> bool:
        """Whether a place lies in the middle half of a region."""
        for index in indices:
            low, high = self.boxes[index][axis], self.boxes[index][axis + 2]
            if 4 * low + (high - low) < 4 * at < 4 * high - (high - low):
                return True
        return False

    def _has_header(self, rows: Sequence[Sequence[int]], box: Box) -> bool:
        """Whether a rule parts the first row from the next."""
        above = max(self.boxes[index][3] + self.boxes[index][1] for index in rows[0])
        below = min(self.boxes[index][3] + self.boxes[index][1] for index in rows[1])
        spans = [(r.start, r.stop) for r in self.rules.level if above < 2 * r.at < below]
        return 100 * covered_length(spans, box[0], box[2]) >= SPANS * (box[2] - box[0])


def _is_grid(children: Sequence[Block]) -> bool:
    """Whether most children are strips of as many cells: the rows of a ruled table."""
    counts = [len(child.children) for child in children if child.kind == STRIP]
    same = max((counts.count(count) for count in counts), default=0)
    return same >= TABLE_ROWS and 4 * same >= 3 * len(children)
