"""Lines of a text layer together with what the detector finds beside them on the same page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.vision.ctc import Transcription
from pinpoint_edge.vision.geometry import Box, area
from pinpoint_edge.vision.regions import Region

INSIDE = 0.5  # a region with more of its area in lines of the layer is one of them


def together(texts: Mapping[Region, Transcription], found: Sequence[Region]) -> list[Region]:
    """Lines of the layer, and the regions that the detector found beside them."""
    if not texts:
        return [*found]
    boxes = np.asarray([line.box for line in texts], np.float64)
    lines = np.maximum(_areas(boxes), 1e-9)
    beside = [
        region
        for region in found
        if (_shared(region.box, boxes) / np.minimum(max(area(region.box), 1e-9), lines)).max()
        < INSIDE
    ]
    return [*texts, *beside]


def _shared(box: Box, boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """The area f64 (N,) that a box shares with each of `boxes`."""
    width = np.minimum(box[2], boxes[:, 2]) - np.maximum(box[0], boxes[:, 0])
    height = np.minimum(box[3], boxes[:, 3]) - np.maximum(box[1], boxes[:, 1])
    return np.asarray(np.maximum(width, 0) * np.maximum(height, 0))


def _areas(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]))
