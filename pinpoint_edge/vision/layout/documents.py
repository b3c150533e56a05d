"""Several documents side by side on one page, such as two receipts on one scan.

An empty gutter from top to foot parts two documents when what lies on either side of it is a whole
document: rows of labels and values, and titles or other lines that run across the gap between
them. The columns of one document are joined by such lines, and so is a table by its rules.
"""

from __future__ import annotations

from collections.abc import Sequence

from pinpoint_edge.vision.layout.rows import Box, gaps, median_height, rows_of
from pinpoint_edge.vision.layout.ruled_lines import Rule

GUTTER = 3  # halves of a line's height: the narrowest gap between two documents
ROWS = 6  # least rows of a document
PAIRS = 3  # least rows of two regions or more


def find_documents(boxes: Sequence[Box], level_rules: Sequence[Rule]) -> list[list[int]]:
    """Return the documents of a page from left to right, each the indices of its regions.

    boxes: of the regions; level_rules: the page's. All regions are one document as a rule.
    """
    everything = list(range(len(boxes)))
    parts = _documents(boxes, everything, level_rules)
    return parts or [everything]


def may_hold_documents(boxes: Sequence[Box]) -> bool:
    """Whether there could be several, whatever the rules of the page."""
    return len(find_documents(boxes, ())) > 1


def _documents(
    boxes: Sequence[Box], indices: list[int], rules: Sequence[Rule]
) -> list[list[int]] | None:
    """The documents that some regions are, or None where they are none."""
    if len(indices) < 2 * PAIRS:
        return None
    tall = median_height(boxes, indices)
    gutters = [gap for gap in gaps(boxes, indices, 0) if 2 * (gap[1] - gap[0]) >= GUTTER * tall]
    for left, right in sorted(gutters, key=lambda gap: (gap[0] - gap[1], gap[0])):
        if any(rule.start < left and rule.stop > right for rule in rules):
            continue
        middle = left + right
        first = [index for index in indices if boxes[index][0] + boxes[index][2] < middle]
        second = [index for index in indices if boxes[index][0] + boxes[index][2] >= middle]
        one, other = _documents(boxes, first, rules), _documents(boxes, second, rules)
        if one and other:
            return one + other
    # What has a gutter of its own, and is no two documents, is a half of one.
    return None if gutters or not _is_whole(boxes, indices) else [indices]


def _is_whole(boxes: Sequence[Box], indices: list[int]) -> bool:
    rows = rows_of(boxes, indices)
    return len(rows) >= ROWS and sum(len(row) > 1 for row in rows) >= PAIRS
