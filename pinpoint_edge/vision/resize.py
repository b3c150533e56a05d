"""Resize and grey, specified to the byte so that every host gives the same pixels.

Everything is integer arithmetic on 8-bit channels. `resize` is Pillow's antialiased bilinear
filter (Pillow, src/libImaging/Resample.c): triangle weights in float64, normalised, rounded to 22
fractional bits, a horizontal pass rounded to 8 bits, then a vertical one. `resize_reference` is
that specification in numpy; `resize` calls Pillow, which gives the same bytes faster.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pinpoint_edge.errors import OptionError

Pixels = NDArray[np.uint8]

PRECISION_BITS = 32 - 8 - 2


def resize(image: Pixels, width: int, height: int) -> Pixels:
    """Resize uint8 (H, W), (H, W, 1) or (H, W, 3) to `width` x `height`, keeping the other axes.

    Equal to `resize_reference`: all columns first, then all rows. Raises OptionError when an image
    or size is empty or the image is not uint8 with 1 or 3 channels.
    """
    check_image(image)
    check_size(width, height)
    if image.shape[:2] == (height, width):
        return image.copy()
    flat = image[:, :, 0] if image.ndim == 3 and image.shape[2] == 1 else image
    pillow = Image.fromarray(np.ascontiguousarray(flat))
    # One pass a call: which pass Pillow takes first changes from version to version.
    for size in ((width, image.shape[0]), (width, height)):
        if pillow.size != size:
            pillow = pillow.resize(size, Image.Resampling.BILINEAR)
    resized = np.array(pillow)
    return resized.reshape(height, width, *image.shape[2:])


def resize_reference(image: Pixels, width: int, height: int) -> Pixels:
    """`resize`, written out in numpy: the specification that other hosts copy."""
    check_image(image)
    check_size(width, height)
    planes = image.reshape(image.shape[0], image.shape[1], -1)
    planes = _resize_rows(_resize_columns(planes, width), height)
    return planes.reshape(height, width, *image.shape[2:])


def filter_taps(source: int, target: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return the triangle filter that takes `source` pixels to `target` pixels.

    first: int64 (target,), the first source pixel of each; weights: int32 (target, taps) with
    PRECISION_BITS fractional bits, 0 where a tap lies beyond the image.
    """
    scale = source / target
    support = max(scale, 1.0)  # reach of the triangle in source pixels
    inverse = 1.0 / support
    taps = math.ceil(support) * 2 + 1
    centre = (np.arange(target, dtype=np.float64) + 0.5) * scale
    first = np.maximum((centre - support + 0.5).astype(np.int64), 0)
    stop = np.minimum((centre + support + 0.5).astype(np.int64), source)
    tap = np.arange(taps)
    position = (tap + first[:, None] - centre[:, None] + 0.5) * inverse
    weights = np.maximum(1.0 - np.abs(position), 0.0)
    weights[tap >= (stop - first)[:, None]] = 0.0
    # A running sum, tap by tap, as the C loop adds them; np.sum pairs the terms otherwise.
    total = np.cumsum(weights, axis=1)[:, -1:]
    fixed = (weights / total * (1 << PRECISION_BITS) + 0.5).astype(np.int32)
    return first, fixed


def _resize_columns(image: Pixels, width: int) -> Pixels:
    turned = _resize_rows(np.ascontiguousarray(image.transpose(1, 0, 2)), width)
    return np.ascontiguousarray(turned.transpose(1, 0, 2))


def _resize_rows(image: Pixels, height: int) -> Pixels:
    if height == image.shape[0]:
        return image
    first, weights = filter_taps(image.shape[0], height)
    total = np.full((height, *image.shape[1:]), 1 << (PRECISION_BITS - 1), dtype=np.int32)
    for tap in range(weights.shape[1]):
        rows = np.minimum(first + tap, image.shape[0] - 1)
        total += image[rows] * weights[:, tap, None, None]
    return np.clip(total >> PRECISION_BITS, 0, 255).astype(np.uint8)


def to_grey(image: Pixels) -> Pixels:
    """Return the luma (H, W) of an RGB image (H, W, 3): ITU-R 601-2 with 16 fractional bits.

    (19595 r + 38470 g + 7471 b + 32768) >> 16, which is Pillow's mode "L".
    """
    check_image(image)
    if image.ndim != 3 or image.shape[2] != 3:
        raise OptionError(f"An RGB image (H, W, 3) is needed for grey, not {image.shape}.")
    return np.array(Image.fromarray(np.ascontiguousarray(image)).convert("L"))


def check_image(image: Pixels) -> None:
    """Raise OptionError unless `image` is uint8 with 1 or 3 channels and holds pixels."""
    channels = image.shape[2:] or (1,)
    if image.dtype != np.uint8 or image.ndim not in (2, 3) or channels not in ((1,), (3,)):
        raise OptionError(
            f"An image of {image.dtype} {image.shape} was given; "
            "pass uint8 of shape (H, W), (H, W, 1) or (H, W, 3)."
        )
    if image.size == 0:
        raise OptionError(f"An empty image {image.shape} was given; pass one with pixels.")


def check_size(width: int, height: int) -> None:
    """Raise OptionError unless both sides are at least 1 pixel."""
    if width < 1 or height < 1:
        raise OptionError(
            f"A size of {width} x {height} px was asked for; both must be at least 1."
        )
