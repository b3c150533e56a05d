"""Grids: rules that touch each other, such as those of a table or of a form's cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pinpoint_edge.vision.disjoint_sets import DisjointSets
from pinpoint_edge.vision.layout.rows import Box
from pinpoint_edge.vision.layout.ruled_lines import Rules

TOUCH = 8  # pixels that rules of one grid may be apart


@dataclass(frozen=True)
class Grid:
    """Rules that touch each other, and the box around them."""

    box: Box
    rules: Rules


def find_grids(rules: Rules, regions: Sequence[Box]) -> list[Grid]:
    """Find the groups of rules that touch: three or more, of both directions.

    A grid holds the middles of two regions or more; others are pictures or tick boxes. They come by
    falling area; equal ones by their boxes.
    """
    touching = DisjointSets(len(rules.level) + len(rules.upright))
    upright = np.asarray(rules.upright, np.int64).reshape(-1, 3)
    for number, (at, start, stop) in enumerate(rules.level):
        near = (upright[:, 0] >= start - TOUCH) & (upright[:, 0] <= stop + TOUCH)
        near &= (upright[:, 1] - TOUCH <= at) & (at <= upright[:, 2] + TOUCH)
        for other in np.flatnonzero(near).tolist():
            touching.join(number, len(rules.level) + other)
    grids: list[Grid] = []
    for mine in touching.groups():
        level = [rules.level[number] for number in mine if number < len(rules.level)]
        other = [rules.upright[n - len(rules.level)] for n in mine if n >= len(rules.level)]
        if level and other and len(mine) > 2:
            u = [rule.at for rule in other] + [end for rule in level for end in rule[1:]]
            v = [rule.at for rule in level] + [end for rule in other for end in rule[1:]]
            grids.append(Grid((min(u), min(v), max(u), max(v)), Rules(level, other)))
    grids = [grid for grid in grids if sum(innermost(box, [grid]) == 0 for box in regions) > 1]
    return sorted(grids, key=lambda grid: (-_area(grid.box), grid.box))


def innermost(box: Box, grids: Sequence[Grid]) -> int:
    """Return the number of the last of these grids that holds the middle of a box, -1 for none."""
    for number in range(len(grids) - 1, -1, -1):
        u0, v0, u1, v1 = grids[number].box
        if 2 * u0 <= box[0] + box[2] <= 2 * u1 and 2 * v0 <= box[1] + box[3] <= 2 * v1:
            return number
    return -1


def _area(box: Box) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])
