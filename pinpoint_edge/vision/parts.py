"""Long pages, such as receipts: looked at in parts that overlap, at one scale.

A page much longer than the canvases would shrink until its text is gone. It is fitted by its short
side instead, to a canvas as long as it needs; the detector sees that canvas part by part, and the
maps of the parts are put together to one map of the whole.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.vision.canvas import MAX_UPSCALE, Canvas, on_canvas
from pinpoint_edge.vision.resize import Pixels, check_image

LONG = 4.5  # times as long as wide
UPRIGHT, LEVEL = (960, 480), (736, 960)  # (height, width) of the parts of a page that is long so
OVERLAP = 128  # canvas pixels that two parts share: more than any line of text is high
MOST = 16  # parts

Maps = Mapping[str, NDArray[np.float32]]


def is_long(width: int, height: int) -> bool:
    """Whether a page is looked at in parts."""
    return max(width, height) > LONG * min(width, height)


def fit_long_canvas(image: Pixels) -> Canvas:
    """Fit a long RGB page (H, W, 3) by its short side, at most MAX_UPSCALE and MOST parts long."""
    check_image(image)
    height, width = image.shape[:2]
    along = _axis(image.shape)
    part = _part(along)
    most = part[along] + (MOST - 1) * (part[along] - OVERLAP)
    scale = min(part[1 - along] / min(height, width), most / max(height, width), MAX_UPSCALE)
    size = list(part)
    length = int(max(height, width) * scale + 0.5)
    size[along] = max(part[along], length + length % 2)
    return on_canvas(image, size[0], size[1], scale)


def spans(canvas_shape: tuple[int, ...]) -> list[tuple[int, int, int]]:
    """Where each part of a long canvas (H, W, ...) starts, and from where to where it is kept.

    Parts start at even places, as evenly spread as these allow; two of them meet in the middle of
    what they share.
    """
    along = _axis(canvas_shape)
    whole, length = canvas_shape[along], _part(along)[along]
    count = max(-(-(whole - OVERLAP) // (length - OVERLAP)), 1)
    last = whole - length
    starts = [number * last // (2 * max(count - 1, 1)) * 2 for number in range(count)]
    meet = [(start + before + length) // 4 * 2 for before, start in itertools.pairwise(starts)]
    edges = [0, *meet, whole]
    return [(start, *kept) for start, kept in zip(starts, itertools.pairwise(edges), strict=True)]


def parts_of(canvas: Pixels) -> list[Pixels]:
    """The parts of a long canvas (H, W, 3), each of the size of one of the detector's."""
    along = _axis(canvas.shape)
    length = _part(along)[along]
    places = [range(start, start + length) for start, _, _ in spans(canvas.shape)]
    return [canvas.take(place, along) for place in places]


def joined(seen: Sequence[Maps], canvas_shape: tuple[int, ...]) -> Maps:
    """The maps of a long canvas (H, W, 3) out of those of its parts: planes (1, C, H, W)."""
    along = _axis(canvas_shape)
    maps = {}
    for name in seen[0]:
        kept = [
            part[name].take(range(first - start, stop - start), along + 2)
            for part, (start, first, stop) in zip(seen, spans(canvas_shape), strict=True)
        ]
        maps[name] = np.concatenate(kept, along + 2)
    return maps


def _axis(shape: tuple[int, ...]) -> int:
    """The axis along which a page or canvas is long: 0 down, 1 across."""
    return 0 if shape[0] > shape[1] else 1


def _part(along: int) -> tuple[int, int]:
    """(height, width) of a part of a page that is long along an axis."""
    return UPRIGHT if along == 0 else LEVEL
