"""A block of a page: a tree of parts, with tables among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from pinpoint_edge.vision.layout.rows import Box, bounds

STACK, SPACED, STRIP, COLUMNS = "stack", "spaced", "strip", "columns"
GRID, TABLE, LINES = "grid", "table", "lines"

CELL_LINES = 3  # most lines of a cell in a row of a table


@dataclass(frozen=True)
class Block:
    """A part of a page: `children` in reading order, or the rows of a leaf's regions.

    kind: "stack" (cut by rules) and "spaced" (by gaps) from top to bottom, "strip" of cells and
    "columns" from left to right, "grid" around one child, "table" whose rows run across (children
    are its rows, or none), "lines" of text. The box is in (u, v).
    """

    kind: str
    box: Box
    children: tuple[Block, ...] = ()
    rows: tuple[tuple[int, ...], ...] = ()

    def regions(self) -> list[int]:
        """Its regions in reading order."""
        own = [index for row in self.rows for index in row]
        return own + [index for child in self.children for index in child.regions()]

    def all_rows(self) -> list[list[int]]:
        """Its rows in reading order; a row of a ruled table holds its cells one after the other."""
        if not self.children:
            return [list(row) for row in self.rows]
        if _most_lines(self) == 1:
            return [self.regions()]
        if self.kind == TABLE:
            return [child.regions() for child in self.children]
        return [row for child in self.children for row in child.all_rows()]

    def tables(self) -> list[Block]:
        """The tables in it that lie in no other, in reading order."""
        if self.kind == TABLE:
            return [self]
        return [table for child in self.children for table in child.tables()]

    def cells(self) -> list[Block]:
        """The smallest blocks in it that rules and gutters part, in reading order."""
        inner = [child.cells() for child in self.children]
        if self.kind in (SPACED, LINES) and all(len(cells) == 1 for cells in inner):
            return [self]
        return [cell for cells in inner for cell in cells] or [self]


def with_tables(children: Sequence[Block]) -> list[Block]:
    """The children of a stack with the rows of tables that follow each other as one table.

    A row is a strip of cells of one line. Beside one, a strip of as many cells is a row as well,
    when they are three or more of at most CELL_LINES lines; between two, a lone region is.
    """
    is_row = _table_rows(children)
    found: list[Block] = []
    for start, block in enumerate(children):
        if not is_row[start]:
            found.append(block)
        elif not start or not is_row[start - 1]:
            stop = next((n for n in range(start, len(children)) if not is_row[n]), len(children))
            rows = children[start:stop]
            around = bounds([row.box for row in rows], range(len(rows)))
            found.append(Block(TABLE, around, tuple(rows)))
    return found


def _table_rows(children: Sequence[Block]) -> list[bool]:
    """Which children of a stack are rows of a table."""
    lines = [_most_lines(child) for child in children]
    cells = [len(child.children) for child in children]
    is_row = [most == 1 for most in lines]
    for number, most in enumerate(lines):
        beside = [n for n in (number - 1, number + 1) if 0 <= n < len(lines)]
        like = any(lines[n] == 1 and cells[n] == cells[number] for n in beside)
        if like and cells[number] > 2 and most <= CELL_LINES:
            is_row[number] = True
    certain = [number for number, row in enumerate(is_row) if row]
    for before, after in pairwise(certain):
        between = range(before + 1, after)
        if all(len(children[number].regions()) == 1 for number in between):
            is_row[before:after] = [True] * (after - before)
    return is_row


def _most_lines(strip: Block) -> int:
    """The lines of the longest cell of a strip; more than any table has for another block."""
    if strip.kind != STRIP or any(cell.kind != LINES for cell in strip.children):
        return CELL_LINES + 1
    return max(len(cell.rows) for cell in strip.children)
