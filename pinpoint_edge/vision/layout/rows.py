"""Rows, gaps and columns of boxes (u0, v0, u1, v1), in integers: what blocks are cut by."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

Box = tuple[int, int, int, int]

PROSE_LINES = 3  # lines of a column of prose
PROSE_FILL = 60  # percent of its column that a line of prose fills
PROSE_LENGTH = 8  # heights
BLOCK_LINES = 2
BLOCK_LENGTH = 4  # heights of the longest line of such a block: amounts are shorter
BLOCK_GUTTER = 4  # heights between two blocks whose lines lie at the same height
PITCH = 18  # tenths of a height from a line to the next one of its paragraph


def bounds(boxes: Sequence[Box], indices: Sequence[int]) -> Box:
    """The box around some boxes."""
    chosen = [boxes[index] for index in indices]
    return (
        min(box[0] for box in chosen),
        min(box[1] for box in chosen),
        max(box[2] for box in chosen),
        max(box[3] for box in chosen),
    )


def median_height(boxes: Sequence[Box], indices: Sequence[int]) -> int:
    """The lower median of the heights, at least 1."""
    heights = sorted(boxes[index][3] - boxes[index][1] for index in indices)
    return max(heights[(len(heights) - 1) // 2], 1)


def covered_length(spans: Sequence[tuple[int, int]], first: int, last: int) -> int:
    """How much of first .. last the spans cover together."""
    covered, end = 0, first
    for start, stop in sorted(spans):
        start, stop = max(start, end), min(stop, last)
        if stop > start:
            covered, end = covered + stop - start, stop
    return covered


def level_text(boxes: Sequence[Box], indices: Sequence[int]) -> set[int]:
    """Regions but those much higher than others and than wide: text that runs down."""
    tall = 3 * median_height(boxes, indices)
    level = set()
    for index in indices:
        u0, v0, u1, v1 = boxes[index]
        if v1 - v0 <= u1 - u0 or 2 * (v1 - v0) <= tall:
            level.add(index)
    return level


def gaps(boxes: Sequence[Box], indices: Sequence[int], axis: int) -> list[tuple[int, int]]:
    """Empty spans along an axis (0: u, 1: v) between boxes that lose an eighth at both ends."""
    spans = []
    for index in indices:
        low, high = boxes[index][axis], boxes[index][axis + 2]
        shrunk = (boxes[index][3] - boxes[index][1]) // 8
        spans.append((low + shrunk, max(high - shrunk, low + shrunk)))
    found, end = [], None
    for low, high in sorted(spans):
        if end is not None and low > end:
            found.append((end, low))
        end = high if end is None else max(end, high)
    return found


def rows_of(boxes: Sequence[Box], indices: Sequence[int]) -> list[list[int]]:
    """Rows from top to bottom, each from left to right.

    A region joins the row whose last region shares half of the smaller height with it and lies
    left of it; of several, the one whose middle is nearest, the upper one of equals. Heights are
    capped at 1.5 times the median.
    """
    cap = 3 * median_height(boxes, indices) // 2
    middle = {index: boxes[index][1] + boxes[index][3] for index in indices}  # doubled
    height = {index: min(boxes[index][3] - boxes[index][1], cap) for index in indices}
    rows: list[list[int]] = []
    for index in sorted(indices, key=lambda i: (boxes[i][0], middle[i], boxes[i], i)):
        best: list[int] | None = None
        nearest = 0
        for row in rows:
            last = row[-1]
            gap = abs(middle[index] - middle[last])
            shared = height[index] + height[last] - gap  # doubled
            overlap = boxes[last][2] - boxes[index][0]
            narrow = min(_width(boxes[index]), _width(boxes[last]))
            fits = shared >= min(height[index], height[last]) and 2 * overlap <= narrow
            if fits and (best is None or (gap, middle[last]) < (nearest, middle[best[-1]])):
                best, nearest = row, gap
        if best is None:
            rows.append([index])
        else:
            best.append(index)

    def mean(row: list[int]) -> tuple[int, Box, int]:
        # Sixteenths of a pixel are enough, and no host rounds them otherwise.
        return 8 * sum(middle[index] for index in row) // len(row), boxes[row[0]], row[0]

    return sorted(rows, key=mean)


def aligned_rows(
    boxes: Sequence[Box], rows: Sequence[Sequence[int]], parts: Sequence[Sequence[int]]
) -> int:
    """How many rows have regions of two parts whose middles are a quarter of a height apart."""
    part_of = {index: number for number, part in enumerate(parts) for index in part}
    chosen = [[index for index in row if index in part_of] for row in rows]
    return sum(
        any(
            part_of[index] != part_of[after] and _is_level(boxes[index], boxes[after])
            for index, after in pairwise(row)
        )
        for row in chosen
    )


def _is_level(first: Box, second: Box) -> bool:
    apart = abs(first[1] + first[3] - second[1] - second[3])  # doubled
    return 2 * apart <= max(first[3] - first[1], second[3] - second[1])


def is_side_by_side(
    boxes: Sequence[Box], parts: Sequence[Sequence[int]], gutter: int, tall: int
) -> bool:
    """Whether parts left and right of a gutter are read one after the other, not row by row.

    They are columns of prose; or paragraphs whose lines lie at other heights; or paragraphs that
    begin flush left with a wide gutter between. Rows of labels and values, and tables, are not.
    """
    lines = [rows_of(boxes, part) for part in parts]
    if all(
        _is_prose(boxes, rows, bounds(boxes, part)) for rows, part in zip(lines, parts, strict=True)
    ):
        return True
    if any(len(rows) < BLOCK_LINES for rows in lines):
        return False
    across = rows_of(boxes, [index for part in parts for index in part])
    together = aligned_rows(boxes, across, parts)
    if 2 * together < min(map(len, lines)):
        return True
    single = all(len(row) == 1 for rows in lines for row in rows)
    flush = all(_is_flush(boxes, rows, tall) for rows in lines)
    tight = all(_is_tight(boxes, rows) for rows in lines)
    wide = all(_longest(boxes, part) >= BLOCK_LENGTH * tall for part in parts)
    return single and flush and tight and wide and gutter >= BLOCK_GUTTER * tall


def _is_prose(boxes: Sequence[Box], rows: Sequence[Sequence[int]], around: Box) -> bool:
    if len(rows) < PROSE_LINES:
        return False
    widths = sorted(boxes[row[-1]][2] - boxes[row[0]][0] for row in rows)
    tall = median_height(boxes, [index for row in rows for index in row])
    usual = widths[(len(widths) - 1) // 2]
    filled = 100 * usual >= PROSE_FILL * (around[2] - around[0])
    return filled and usual >= PROSE_LENGTH * tall and _is_tight(boxes, rows)


def _is_flush(boxes: Sequence[Box], rows: Sequence[Sequence[int]], tall: int) -> bool:
    lefts = [boxes[row[0]][0] for row in rows]
    return 3 * (max(lefts) - min(lefts)) <= tall


def _is_tight(boxes: Sequence[Box], rows: Sequence[Sequence[int]]) -> bool:
    """Whether most rows follow the one before at a paragraph's pitch."""
    steps = 0
    for row, after in pairwise(rows):
        first, second = boxes[row[0]], boxes[after[0]]
        tall = max(first[3] - first[1], second[3] - second[1])
        steps += 10 * (second[1] + second[3] - first[1] - first[3]) <= 2 * PITCH * tall
    return 4 * steps >= 3 * (len(rows) - 1)


def _longest(boxes: Sequence[Box], indices: Sequence[int]) -> int:
    return max(_width(boxes[index]) for index in indices)


def _width(box: Box) -> int:
    return box[2] - box[0]
