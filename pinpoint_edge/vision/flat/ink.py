"""The slopes of text lines measured on their ink.

A text map shows lines of letters that stand upright, as bowed paper and photos from the side have
them, flatter than they are. Seen along its true slope, the ink of a line makes the sharpest profile
from top to foot: its letters share a foot line and a head line.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pinpoint_edge.vision.flat.slopes import Pieces
from pinpoint_edge.vision.resize import Pixels

FINENESS = 80  # tried slopes are 1 / FINENESS apart
TRIED = 10  # to either side of the slope on the map
REACH = 1.1  # thicknesses on the map, above and below its middle: a line's letters
BESIDE = 0.5  # thicknesses to either side of a piece: its first and last letter


def with_ink_slopes(pieces: Pieces, grey: Pixels) -> Pieces:
    """The pieces with slopes of their ink, on a canvas u8 (H, W).

    Of the slopes tried, the one whose profile (the sums of grey along it, by row) has the largest
    sum of squared steps from row to row, the first of equals; between it and its neighbours the
    peak of the parabola through the three.
    """
    slopes = np.array([_slope(pieces, number, grey) for number in range(len(pieces.x))])
    return replace(pieces, slope=slopes)


def _slope(pieces: Pieces, number: int, grey: Pixels) -> float:
    height, width = grey.shape
    x, y, slope = pieces.x[number], pieces.y[number], float(pieces.slope[number])
    half = pieces.length[number] / 2 + BESIDE * pieces.thick[number]
    reach = int(REACH * pieces.thick[number]) + 1
    columns = np.arange(max(int(x - half), 0), min(int(x + half) + 1, width))
    tried = slope + np.arange(-TRIED, TRIED + 1) / FINENESS
    middle = np.floor(tried[:, None] * (columns + 0.5 - x) + y).astype(np.int64)
    rows = middle[:, None, :] + np.arange(-reach, reach + 1)[:, None]
    profile = grey[rows.clip(0, height - 1), columns].sum(2, dtype=np.int64)
    sharp = (np.diff(profile, axis=1) ** 2).sum(1)
    best = int(np.argmax(sharp))
    if 0 < best < 2 * TRIED:
        before, at, after = (float(value) for value in sharp[best - 1 : best + 2])
        bow = before - 2 * at + after
        if bow < 0:
            return float(tried[best]) + (before - after) / (2 * bow) / FINENESS
    return float(tried[best])
