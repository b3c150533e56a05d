"""Connected components of a map, and the minimum-area rectangle around one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Component:
    """Pixels that touch, by side or corner.

    points: float64 (n, 2), the outer corners of its first and last pixel in every row, in pixel
    edges (pixel 0 spans 0..1): all that its convex hull needs. score: mean of the map over it.
    runs: int64 (r, 3), row, first column and the column past the last of its runs of pixels.
    """

    points: NDArray[np.float64]
    score: float
    runs: NDArray[np.int64]


def find_components(plane: NDArray[np.float32], threshold: float) -> list[Component]:
    """Return the components of the pixels above `threshold`, in the order of their first pixel.

    plane: float32 (H, W). Runs of pixels in a row are joined with the runs of the row above that
    they touch (8-neighbour), by union-find over all rows at once.
    """
    row, start, end = _runs(plane > threshold)
    if len(row) == 0:
        return []
    label = _labels(row, start, end, plane.shape[1])
    count = int(label.max()) + 1

    length = end - start
    pixels = np.bincount(label, weights=length, minlength=count)
    values = plane[plane > threshold].astype(np.float64)
    total = np.bincount(np.repeat(label, length), weights=values, minlength=count)

    # Runs by component, then row: the leftmost start and rightmost end of each row remain.
    order = np.lexsort((start, row, label))
    row, start, end, label = row[order], start[order], end[order], label[order]
    runs = np.split(np.stack([row, start, end], 1), np.flatnonzero(np.diff(label)) + 1)
    fresh = np.flatnonzero(np.diff(row, prepend=-1) | np.diff(label, prepend=-1))
    left = np.minimum.reduceat(start, fresh)
    right = np.maximum.reduceat(end, fresh)
    row, label = row[fresh], label[fresh]
    x = np.stack([left, right, left, right], axis=1)
    y = np.stack([row, row, row + 1, row + 1], axis=1)
    corners = np.stack([x, y], axis=2).astype(np.float64)
    parts = np.split(corners, np.flatnonzero(np.diff(label)) + 1)
    return [
        Component(part.reshape(-1, 2), float(total[n] / pixels[n]), runs[n])
        for n, part in enumerate(parts)
    ]


def minimum_rectangle(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the smallest rectangle around points (n, 2): float64 (4, 2), clockwise.

    Rotating calipers: one side lies on an edge of the convex hull. Corner 0 to corner 1 is the
    side within 45 degrees of the x axis, so corner 0 is the top left.
    """
    hull = _convex_hull(points)
    edges = np.roll(hull, -1, axis=0) - hull
    edges = edges[(edges != 0).any(axis=1)]
    # Folded to within 45 degrees of the x axis, edges at right angles are one candidate.
    steep = np.abs(edges[:, 1]) > np.abs(edges[:, 0])
    edges[steep] = np.stack([edges[steep, 1], -edges[steep, 0]], axis=1)
    edges *= np.where(edges[:, :1] < 0, -1.0, 1.0)
    along = edges / np.sqrt((edges**2).sum(axis=1, keepdims=True))
    down = np.stack([-along[:, 1], along[:, 0]], axis=1)
    u, v = hull @ along.T, hull @ down.T
    u0, u1, v0, v1 = u.min(axis=0), u.max(axis=0), v.min(axis=0), v.max(axis=0)
    best = int(np.argmin((u1 - u0) * (v1 - v0)))
    sides = np.array([(u0, v0), (u1, v0), (u1, v1), (u0, v1)])[:, :, best]
    rectangle: NDArray[np.float64] = sides @ np.stack([along[best], down[best]])
    return rectangle


def _runs(
    mask: NDArray[np.bool_],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Row, first column and the column past the last of each run of true pixels, in scan order."""
    stride = mask.shape[1] + 1
    padded = np.zeros((mask.shape[0], stride), dtype=np.int8)  # a gap ends every row
    padded[:, :-1] = mask
    change = np.flatnonzero(np.diff(padded.ravel(), prepend=0))
    start, end = change[0::2], change[1::2]
    row = start // stride
    return row, start - row * stride, end - row * stride


def _labels(
    row: NDArray[np.int64], start: NDArray[np.int64], end: NDArray[np.int64], width: int
) -> NDArray[np.int64]:
    """Component of each run, numbered in the order of their first runs."""
    stride = width + 2
    first, last = row * stride + start, row * stride + end
    # Runs above with end >= start and start <= end touch, corners included; they are neighbours.
    low = np.searchsorted(last, first - stride, side="left")
    high = np.searchsorted(first, last - stride, side="right")
    touching = np.maximum(high - low, 0)
    below = np.repeat(np.arange(len(row)), touching)
    offset = np.arange(len(below)) - np.repeat(np.cumsum(touching) - touching, touching)
    above = np.repeat(low, touching) + offset

    parent = np.arange(len(row))
    while True:
        a, b = parent[above], parent[below]
        apart = a != b
        if not apart.any():
            break
        np.minimum.at(parent, np.maximum(a, b)[apart], np.minimum(a, b)[apart])
        while not np.array_equal(grand := parent[parent], parent):
            parent = grand
    numbered: NDArray[np.int64] = np.unique(parent, return_inverse=True)[1]
    return numbered


def _convex_hull(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Andrew's monotone chain."""
    ordered: list[tuple[float, float]] = sorted(set(map(tuple, points.tolist())))

    def chain(path: list[tuple[float, float]]) -> list[tuple[float, float]]:
        hull: list[tuple[float, float]] = []
        for x, y in path:
            while len(hull) > 1:
                (ax, ay), (bx, by) = hull[-2], hull[-1]
                if (bx - ax) * (y - ay) - (by - ay) * (x - ax) > 0:
                    break
                hull.pop()
            hull.append((x, y))
        return hull[:-1]

    return np.array(chain(ordered) + chain(ordered[::-1]), dtype=np.float64)
