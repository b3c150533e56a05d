"""Whether the text layer of a page is what is seen: by its ink, and by reading some of its lines.

A layer lies where another recogniser made it badly, where a font does not say which characters its
glyphs are, where text is invisible, covered or shifted. Then it is left aside, and the page is read
like a photo.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.vision.ctc import Transcription
from pinpoint_edge.vision.geometry import sub_quad
from pinpoint_edge.vision.page import Page
from pinpoint_edge.vision.page.pdf_text import NAMELESS, SCANNED
from pinpoint_edge.vision.text_layer.agreement import alike
from pinpoint_edge.vision.text_layer.lines import LayerLine, is_symbol, lines_of

SAMPLE = 8  # lines that are read to try a layer
MOST = 16  # lines of a page of many fonts
SHORT = 4  # letters and digits: a line of fewer proves little
WIDE = 10.0  # times its height: no more of a line is read, so that all fit one batch
AGREEING = 0.85  # mean likeness of the sample of a layer that is trusted
AGREEING_FONT = 0.6  # the same of the lines of one font
AGREEING_SCAN, LEAST_OF_SCAN = 0.98, 0.8  # mean and least likeness over a scan
UNSEEN = 0.2  # of the characters: without ink
INK = 16  # grey levels between the darkest and the lightest pixel of a character

ReadLines = Callable[[Sequence[LayerLine]], Sequence[Transcription]]
"""Reads lines of a page in their pixels."""


@dataclass(frozen=True)
class Layer:
    """The text layer of a page after it was tried.

    lines: of what is trusted, None where it is left aside for the reason `why_not`; complete:
    whether nothing else on the page can be text or an element.
    """

    lines: list[LayerLine] | None
    complete: bool = False
    why_not: str = ""


def try_layer(page: Page, characters: Sequence[str], read: ReadLines) -> Layer:
    """Try the text layer of a page; characters: those that the recogniser knows."""
    layer = page.text_layer
    if layer is None:
        return Layer(None, why_not="it is a picture")
    if not any(text.isalnum() for text in layer.texts):
        return Layer(None, why_not="it has no text layer")
    scanned = layer.images >= SCANNED
    if np.mean([not text for text in layer.texts]) > NAMELESS:
        return Layer(None, why_not="its fonts do not say which characters they show")
    seen = _has_ink(page.grey, layer.boxes)
    # The text over a scan is invisible, and its ink is the scan's.
    kept = seen if scanned else seen & ~layer.unseen
    if np.mean(~kept) > UNSEEN:
        return Layer(None, why_not="the text of its layer is not seen on the page")
    lines = lines_of(layer, kept)
    if not lines or np.mean(layer.turns[kept] != 0) > 0.5:
        return Layer(None, why_not="its text does not run to the right")
    sample = _sample(lines, frozenset(characters))
    if not sample:
        return Layer(None, why_not="its layer holds nothing that can be tried by reading")
    likeness = [
        alike(line.transcription.text, found.text)
        for line, found in zip(sample, read(sample), strict=True)
    ]
    if not _agree(sample, likeness, scanned):
        return Layer(None, why_not="its layer says something else than what is seen")
    symbols = any(is_symbol(text) for text in layer.texts)
    complete = not (layer.drawn or symbols or (layer.turns[kept] < 0).any() or not kept.all())
    return Layer(lines, complete)


def _agree(sample: Sequence[LayerLine], likeness: Sequence[float], scanned: bool) -> bool:
    if scanned:
        return fmean(likeness) >= AGREEING_SCAN and min(likeness) >= LEAST_OF_SCAN
    fonts: dict[int, list[float]] = {}
    for line, own in zip(sample, likeness, strict=True):
        fonts.setdefault(line.font, []).append(own)
    return fmean(likeness) >= AGREEING and min(map(fmean, fonts.values())) >= AGREEING_FONT


def _has_ink(grey: NDArray[np.uint8], boxes: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which characters differ from their ground, bool (N,); those beside the page do not."""
    height, width = grey.shape
    edges = np.concatenate([np.floor(boxes[:, :2]) - 1, np.ceil(boxes[:, 2:]) + 1], 1)
    edges = np.clip(edges, 0, [width, height, width, height]).astype(np.int64)
    found = np.zeros(len(boxes), np.bool_)
    for place, (x0, y0, x1, y1) in enumerate(edges.tolist()):
        if x1 - x0 > 1 and y1 - y0 > 1:
            pixels = grey[y0:y1, x0:x1]
            found[place] = int(pixels.max()) - int(pixels.min()) >= INK
    return found


def _sample(lines: Sequence[LayerLine], known: frozenset[str]) -> list[LayerLine]:
    """Beginnings of lines of every font, from all over the page, that the recogniser can read."""
    fonts: dict[int, list[LayerLine]] = {}
    for line in sorted(lines, key=lambda line: (_top(line), float(line.quad[0, 0]))):
        part = _beginning(line)
        letters = [letter for letter in part.transcription.text if letter.isalnum()]
        if len(letters) >= SHORT and all(letter in known for letter in letters):
            fonts.setdefault(line.font, []).append(part)
    chosen: list[LayerLine] = []
    # The fonts of few lines first, so that the room that they leave goes to the others.
    for number, own in enumerate(sorted(fonts.values(), key=len)):
        room = max(1, (SAMPLE - len(chosen)) // (len(fonts) - number))
        count = min(room, len(own))
        chosen += [own[place * len(own) // count] for place in range(count)]
    return chosen[:MOST]


def _beginning(line: LayerLine) -> LayerLine:
    """The words of a line that are no wider than WIDE times its height, or the whole line."""
    along, down = line.quad[1] - line.quad[0], line.quad[3] - line.quad[0]
    share = WIDE * float(np.hypot(*down)) / max(float(np.hypot(*along)), 1.0)
    if share >= 1.0:
        return line
    text, spans = line.transcription.text, line.transcription.spans
    ends = [at for at, letter in enumerate(text) if letter == " " and spans[at][0] <= share]
    if not ends:
        return line
    stop = ends[-1]
    edge = (spans[stop][0] + spans[stop][1]) / 2
    part = Transcription(text[:stop], [1.0] * stop, spans[:stop])
    return LayerLine(sub_quad(line.quad, 0.0, edge), part, line.font)


def _top(line: LayerLine) -> float:
    return float(line.quad[:, 1].min())
