"""Lines of a text layer together with what the detector finds beside them on the same page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.vision.ctc import Transcription
from pinpoint_edge.vision.geometry import Box, area, intersection
from pinpoint_edge.vision.regions import TEXT, Region

INSIDE = 0.5  # a region with more of its area in lines of the layer is one of them
FEW = 2  # letters that a tick box may hold in the layer


def together(
    texts: Mapping[Region, Transcription], found: Sequence[Region]
) -> tuple[dict[Region, Transcription], list[Region]]:
    """Lines of the layer, and what the detector found beside them.

    A tick box in the midst of a line's letters is none, and a letter in a tick box is its tick.
    """
    if not texts:
        return {}, [*found]
    boxes = np.asarray([line.box for line in texts], np.float64)
    beside: list[Region] = []
    ticks: list[Box] = []
    for region in found:
        shared = _shared(region.box, boxes)
        own, lines = max(area(region.box), 1e-9), np.maximum(_areas(boxes), 1e-9)
        if region.kind in ("ticked", "unticked"):
            over = [
                transcription
                for transcription, part in zip(texts.values(), shared, strict=True)
                if part > INSIDE * own
            ]
            if all(len(transcription.text) <= FEW for transcription in over):
                beside.append(region)
                ticks.append(region.box)
        elif region.kind != TEXT or (shared / np.minimum(own, lines)).max() < INSIDE:
            beside.append(region)
    kept = {
        line: transcription
        for line, transcription in texts.items()
        if len(transcription.text) > FEW
        or all(intersection(line.box, box) < INSIDE * area(line.box) for box in ticks)
    }
    return kept, [*kept, *beside]


def _shared(box: Box, boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """The area f64 (N,) that a box shares with each of `boxes`."""
    width = np.minimum(box[2], boxes[:, 2]) - np.maximum(box[0], boxes[:, 0])
    height = np.minimum(box[3], boxes[:, 3]) - np.maximum(box[1], boxes[:, 1])
    return np.asarray(np.maximum(width, 0) * np.maximum(height, 0))


def _areas(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]))
