"""Pillow's bicubic and Lanczos filters in integers, equal to the byte: the specification for apps.

SmolVLM's processor resizes by Lanczos, those of Qwen, LLaVA and Florence-2 by bicubic. As in
`pinpoint_edge.vision.resize`: weights in f64, normalised, rounded to 22 fractional bits, columns
rounded to 8 bits, then rows (Pillow, src/libImaging/Resample.c).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.errors import OptionError
from pinpoint_edge.vision.resize import PRECISION_BITS, Pixels, check_image, check_size

Values = NDArray[np.float64]


def _bicubic(x: Values) -> Values:
    a, x = -0.5, np.abs(x)
    near = ((a + 2.0) * x - (a + 3.0)) * x * x + 1
    far = (((x - 5) * x + 8) * x - 4) * a
    return np.where(x < 1, near, np.where(x < 2, far, 0.0))


def _lanczos(x: Values) -> Values:
    inside = (x >= -3) & (x < 3)
    return np.where(inside, np.sinc(x) * np.sinc(x / 3), 0.0)


# The reach of a filter in target pixels, and its weights.
FILTERS: dict[str, tuple[float, Callable[[Values], Values]]] = {
    "bicubic": (2.0, _bicubic),
    "lanczos": (3.0, _lanczos),
}


def resample(image: Pixels, width: int, height: int, kind: str) -> Pixels:
    """Resize uint8 (H,W,3) by a filter of FILTERS; OptionError for another one."""
    check_image(image)
    check_size(width, height)
    if kind not in FILTERS:
        raise OptionError(f"there is no filter {kind!r}; choose of {', '.join(FILTERS)}")
    turned = _rows(image.transpose(1, 0, 2), width, kind).transpose(1, 0, 2)
    return _rows(turned, height, kind)


def _rows(image: Pixels, height: int, kind: str) -> Pixels:
    source = image.shape[0]
    if height == source:
        return image
    reach, weigh = FILTERS[kind]
    scale = source / height
    stretch = max(scale, 1.0)
    support = reach * stretch
    taps = math.ceil(support) * 2 + 1
    centre = (np.arange(height, dtype=np.float64) + 0.5) * scale
    first = np.maximum((centre - support + 0.5).astype(np.int64), 0)
    stop = np.minimum((centre + support + 0.5).astype(np.int64), source)
    tap = np.arange(taps)
    weights = weigh((tap + first[:, None] - centre[:, None] + 0.5) * (1.0 / stretch))
    weights[tap >= (stop - first)[:, None]] = 0.0
    weights = weights / np.cumsum(weights, axis=1)[:, -1:] * (1 << PRECISION_BITS)
    # Away from zero, as the cast of C does.
    fixed = (weights + np.where(weights < 0, -0.5, 0.5)).astype(np.int32)
    total = np.full((height, *image.shape[1:]), 1 << (PRECISION_BITS - 1), dtype=np.int32)
    for number in range(taps):
        rows = np.minimum(first + number, source - 1)
        total += image[rows] * fixed[:, number, None, None]
    return np.clip(total >> PRECISION_BITS, 0, 255).astype(np.uint8)
