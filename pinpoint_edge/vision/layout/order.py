"""The order in which the regions of a page are read, and their places.

By "rows" a page is read row by row across its whole width; by "layout" block by block, see
`blocks`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.bundle import ReadingOrder
from pinpoint_edge.vision.canvas import Canvas
from pinpoint_edge.vision.geometry import bounds, rotate_points, text_angle, text_size
from pinpoint_edge.vision.layout.blocks import find_blocks, upright_boxes
from pinpoint_edge.vision.layout.documents import find_documents, may_hold_documents
from pinpoint_edge.vision.layout.ruled_lines import find_rules, slope_of
from pinpoint_edge.vision.regions import LINE, Region, median_angle

CELL = 8  # most regions of a cell that are read together


@dataclass(frozen=True, eq=False)
class Layout:
    """How the regions of a page lie, by their places in reading order.

    rows: of places, each from left to right; cell, table: of each region, as in `Blocks`, all 0 and
    all -1 by "rows"; geometry f32 (N,4): x-centre, y-centre, width and height of each region in the
    deskewed page, divided by the page's size; document: of each, where several lie side by side on
    the page, which are looked at as pages of their own; none for one.
    """

    rows: list[list[int]]
    cell: list[int]
    table: list[int]
    geometry: NDArray[np.float32]
    document: Sequence[int] = ()

    @cached_property
    def cells(self) -> NDArray[np.float32]:
        """The geometry f32 (N,4) of the cell around each region."""
        x, y, width, height = self.geometry.astype(np.float64).T
        corners = np.stack([x - width / 2, y - height / 2, x + width / 2, y + height / 2], 1)
        numbers = np.asarray(self.cell, np.int64)
        for number in np.unique(numbers):
            mine = numbers == number
            corners[mine] = [*corners[mine, :2].min(0), *corners[mine, 2:].max(0)]
        return _places(corners)

    @property
    def places(self) -> NDArray[np.float32]:
        """The geometry f32 (N,8) of each region and of its cell, as `align` takes it."""
        return np.concatenate([self.geometry, self.cells], 1)

    def companions(self, place: int) -> list[int]:
        """The regions that explain one: those of its cell, or its row and its column's header.

        A page of one cell, or a cell of more than CELL regions, says nothing. The row of a table
        is named by its first region, a column by the uppermost region over it.
        """
        if self.table[place] < 0:
            cell = [other for other, number in enumerate(self.cell) if number == self.cell[place]]
            return cell if any(self.cell) and len(cell) <= CELL else []
        row = next(row for row in self.rows if place in row)
        x, _, width, _ = self.geometry[place]
        for other, number in enumerate(self.table):
            x2, _, width2, _ = self.geometry[other]
            if number == self.table[place] and 2 * abs(x - x2) < width + width2:
                return [row[0], other]
        return [row[0]]


def lay_out(
    found: Sequence[Region], canvas: Canvas, page_size: tuple[int, int], by: ReadingOrder
) -> tuple[list[Region], Layout]:
    """Bring the regions of a page, (width, height), into reading order, document by document."""
    skew = estimate_skew(found)
    documents = _documents(found, canvas, skew)
    if len(documents) == 1:
        return _lay_out(found, canvas, page_size, by, skew)
    regions: list[Region] = []
    whole = Layout([], [], [], np.zeros((0, 4), np.float32), [])
    for number, document in enumerate(documents):
        part, layout = _lay_out([found[index] for index in document], canvas, page_size, by, skew)
        whole = _after(whole, layout, number)
        regions += part
    return regions, replace(whole, geometry=framed(whole.geometry, whole.document))


def _documents(found: Sequence[Region], canvas: Canvas, skew: float) -> list[list[int]]:
    """The documents of a page, see `find_documents`."""
    quads = np.asarray([region.quad for region in found], np.float64).reshape(-1, 4, 2)
    corners = np.floor(quads * canvas.scale + 0.5).astype(np.int64)
    slope = slope_of(skew)
    boxes = upright_boxes(corners, slope)
    if not may_hold_documents(boxes):
        return [list(range(len(found)))]
    return find_documents(boxes, find_rules(canvas.grey, boxes, slope).level)


def _after(whole: Layout, part: Layout, number: int) -> Layout:
    """The layout of a page with that of a further document behind it."""
    places, cells = len(whole.document), max(whole.cell, default=-1) + 1
    tables = max(whole.table, default=-1) + 1
    return Layout(
        whole.rows + [[place + places for place in row] for row in part.rows],
        whole.cell + [cell + cells for cell in part.cell],
        whole.table + [table + tables if table >= 0 else -1 for table in part.table],
        np.concatenate([whole.geometry, part.geometry]),
        [*whole.document, *[number] * len(part.cell)],
    )


def framed(places: NDArray[np.float32], documents: Sequence[int]) -> NDArray[np.float32]:
    """Geometry f32 (N,4) on the page as geometry on the documents, which share its width."""
    x, y, width, height = places.astype(np.float64).T
    own = np.asarray(documents, np.int64)
    ends = [(x[own == n] - width[own == n] / 2).min() for n in range(own.max() + 1)]
    stops = [(x[own == n] + width[own == n] / 2).max() for n in range(own.max() + 1)]
    meet = [(stop + start) / 2 for stop, start in zip(stops[:-1], ends[1:], strict=True)]
    edges = np.array([0.0, *meet, 1.0])
    wide = edges[own + 1] - edges[own]
    return np.stack([(x - edges[own]) / wide, y, width / wide, height], 1).astype(np.float32)


def _lay_out(
    found: Sequence[Region],
    canvas: Canvas,
    page_size: tuple[int, int],
    by: ReadingOrder,
    skew: float,
) -> tuple[list[Region], Layout]:
    """Bring the regions of one document into reading order."""
    cell, table = [0] * len(found), [-1] * len(found)
    if by == "rows":
        rows = reading_order(found, skew)
    else:
        quads = np.asarray([region.quad for region in found], np.float32)
        blocks = find_blocks(canvas.grey, quads, canvas.scale, skew)
        rows, cell, table = blocks.rows, blocks.cell, blocks.table
    order = [index for row in rows for index in row]
    places = iter(range(len(order)))
    regions = [found[index] for index in order]
    cell = [cell[index] for index in order]
    return regions, Layout(
        [[next(places) for _ in row] for row in rows],
        cell,
        [table[index] for index in order],
        geometry(regions, page_size, skew),
    )


def estimate_skew(regions: Sequence[Region]) -> float:
    """Return the page's tilt in degrees, in (-45, 45]; positive is clockwise.

    The median of the angles, weighted by width, of the lines of text wider than LINE times their
    height; 0 when there are none.
    """
    angles = []
    for region in regions:
        width, height = text_size(region.quad)
        if width > LINE * height:
            angles.append((_fold(text_angle(region.quad)), width))
    return median_angle(angles)


def reading_order(regions: Sequence[Region], skew: float = 0.0) -> list[list[int]]:
    """Return the rows of a page, top to bottom, each the indices of its regions, left to right.

    In the frame turned upright by -`skew` degrees, a region joins the row whose last region shares
    at least half of the smaller height with it and lies left of it; of several, the one whose
    centre is nearest. Heights are capped at 1.5 times the median, so that an upright line does not
    tie rows together. Rows are ordered by the mean of their centres.
    """
    if not regions:
        return []
    boxes = [bounds(rotate_points(region.quad, -skew, (0.0, 0.0))) for region in regions]
    cap = 1.5 * float(np.median([y1 - y0 for _, y0, _, y1 in boxes]))
    middle = [(y0 + y1) / 2 for _, y0, _, y1 in boxes]
    height = [min(y1 - y0, cap) for _, y0, _, y1 in boxes]
    rows: list[list[int]] = []
    for index in sorted(range(len(boxes)), key=lambda n: (boxes[n][0], middle[n])):
        x0, _, x1, _ = boxes[index]
        nearest, row_of_nearest = math.inf, None
        for row in rows:
            last = row[-1]
            gap = abs(middle[index] - middle[last])
            shared = (height[index] + height[last]) / 2 - gap
            stacked = boxes[last][2] - x0 > 0.5 * min(x1 - x0, boxes[last][2] - boxes[last][0])
            if shared >= 0.5 * min(height[index], height[last]) and not stacked and gap < nearest:
                nearest, row_of_nearest = gap, row
        if row_of_nearest is None:
            rows.append([index])
        else:
            row_of_nearest.append(index)
    return sorted(rows, key=lambda row: sum(middle[index] for index in row) / len(row))


def geometry(
    regions: Sequence[Region], page_size: tuple[int, int], skew: float = 0.0
) -> NDArray[np.float32]:
    """Return the places of regions f32 (N,4), as `Layout` has them.

    They are measured on the upright bounds in the page, (width, height), turned by -`skew` degrees
    about its centre.
    """
    width, height = page_size
    centre = (width / 2, height / 2)
    boxes = [bounds(rotate_points(region.quad, -skew, centre)) for region in regions]
    return _places(np.asarray(boxes, np.float64).reshape(-1, 4), width, height)


def _places(boxes: NDArray[np.float64], width: float = 1, height: float = 1) -> NDArray[np.float32]:
    x0, y0, x1, y1 = boxes.T
    parts = ((x0 + x1) / 2 / width, (y0 + y1) / 2 / height, (x1 - x0) / width, (y1 - y0) / height)
    return np.stack(parts, 1).astype(np.float32)


def _fold(angle: float) -> float:
    """The angle of the same line in (-45, 45], whichever way it is read."""
    folded = angle % 90.0
    return folded - 90.0 if folded > 45.0 else folded
