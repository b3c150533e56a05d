"""Ruled lines of a page: thin dark runs on the canvas, found with integers alone.

A tilted page is sheared, not turned: x and y on the canvas become u = x + s y and v = y - s x,
where s is the slope of the text with 16 fractional bits. What is level or upright on paper is so
in (u, v).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Box = tuple[int, int, int, int]  # u0, v0, u1, v1

BITS = 16
REACH = 4  # pixels: a rule is darker than what lies so far to both sides of it
CONTRASTS = (20, 32, 48, 72)
MOST = 8  # percent of the canvas that may be thin and dark; more is noise
DASH = 8  # shortest piece of a rule in pixels
GAP = 4  # pixels that a run may lack: dots, dashes, dropped pixels
BREAK = 20  # pixels between two pieces of one rule
DRIFT = 3  # pixels that they may be apart across it
LEVEL, UPRIGHT = 36, 22  # shortest rules in pixels
INSIDE = 8  # a text line's box loses an eighth on each side before rules in it are text


class Rule(NamedTuple):
    """A rule at `at`, v of a level one and u of an upright one, from `start` to `stop`."""

    at: int
    start: int
    stop: int


class Rules(NamedTuple):
    """The level and the upright rules of a page, each sorted."""

    level: list[Rule]
    upright: list[Rule]


def slope_of(skew: float) -> int:
    """The slope of text that is tilted by `skew` degrees, with BITS fractional bits."""
    return math.floor(math.tan(math.radians(skew)) * (1 << BITS) + 0.5)


def shift(length: int | NDArray[np.int64], slope: int) -> NDArray[np.int64]:
    """How far a shear moves what lies `length` pixels from the edge, rounded."""
    return np.asarray((np.asarray(length, np.int64) * slope + (1 << BITS - 1)) >> BITS)


def find_rules(grey: Grey, boxes: Sequence[Box], slope: int) -> Rules:
    """Find the rules of a canvas u8 (H, W) whose text lines have the boxes u0 v0 u1 v1.

    Strokes inside the boxes are text and count for nothing.
    """
    level = _sheared(_thin(grey, 0), -slope)
    upright = _sheared(_thin(grey, 1).T, slope)
    turned = [(v0, u0, v1, u1) for u0, v0, u1, v1 in boxes]
    _clear(level, boxes, -slope)
    _clear(upright, turned, slope)
    return Rules(
        sorted(_runs(level, LEVEL, -slope)),
        sorted(_runs(upright, UPRIGHT, slope)),
    )


def _thin(grey: Grey, axis: int) -> Mask:
    """Pixels darker than those REACH away on both sides along `axis`."""
    size = grey.shape[axis]
    before = np.take(grey, np.maximum(np.arange(size) - REACH, 0), axis)
    after = np.take(grey, np.minimum(np.arange(size) + REACH, size - 1), axis)
    depth = np.minimum(before, after).astype(np.int16) - grey
    for contrast in CONTRASTS:
        found: Mask = depth >= contrast
        if int(found.sum()) * 100 <= MOST * found.size:
            return found
    return np.zeros_like(found)


def _clear(mask: Mask, boxes: Sequence[Box], slope: int) -> None:
    """Clear what a sheared mask holds of text; boxes are along0 across0 along1 across1."""
    pad = _pad(mask.shape[1], slope)
    for a0, b0, a1, b1 in boxes:
        less = min(a1 - a0, b1 - b0) // INSIDE
        # `across` is sheared already, `along` is not: it is moved by where the box lies across.
        middle = (a0 + a1) // 2
        moved = int(shift((b0 + b1) // 2 - int(shift(middle, slope)), -slope))
        first, last = a0 - moved, a1 - moved
        top, bottom = b0 + less + pad, b1 - less + pad
        mask[max(top, 0) : max(bottom, 0), max(first, 0) : max(last, 0)] = False


def _sheared(mask: Mask, slope: int) -> Mask:
    """The mask with column x moved down by shift(x, slope), with rows added so that all of it fits.

    Row r of the result is row r - pad of the sheared plane, pad = max(-shift(W - 1, slope), 0).
    """
    height, width = mask.shape
    moves = shift(np.arange(width), slope)
    pad = max(-int(moves[-1]), 0)
    result = np.zeros((height + abs(int(moves[-1])), width), np.bool_)
    edges = [0, *(np.flatnonzero(np.diff(moves)) + 1).tolist(), width]
    for start, stop in itertools.pairwise(edges):
        top = pad + int(moves[start])
        result[top : top + height, start:stop] = mask[:, start:stop]
    return result


def _pad(width: int, slope: int) -> int:
    return max(-int(shift(width - 1, slope)), 0)


def _runs(mask: Mask, shortest: int, slope: int) -> list[Rule]:
    """Rules along the rows of a mask that `_sheared` moved by `slope`."""
    pad = _pad(mask.shape[1], slope)
    # Three rows at a time, every second one: a rule may drift by a pixel on its way.
    three = mask.copy()
    three[:-1] |= mask[1:]
    three[1:] |= mask[:-1]
    three = three[::2]
    rows, width = three.shape
    # Closed to the right only: a run ends GAP pixels after its last dark one.
    edges = np.zeros((rows, width + GAP + 2), np.int8)
    for step in range(GAP + 1):
        edges[:, 1 + step : 1 + step + width] |= three
    changes = np.diff(edges, axis=1)
    row, start = np.nonzero(changes == 1)
    stop = np.nonzero(changes == -1)[1] - GAP
    length = stop - start
    long = length >= DASH
    row, start, stop, length = row[long], start[long], stop[long], length[long]
    sums = np.zeros((rows, width + 1), np.int32)
    np.cumsum(three, axis=1, out=sums[:, 1:])
    dark = sums[row, stop] - sums[row, start]
    # Dots in a long run, or a dash without a hole.
    kept = ((2 * length >= shortest) & (5 * dark >= length)) | (5 * dark >= 4 * length)
    pieces = zip(2 * row[kept] - pad, start[kept], stop[kept], strict=True)
    found = []
    for at, first, last in _joined([Rule(int(r), int(a), int(b)) for r, a, b in pieces]):
        if last - first >= shortest:
            ends = (t + int(shift(at - int(shift(t, slope)), -slope)) for t in (first, last))
            found.append(Rule(at, *ends))
    return found


def _joined(pieces: Sequence[Rule]) -> list[Rule]:
    """Pieces that go on from one another, as one; those beside a longer one are part of it."""
    done: list[list[int]] = []
    near: list[list[int]] = []  # at of the last piece, start, stop, sum of at by length, length
    for at, start, stop in sorted(pieces, key=lambda rule: (rule.start, rule.at, rule.stop)):
        done += [rule for rule in near if start - rule[2] > BREAK]
        near = [rule for rule in near if start - rule[2] <= BREAK]
        fitting = [rule for rule in near if abs(rule[0] - at) <= DRIFT]
        if not fitting:
            near.append([at, start, stop, at * (stop - start), stop - start])
            continue
        best = min(fitting, key=lambda rule: abs(rule[0] - at))
        if stop > best[2]:
            best[0], best[2] = at, stop
        best[3] += at * (stop - start)
        best[4] += stop - start
    return [
        Rule(total // length, start, stop)
        for _, start, stop, total, length in done + near
        if 2 * length >= stop - start
    ]
