"""From the detector's mark map to regions: boxes to tick, signatures, stamps and figures.

An element is a region whose reading is a word in brackets instead of a transcription, so that
aligner and language model find it beside the text it belongs to. The map shows where boxes are;
whether one is ticked is seen on the page itself, because a tick is a few pixels that a canvas
loses.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.errors import OptionError
from pinpoint_edge.vision.components import find_components
from pinpoint_edge.vision.ctc import Transcription
from pinpoint_edge.vision.geometry import Box, area, bounds, intersection, iou, sub_quad, text_size
from pinpoint_edge.vision.regions import Region

PLANES = ("box", "signature", "stamp", "figure")
"""The elements of the planes of a mark map, in their order."""
KINDS = ("ticked", "unticked", "signature", "stamp", "figure")
"""The kinds of regions that are elements."""
READINGS = {
    "ticked": "[x]",
    "unticked": "[ ]",
    "signature": "[signed]",
    "stamp": "[stamp]",
    "figure": "[figure]",
}
"""The name of each kind in the prompt."""

STRIDE = 2  # canvas pixels a map pixel
THRESHOLD = 0.5
SCORE = 0.65
MIN_SIDE = 2.0  # map pixels
DOUBLE = 0.3  # two elements that share more of their union are one
INSIDE = 0.6  # a line with more of its area in a tick box or signature is that element
LEFT_OVER = 0.6  # of a line's height: shorter pieces beside a tick box are dropped
FRAME = 0.22  # of a tick box's shorter side, and a pixel: what may be its printed frame
AROUND = 0.6  # of the same: how far around it the grey of paper and ink is measured
CONTRAST = 20.0  # grey levels between paper and ink: with less nothing is written there
INK = 0.3  # of the way from paper to ink
TICKED = 0.21  # share of a box's inside that is ink where it is ticked
FRAMED, SURE = 0.8, 0.7  # what a ticked box's frame and score must be: a letter holds ink as well


def find_elements(
    mark_map: NDArray[np.floating], scale: float, page_size: tuple[int, int], page: int = 0
) -> list[Region]:
    """Find the elements of a page, best first.

    mark_map: (4, h, w) or (1, 4, h, w) probabilities in the order of PLANES; scale: map pixels per
    page pixel; page_size: (width, height) of the source page. Components (8-neighbour) of the
    pixels above THRESHOLD with a mean of at least SCORE and no side under MIN_SIDE become their
    upright bounds, divided by `scale` and clipped to the page. Of two that share more than DOUBLE
    of their union, whatever their kinds, the one with the higher score stays. A box counts as
    unticked until `see_ticks` looked at it. Raises OptionError for another shape or a scale that
    is not positive.
    """
    planes = np.asarray(mark_map, dtype=np.float32)
    if planes.ndim == 4 and len(planes) == 1:
        planes = planes[0]
    if planes.ndim != 3 or len(planes) != len(PLANES) or not scale > 0:
        raise OptionError(
            f"A mark map {planes.shape} at scale {scale} was given; pass one map "
            f"({len(PLANES)}, h, w) and the scale of its pixels."
        )
    found = []
    for name, plane in zip(PLANES, planes, strict=True):
        kind = "unticked" if name == "box" else name
        for part in find_components(plane, THRESHOLD):
            x0, y0, x1, y1 = bounds(part.points)
            if part.score >= SCORE and min(x1 - x0, y1 - y0) >= MIN_SIDE:
                quad = np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)]) / scale
                quad = np.clip(quad, 0, np.array(page_size, dtype=np.float64))
                if area(bounds(quad)) >= 1:
                    found.append(Region(quad.astype(np.float32), part.score, page, kind))
    kept: list[Region] = []
    for element in sorted(found, key=lambda element: -element.score):
        if all(iou(element.box, other.box) <= DOUBLE for other in kept):
            kept.append(element)
    return kept


def see_ticks(image: NDArray[np.uint8], elements: Sequence[Region]) -> list[Region]:
    """Separate ticked boxes from empty ones by the ink inside; other elements stay as they are.

    image: u8 (H, W, 3), the page at full resolution. What holds ink but has no frame, or a score
    under SURE, is a letter or a dot rather than a box, and is left out.
    """
    seen = []
    for element in elements:
        if element.kind == "unticked" and ink_inside(image, element.box) > TICKED:
            if element.score < SURE or framed(image, element.box) < FRAMED:
                continue
            element = replace(element, kind="ticked")
        seen.append(element)
    return seen


def ink_inside(image: NDArray[np.uint8], box: Box) -> float:
    """Share of the pixels inside a box, without its frame, that are ink: 0 to 1.

    Paper is the upper quartile of grey in the box and around it, the darkest ink its 2nd hundredth;
    a pixel is ink from INK of the way between them. 0 where there is no CONTRAST or no inside.
    """
    ink, (x0, y0, x1, y1) = _ink_around(image, box)
    frame = FRAME * min(x1 - x0, y1 - y0) + 1
    rows = slice(max(math.ceil(y0 + frame), 0), max(int(y1 - frame) + 1, 0))
    columns = slice(max(math.ceil(x0 + frame), 0), max(int(x1 - frame) + 1, 0))
    inside = ink[rows, columns]
    return float(inside.mean()) if inside.size else 0.0


def framed(image: NDArray[np.uint8], box: Box) -> float:
    """How much of a box's four sides is drawn, as the least of them: 0 to 1.

    A side is as much drawn as the straight line of pixels near it that holds the most ink.
    """
    ink, (x0, y0, x1, y1) = _ink_around(image, box)
    side = min(x1 - x0, y1 - y0)
    reach, corner = FRAME * side + 1, 0.15 * side
    columns, rows = _pixels(x0 + corner, x1 - corner), _pixels(y0 + corner, y1 - corner)
    lines = [
        *(ink[_pixels(y - reach, y + reach), columns].T for y in (y0, y1)),
        *(ink[rows, _pixels(x - reach, x + reach)] for x in (x0, x1)),
    ]
    return min(float(near.mean(0).max()) if near.size else 0.0 for near in lines)


def _pixels(start: float, end: float) -> slice:
    return slice(max(round(start), 0), max(round(end) + 1, 0))


def _ink_around(image: NDArray[np.uint8], box: Box) -> tuple[NDArray[np.bool_], Box]:
    """Which pixels in a box and around it are ink, bool (h, w), and where the box lies in them."""
    x0, y0, x1, y1 = box
    reach = AROUND * min(x1 - x0, y1 - y0)
    top, left = max(int(y0 - reach), 0), max(int(x0 - reach), 0)
    grey = image[top : int(y1 + reach) + 1, left : int(x1 + reach) + 1].mean(2)
    inner = (x0 - left, y0 - top, x1 - left, y1 - top)
    if grey.size == 0:
        return np.zeros((0, 0), np.bool_), inner
    paper, ink = np.percentile(grey, 75), np.percentile(grey, 2)
    if paper - ink < CONTRAST:
        return np.zeros(grey.shape, np.bool_), inner
    return (paper - grey) / (paper - ink) > INK, inner


def transcription(element: Region) -> Transcription:
    """Return an element's name, as sure as its score; characters are equal parts of its width."""
    text = READINGS[element.kind]
    steps = [number / len(text) for number in range(len(text) + 1)]
    return Transcription(text, [element.score] * len(text), list(pairwise(steps)))


def join(lines: Sequence[Region], elements: Sequence[Region]) -> list[Region]:
    """Lines of text and elements as one list: the lines in their order, then the elements.

    A line that lies in a tick box or signature (INSIDE of its area) is that element, read as
    letters, and is dropped. A line that a tick box interrupts is cut there: a piece on either
    side, if longer than LEFT_OVER of the line's height, is a line of its own.
    """
    boxes = [element.box for element in elements if element.kind in ("ticked", "unticked")]
    covering = [*boxes, *(element.box for element in elements if element.kind == "signature")]
    kept: list[Region] = []
    for line in lines:
        own = max(area(line.box), 1e-9)
        if any(intersection(line.box, box) >= INSIDE * own for box in covering):
            continue
        kept += _cut(line, [box for box in boxes if intersection(line.box, box) > 0])
    return [*kept, *elements]


def _cut(line: Region, boxes: Sequence[Box]) -> list[Region]:
    """Return a line's pieces beside tick boxes; the whole of it where they only touch its edge."""
    corner = line.quad[0].astype(np.float64)
    along = line.quad[1].astype(np.float64) - corner
    length, height = text_size(line.quad)
    gaps = []
    for x0, y0, x1, y1 in boxes:
        # The place of the box's centre and half its width, in the line's own direction.
        middle = (np.array([(x0 + x1) / 2, (y0 + y1) / 2]) - corner) @ along / max(length, 1e-9)
        half = (x1 - x0) / 2
        depth = min(y1, line.box[3]) - max(y0, line.box[1])
        if depth >= 0.5 * min(y1 - y0, height):
            gaps.append((middle - half, middle + half))
    if not gaps:
        return [line]
    pieces, at = [], 0.0
    for start, end in [*sorted(gaps), (length, length)]:
        if start - at >= LEFT_OVER * height:
            quad = sub_quad(line.quad, max(at, 0.0) / length, min(start, length) / length)
            pieces.append(replace(line, quad=quad))
        at = max(at, end)
    return pieces
