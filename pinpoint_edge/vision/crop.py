"""Crops of regions, upright and at a fixed height, specified to the byte.

Positions and weights of a tilted crop are integers, so that every host gives the same pixels.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pinpoint_edge.errors import OptionError
from pinpoint_edge.vision.geometry import as_quad, bounds, text_size
from pinpoint_edge.vision.resize import Pixels, resize

GLANCE_HEIGHT = 16
GLANCE_WIDTHS = (64, 128, 256, 512, 1024)  # at that height
REFINE_HEIGHT = 48
REFINE_WIDTHS = (192, 512, 1280, 2560)
BATCH = 8

COLOUR_FILL = 127  # mid grey: near 0 once the recogniser has normalised it
GREY_FILL = 255

UPRIGHT = 115  # an edge that rises at most 1 in 115 (0.5 degrees) counts as upright
POSITION_BITS = 16  # sample positions of a tilted crop
WEIGHT_BITS = 8  # their bilinear weights


def glance_widths(height: int) -> tuple[int, ...]:
    """Return the widths of glance crops of another height, in proportion."""
    return tuple(width * height // GLANCE_HEIGHT for width in GLANCE_WIDTHS)


def crop_width(quad: ArrayLike, height: int) -> int:
    """Return the width, at least 1, that keeps the text's proportions at `height` pixels."""
    text_width, text_height = text_size(quad)
    return max(1, math.floor(height * text_width / max(text_height, 1.0) + 0.5))


def crop_quad(image: Pixels, quad: ArrayLike, height: int, width: int) -> Pixels:
    """Return the text of a quad, upright, as uint8 (height, width, C) of an image (H, W, C).

    An upright quad (top and left edge within 0.5 degrees of the axes, and the top edge rising by
    at most an eighth of the text's height, at least 1 px) is its bounds: floor and ceil, clamped to
    the image and at least 1 px, turned by quarters so that the text reads to the right, then
    `resize`. Any other quad is sampled by `sample_parallelogram` at the source's own scale, then
    `resize`. Raises OptionError for a broken quad, image or size.
    """
    corners = as_quad(quad)
    turns = _quarter_turns(corners)
    patch = (
        sample_parallelogram(image, corners) if turns is None else _upright(image, corners, turns)
    )
    return resize(patch, width, height)


def sample_parallelogram(image: Pixels, quad: ArrayLike) -> Pixels:
    """Sample the parallelogram of a quad's corners 0, 1 and 3 at the source's own scale.

    The patch is round(length of the top edge) x round(length of the left edge), at least 1. With
    `a`, `b` the steps of one patch pixel along both edges, pixel (u, v) is sampled at
    corner 0 + (u + 1/2) a + (v + 1/2) b - 1/2. The position of pixel (0, 0), `a` and `b` are
    each floor(x * 65536 + 1/2); positions add up in integers. The top 8 fractional bits of a
    position are its bilinear weights, neighbours are clamped to the image, and the weighted sum of
    16 fractional bits is rounded half up. Returns uint8 (h, w, C).
    """
    corners = as_quad(quad).astype(np.float64)
    text_width, text_height = text_size(corners)
    width, height = max(1, math.floor(text_width + 0.5)), max(1, math.floor(text_height + 0.5))
    along = (corners[1] - corners[0]) / width
    down = (corners[3] - corners[0]) / height
    origin = corners[0] + along * 0.5 + down * 0.5 - 0.5

    x_along, y_along = _fixed(along)
    x_down, y_down = _fixed(down)
    x_origin, y_origin = _fixed(origin)
    u, v = np.arange(width), np.arange(height)[:, None]
    x = x_origin + u * x_along + v * x_down
    y = y_origin + u * y_along + v * y_down

    rows, columns = image.shape[:2]
    left, right = _neighbours(x, columns)
    top, foot = _neighbours(y, rows)
    top, foot = top * columns, foot * columns
    fx, fy = _weight(x), _weight(y)
    # Planes (C, h * w), not pixels, so that the weights run along the inner loop.
    pixels = image.reshape(rows * columns, -1)
    taps = np.concatenate([top + left, top + right, foot + left, foot + right], axis=None)
    planes = pixels[taps].T.astype(np.int32).reshape(-1, 4, height, width)
    upper = _mix(planes[:, 0], planes[:, 1], fx)
    lower = _mix(planes[:, 2], planes[:, 3], fx)
    total = _mix(upper, lower, fy)
    total += 1 << (2 * WEIGHT_BITS - 1)
    patch = (total >> (2 * WEIGHT_BITS)).astype(np.uint8).transpose(1, 2, 0)
    return patch.reshape(height, width, *image.shape[2:])


def batch_crops(
    image: Pixels,
    quads: Sequence[ArrayLike],
    height: int,
    widths: Sequence[int],
) -> Iterator[tuple[NDArray[np.int64], Pixels, NDArray[np.int32]]]:
    """Yield the crops of a page, RGB (H, W, 3) or grey (H, W), in batches of 8, the widest first.

    The crops are sorted by width, so every batch takes the smallest of `widths` that holds its
    first crop, and there are never more batches than needed. A crop wider than the largest is
    squeezed to it.

    Each item: indices int64 (n,) into `quads`, n <= 8; crops uint8 (8, C, height, width) with C 1
    or 3, filled with GREY_FILL or COLOUR_FILL to the right of a crop and zeros in rows past n; used
    widths int32 (8,), 0 in rows past n. Raises OptionError when `widths` is empty.
    """
    if not widths:
        raise OptionError("No crop widths were given; pass the widths that the stage accepts.")
    buckets = sorted(widths)
    grey = image.ndim == 2
    source = image[:, :, None] if grey else image
    used = np.array([min(crop_width(quad, height), buckets[-1]) for quad in quads], np.int32)
    order = np.argsort(-used, kind="stable")
    for start in range(0, len(order), BATCH):
        indices = order[start : start + BATCH]
        width = next(bucket for bucket in buckets if bucket >= used[indices[0]])
        crops = np.zeros((BATCH, source.shape[2], height, width), dtype=np.uint8)
        crops[: len(indices)] = GREY_FILL if grey else COLOUR_FILL
        counts = np.zeros(BATCH, dtype=np.int32)
        for row, index in enumerate(indices):
            counts[row] = used[index]
            crop = crop_quad(source, quads[index], height, int(used[index]))
            crops[row, :, :, : counts[row]] = crop.transpose(2, 0, 1)
        yield indices, crops, counts


def _quarter_turns(quad: NDArray[np.float32]) -> int | None:
    """Counter-clockwise quarter turns that make an upright quad read to the right, else None."""
    corners = quad.astype(np.float64)
    (top_x, top_y), (left_x, left_y) = (corners[1] - corners[0]), (corners[3] - corners[0])
    if abs(top_x) >= abs(top_y):
        turns, run, rise = (0 if top_x >= 0 else 2), abs(top_x), abs(top_y)
        side, drift = abs(left_y), abs(left_x)
    else:
        turns, run, rise = (1 if top_y >= 0 else 3), abs(top_y), abs(top_x)
        side, drift = abs(left_x), abs(left_y)
    straight = rise * UPRIGHT <= run and drift * UPRIGHT <= side
    return turns if straight and rise <= max(1.0, side / 8) else None


def _upright(image: Pixels, quad: NDArray[np.float32], turns: int) -> Pixels:
    x0, y0, x1, y1 = bounds(quad)
    rows, columns = image.shape[:2]
    left = min(max(math.floor(x0), 0), columns - 1)
    top = min(max(math.floor(y0), 0), rows - 1)
    right = min(max(math.ceil(x1), left + 1), columns)
    foot = min(max(math.ceil(y1), top + 1), rows)
    return np.rot90(image[top:foot, left:right], turns)


def _fixed(vector: NDArray[np.float64]) -> tuple[int, int]:
    one = 1 << POSITION_BITS
    return math.floor(vector[0] * one + 0.5), math.floor(vector[1] * one + 0.5)


def _neighbours(
    position: NDArray[np.int64], size: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    first = position >> POSITION_BITS
    return first.clip(0, size - 1), (first + 1).clip(0, size - 1)


def _weight(position: NDArray[np.int64]) -> NDArray[np.int32]:
    fraction = (position >> (POSITION_BITS - WEIGHT_BITS)) & ((1 << WEIGHT_BITS) - 1)
    return fraction.astype(np.int32)


def _mix(
    first: NDArray[np.int32], second: NDArray[np.int32], weight: NDArray[np.int32]
) -> NDArray[np.int32]:
    return (first << WEIGHT_BITS) + (second - first) * weight
