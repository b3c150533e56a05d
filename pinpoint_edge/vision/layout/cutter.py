"""Cut a page into blocks: by grids, ruled lines and white space."""

from __future__ import annotations

from collections.abc import Sequence

from pinpoint_edge.vision.layout.block import (
    COLUMNS,
    GRID,
    LINES,
    SPACED,
    STACK,
    STRIP,
    TABLE,
    Block,
    with_tables,
)
from pinpoint_edge.vision.layout.grids import find_grids, innermost
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
from pinpoint_edge.vision.layout.ruled_lines import Rule, Rules

SPANS = 80  # percent of a block that a level rule covers to cut it
SPANS_UPRIGHT = 65  # percent that an upright one covers
DOUBLE = 8  # pixels between the two lines of a double rule
TABLE_ROWS = 4  # rows that run across columns: fewer are labelled cells
ACROSS = 60  # percent of a table's rows that run across
NARROW = 30  # percent of a table's width that a column of numbers beside its lines has at most
BESIDE = 70  # percent of the rows of such a column that lie beside a line
DEEPEST = 30


class Cutter:
    """Cuts blocks of one page. An index from the number of regions on means a grid."""

    def __init__(self, regions: Sequence[Box], rules: Rules) -> None:
        self.count = len(regions)
        self.grids = find_grids(rules, regions)
        self.boxes = [*regions, *(grid.box for grid in self.grids)]
        level = {rule for grid in self.grids for rule in grid.rules.level}
        upright = {rule for grid in self.grids for rule in grid.rules.upright}
        self.rules = Rules(
            [rule for rule in rules.level if rule not in level],
            [rule for rule in rules.upright if rule not in upright],
        )
        # What lies in a grid and in no smaller one; the page is grid -1.
        self.inside: dict[int, list[int]] = {}
        for index, box in enumerate(self.boxes):
            # A grid lies in an earlier, larger one.
            outer = self.grids[: index - len(regions)] if index >= len(regions) else self.grids
            self.inside.setdefault(innermost(box, outer), []).append(index)

    def page(self) -> Block:
        """The block of the whole page."""
        return self.block([i for i in self.inside.get(-1, []) if not self._is_empty(i)], 0)

    def _is_empty(self, index: int) -> bool:
        """Whether an index is a grid without a region."""
        return index >= self.count and not self._regions_in(index - self.count)

    def block(self, indices: list[int], depth: int) -> Block:
        """The block of these regions and grids, cut as long as something cuts it."""
        if grids := [index for index in indices if index >= self.count]:
            first = min(grids, key=lambda index: (self.boxes[index][1], self.boxes[index]))
            if self._goes_on_beside(first, indices):
                return self.block(self._without_grid(indices, first), depth)
            return self._around_grid(indices, first, depth)
        if len(indices) > 1 and depth < DEEPEST:
            for cut in (self._by_level, self._by_upright, self._by_gutter, self._by_gap):
                if (found := cut(indices, depth)) is not None:
                    return found
        rows = rows_of(self.boxes, indices)
        return Block(LINES, bounds(self.boxes, indices), rows=tuple(map(tuple, rows)))

    def _goes_on_beside(self, grid: int, indices: list[int]) -> bool:
        """Whether the rows of a grid go on beside it, as those of amounts beside a form's lines."""
        _, top, _, bottom = self.boxes[grid]
        inner = self._regions_in(grid - self.count)
        outer = [
            index
            for index in indices
            if index < self.count and 2 * top <= self._middle(index) <= 2 * bottom
        ]
        together = aligned_rows(
            self.boxes, rows_of(self.boxes, sorted(inner + outer)), (inner, outer)
        )
        fewer = min(len(rows_of(self.boxes, part)) for part in (inner, outer)) if outer else 0
        return together >= TABLE_ROWS and 100 * together >= BESIDE * fewer

    def _middle(self, index: int) -> int:
        """The v of a box's middle, doubled."""
        return self.boxes[index][1] + self.boxes[index][3]

    def _regions_in(self, number: int) -> list[int]:
        """The regions in a grid and in the grids in it."""
        found: list[int] = []
        for index in self.inside.get(number, []):
            found += [index] if index < self.count else self._regions_in(index - self.count)
        return sorted(found)

    def _without_grid(self, indices: list[int], grid: int) -> list[int]:
        """Take a grid for loose rules, and what lies in it for regions beside the others."""
        number = grid - self.count
        level, upright = self.grids[number].rules
        self.rules = Rules(sorted(self.rules.level + level), sorted(self.rules.upright + upright))
        own = [index for index in self.inside[number] if not self._is_empty(index)]
        return sorted([index for index in indices if index != grid] + own)

    def _around_grid(self, indices: list[int], grid: int, depth: int) -> Block:
        """A grid with what lies above it, left, right and below, in this order."""
        u0, v0, u1, v1 = self.boxes[grid]
        above: list[int] = []
        left: list[int] = []
        right: list[int] = []
        below: list[int] = []
        for index in indices:
            box = self.boxes[index]
            if index == grid:
                continue
            if box[1] + box[3] < 2 * v0:
                above.append(index)
            elif box[1] + box[3] > 2 * v1:
                below.append(index)
            else:
                (left if box[0] + box[2] < u0 + u1 else right).append(index)
        outer, self.rules = self.rules, self.grids[grid - self.count].rules
        own = [i for i in self.inside[grid - self.count] if not self._is_empty(i)]
        inner = Block(GRID, self.boxes[grid], (self.block(own, depth + 1),))
        self.rules = outer
        beside = [self.block(part, depth + 1) if part else None for part in (left, right)]
        row = [block for block in (beside[0], inner, beside[1]) if block is not None]
        middle = Block(COLUMNS, bounds(self.boxes, [grid, *left, *right]), tuple(row))
        parts = [self.block(part, depth + 1) if part else None for part in (above, below)]
        children = (parts[0], middle if len(row) > 1 else inner, parts[1])
        kept = tuple(child for child in children if child is not None)
        return Block(STACK, bounds(self.boxes, indices), kept) if len(kept) > 1 else kept[0]

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
        for number in range(len(children) - 1, 0, -1):
            self._take_header(children, parts, number, depth)
        children = with_tables(children)
        return Block(STACK, box, tuple(children)) if len(children) > 1 else children[0]

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
            return Block(TABLE, box, rows=tuple(map(tuple, rows)))
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
