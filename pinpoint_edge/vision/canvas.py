"""The page fitted to a canvas: the image that `detect` sees."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pinpoint_edge.vision.resize import Pixels, check_image, resize, to_grey

CANVASES = ((960, 736), (736, 960), (960, 960), (960, 480))  # (height, width)
MAX_UPSCALE = 1.5
# A larger canvas must gain this much scale before its extra pixels are worth their time.
CANVAS_GAIN = 1.05


@dataclass(frozen=True, eq=False)
class Canvas:
    """A page fitted to one of CANVASES, or to the parts of a long page.

    image: uint8 (H, W, 3), the page at the top left on white; grey: its luma (H, W); scale: canvas
    pixels per page pixel; size: (width, height) in canvas pixels that the page covers.
    """

    image: Pixels
    grey: Pixels
    scale: float
    size: tuple[int, int]


def fit_canvas(image: Pixels) -> Canvas:
    """Fit an RGB page (H, W, 3) to a canvas.

    The scale of a canvas is the largest at which the whole page fits, at most MAX_UPSCALE. Of the
    canvases whose scale comes within CANVAS_GAIN of the best, the one with the fewest pixels wins.
    """
    check_image(image)
    page_height, page_width = image.shape[:2]
    scales = {
        (height, width): min(height / page_height, width / page_width, MAX_UPSCALE)
        for height, width in CANVASES
    }
    best = max(scales.values())
    fitting = [canvas for canvas in CANVASES if scales[canvas] * CANVAS_GAIN >= best]
    height, width = min(fitting, key=lambda canvas: canvas[0] * canvas[1])
    return on_canvas(image, height, width, scales[height, width])


def on_canvas(image: Pixels, height: int, width: int, scale: float) -> Canvas:
    """Put an RGB page (H, W, 3) on a white canvas of this size, at this scale."""
    page_height, page_width = image.shape[:2]
    used_width = min(width, max(1, math.floor(page_width * scale + 0.5)))
    used_height = min(height, max(1, math.floor(page_height * scale + 0.5)))
    canvas = np.full((height, width, 3), 255, dtype=np.uint8)
    canvas[:used_height, :used_width] = resize(image, used_width, used_height)
    return Canvas(canvas, to_grey(canvas), scale, (used_width, used_height))
