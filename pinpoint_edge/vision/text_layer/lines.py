"""From the characters of a text layer to lines of text, cut where the detector would cut them.

Characters that the file writes side by side are a run; runs on one line are joined, whatever their
order in the file. A wide gap, a leader ("......") or a symbol ends a line.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.vision.ctc import Transcription
from pinpoint_edge.vision.disjoint_sets import DisjointSets
from pinpoint_edge.vision.geometry import Quad
from pinpoint_edge.vision.page.pdf_text import PdfText

GAP = 0.9  # of a line's height: characters further apart are in two lines
SPACE = 0.15  # of a line's height: the least gap between words of two runs
BACK = 0.5  # of a line's height: how far neighbours may overlap
LEVEL = 0.35  # of a line's height: how far the middles of a run's neighbours may differ
OVERLAP = 0.5  # of the smaller height, that two runs of one line share
RAISED = 3.0  # how much higher than a raised character, as in "m2", its line may be
NEAR = 0.3  # of a line's height, to a raised character
LOW = 0.4  # of the font's height: ink that is lower, as of "-", does not show a line's height
MARGIN = 0.33  # of a line's height: paper around its ink, as the detector leaves it
DOUBLED = 0.3  # of a character's size: the same one is drawn again, for bold print or a shadow

_LEADER = re.compile(r"([._·…‥=~–—-])(?:\s?\1){3,}")
_SYMBOLS = ("So", "Co", "Cn", "Cc", "Cs")  # categories of dingbats and of what is no character
Boxes = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class LayerLine:
    """A line of a text layer: its quad in page pixels, its text with spans, and its font."""

    quad: Quad
    transcription: Transcription
    font: int


def is_symbol(text: str) -> bool:
    """Whether a character of a layer is a drawing, such as a box to tick, or unknown."""
    return not text or unicodedata.category(text[0]) in _SYMBOLS


def lines_of(layer: PdfText, kept: NDArray[np.bool_]) -> list[LayerLine]:
    """Return the lines of those characters of a layer that are `kept`, bool (N,).

    Text that runs to the right, downwards and upwards is taken; other directions are not.
    """
    found: list[LayerLine] = []
    for turn in (0, 1, 3):
        places = np.flatnonzero(kept & (layer.turns == turn))
        if len(places):
            found += _Direction(layer, places, turn).lines()
    return found


class _Direction:
    """The characters of one reading direction, in a frame in which they run to the right."""

    def __init__(self, layer: PdfText, places: NDArray[np.int64], turn: int) -> None:
        self._turn = turn
        ink = _levelled(layer.boxes[places].astype(np.float64), turn)
        texts = [layer.texts[place] for place in places]
        single = _single(ink, texts)
        places = places[single]
        self._ink, self._texts = ink[single], [texts[place] for place in np.flatnonzero(single)]
        self._cells = _levelled(layer.cells[places].astype(np.float64), turn)
        self._spaced, self._fonts = layer.spaced[places], layer.fonts[places]

    def lines(self) -> list[LayerLine]:
        """All lines, each cut at leaders and symbols."""
        runs = self._runs()
        around = np.asarray([_around(self._cells[run]) for run in runs], np.float64)
        found = []
        for group in _joined(around):
            order, text, owners = self._in_a_row([runs[number] for number in group], around[group])
            for start, stop in _pieces(text):
                if line := self._line(text[start:stop], owners[start:stop], order):
                    found.append(line)
        return found

    def _runs(self) -> list[NDArray[np.int64]]:
        """Characters that follow each other in the file and on the page."""
        x0, y0, _, y1 = self._cells.T
        height, middle = y1 - y0, (y0 + y1) / 2
        least = np.minimum(height[1:], height[:-1])
        gap = self._ink[1:, 0] - self._ink[:-1, 2]
        goes_on = np.abs(middle[1:] - middle[:-1]) <= LEVEL * least
        goes_on &= (gap <= GAP * least) & (gap >= -BACK * least) & (x0[1:] > x0[:-1])
        goes_on &= np.maximum(height[1:], height[:-1]) <= 1.5 * least
        return np.split(np.arange(len(height)), np.flatnonzero(~goes_on) + 1)

    def _in_a_row(
        self, runs: Sequence[NDArray[np.int64]], around: Boxes
    ) -> tuple[list[int], str, list[int]]:
        """Characters from left to right, their text with spaces, and which each letter is of."""
        height = float(np.max(around[:, 3] - around[:, 1]))
        order: list[int] = []
        text = ""
        owners: list[int] = []
        for number in np.argsort(around[:, 0], kind="stable"):
            for place in runs[number]:
                follows = bool(order) and order[-1] + 1 == place
                gap = self._ink[place, 0] - self._ink[order[-1], 2] if order else 0.0
                wide = gap > SPACE * height and not follows
                if order and ((follows and self._spaced[place]) or wide):
                    text, owners = text + " ", [*owners, len(order)]
                letters = self._texts[place] or "\ufffd"
                text, owners = text + letters, [*owners, *[len(order)] * len(letters)]
                order.append(int(place))
        return order, text, owners

    def _line(self, text: str, owners: Sequence[int], order: Sequence[int]) -> LayerLine | None:
        """The line of a piece of text; owners: the place in `order` of each of its letters."""
        start = len(text) - len(text.lstrip())
        text, owners = text.strip(), owners[start : start + len(text.strip())]
        if not text:
            return None
        places = [order[owner] for owner in dict.fromkeys(owners)]
        x0, y0, x1, y1 = _around(self._ink[places])
        _, top, _, foot = _around(self._cells[places])
        if y1 - y0 < LOW * (foot - top):
            y0, y1 = (top + foot) / 2 - 0.35 * (foot - top), (top + foot) / 2 + 0.35 * (foot - top)
        margin = MARGIN * (y1 - y0)
        box = (x0 - margin, y0 - margin, x1 + margin, y1 + margin)
        spans = self._spans(text, [order[owner] for owner in owners], box)
        fonts = self._fonts[places]
        font = int(np.bincount(fonts).argmax())
        return LayerLine(
            _quad(box, self._turn), Transcription(text, [1.0] * len(text), spans), font
        )

    def _spans(
        self, text: str, places: Sequence[int], box: tuple[float, float, float, float]
    ) -> list[tuple[float, float]]:
        """Where each letter is, as fractions of the box; a space is between its neighbours."""
        edges = self._ink[list(places)][:, [0, 2]]
        for at in (at for at, letter in enumerate(text) if letter == " " and at):
            edges[at] = sorted((edges[at - 1, 1], edges[at, 0]))
        shares = np.clip((edges - box[0]) / (box[2] - box[0]), 0.0, 1.0)
        return [(start, end) for start, end in shares.tolist()]


def _levelled(boxes: Boxes, turn: int) -> Boxes:
    """The boxes (N,4) in the frame in which text of this many clockwise quarters runs right."""
    x0, y0, x1, y1 = boxes.T
    sides = {0: (x0, y0, x1, y1), 1: (y0, -x1, y1, -x0), 3: (-y1, x0, -y0, x1)}
    return np.stack(sides[turn], 1)


def _quad(box: tuple[float, float, float, float], turn: int) -> Quad:
    """The quad on the page of a box in that frame, clockwise from the text's top left."""
    x0, y0, x1, y1 = box
    corners = np.asarray([(x0, y0), (x1, y0), (x1, y1), (x0, y1)])
    across, down = corners.T
    sides = {0: (across, down), 1: (-down, across), 3: (down, -across)}
    return np.stack(sides[turn], 1).astype(np.float32)


def _single(ink: Boxes, texts: Sequence[str]) -> NDArray[np.bool_]:
    """Which characters are no second copy, drawn over the first for bold print or a shadow."""
    numbers: dict[str, int] = {}
    kinds = np.asarray([numbers.setdefault(text, len(numbers)) for text in texts])
    width, height = ink[:, 2] - ink[:, 0], ink[:, 3] - ink[:, 1]
    # Copies lie a fraction of a character apart: beside each other in this order.
    order = np.lexsort((ink[:, 0], np.round(ink[:, 1] / 4), kinds))
    one, other = order[:-1], order[1:]
    near = np.abs(ink[one] - ink[other]) <= DOUBLED * np.stack([width, height] * 2, 1)[other]
    copies = (kinds[one] == kinds[other]) & near.all(1)
    single = np.ones(len(ink), np.bool_)
    single[np.maximum(one, other)[copies]] = False
    return single


def _around(boxes: Boxes) -> tuple[float, float, float, float]:
    x0, y0 = boxes[:, :2].min(0)
    x1, y1 = boxes[:, 2:].max(0)
    return float(x0), float(y0), float(x1), float(y1)


def _joined(around: Boxes) -> list[list[int]]:
    """Groups of runs (N,4) that lie side by side on one line."""
    count = len(around)
    line = DisjointSets(count)
    x0, y0, x1, y1 = around.T
    height = y1 - y0
    for number in range(count - 1):
        rest = slice(number + 1, count)
        least = np.minimum(height[number], height[rest])
        most = np.maximum(height[number], height[rest])
        shared = np.minimum(y1[number], y1[rest]) - np.maximum(y0[number], y0[rest])
        gap = np.maximum(x0[number], x0[rest]) - np.minimum(x1[number], x1[rest])
        beside = (gap <= GAP * least) & (most <= 1.5 * least)
        beside |= (gap <= NEAR * most) & (most <= RAISED * least)
        beside &= (shared >= OVERLAP * least) & (gap >= -BACK * least)
        for other in (np.flatnonzero(beside) + number + 1).tolist():
            line.join(number, other)
    return line.groups()


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    """Start and stop of the pieces of a line between its leaders and symbols."""
    at = 0
    breaks = [match.span() for match in _LEADER.finditer(text)]
    breaks += [(place, place + 1) for place, letter in enumerate(text) if is_symbol(letter)]
    for start, stop in [*sorted(breaks), (len(text), len(text))]:
        if start > at:
            yield at, start
        at = max(at, stop)
