"""Lines of text with their boxes, as any OCR gives them, and where their characters stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from pinpoint_edge.evaluation.annotations import Box
from pinpoint_edge.vision.geometry import text_quad
from pinpoint_edge.vision.layout.order import reading_order
from pinpoint_edge.vision.regions import Region

# Widths of characters beside that of most letters, for lines whose words have no boxes.
_NARROW, _WIDE = frozenset("iIl1j.,:;'|!()[]/ "), frozenset("mwMW@%")


@dataclass(frozen=True)
class TextLine:
    """A line of text on a page; box in pixels.

    `spans` are the left and right end of each character along the line, 0 to 1; without them they
    are estimated from the letters. `role` is "tick" or "legend" in a chart, where labels stand on
    any side of what they name.
    """

    text: str
    box: Box
    spans: tuple[tuple[float, float], ...] = ()
    role: str = ""

    def part(self, start: int, end: int) -> Box:
        """Return the box of the characters `start` to `end`."""
        x0, y0, x1, y1 = self.box
        spans = self.places[start:end]
        if not spans:
            return self.box
        left, right = min(s[0] for s in spans), max(s[1] for s in spans)
        if y1 - y0 > 2 * (x1 - x0):  # it is read downwards
            return x0, y0 + left * (y1 - y0), x1, y0 + right * (y1 - y0)
        return x0 + left * (x1 - x0), y0, x0 + right * (x1 - x0), y1

    @cached_property
    def places(self) -> tuple[tuple[float, float], ...]:
        """The ends of each character along the line, 0 to 1."""
        return self.spans if len(self.spans) == len(self.text) else even_spans(self.text)


def even_spans(text: str, left: float = 0.0, right: float = 1.0) -> tuple[tuple[float, float], ...]:
    """Return where characters stand between `left` and `right`, as their usual widths suggest."""
    weights = [0.55 if c in _NARROW else 1.45 if c in _WIDE else 1.0 for c in text]
    scale = (right - left) / max(sum(weights), 1e-9)
    spans, at = [], left
    for weight in weights:
        spans.append((at, at + weight * scale))
        at += weight * scale
    return tuple(spans)


def line_of_words(words: Sequence[tuple[str, Box]]) -> TextLine:
    """Return the line that words with boxes make, left to right."""
    box = union([box for _, box in words])
    width = max(box[2] - box[0], 1e-9)
    text = ""
    spans: list[tuple[float, float]] = []
    for word, (x0, _, x1, _) in words:
        left, right = (x0 - box[0]) / width, (x1 - box[0]) / width
        if text:
            text += " "
            spans.append((spans[-1][1], max(left, spans[-1][1])))
        text += word
        spans += even_spans(word, left, right)
    return TextLine(text, box, tuple(spans))


class PageLines:
    """The lines of a page, and where each is to the others.

    `lines` keep their order; `rows` are their indices row by row, top to bottom, left to right.
    """

    def __init__(self, lines: Sequence[TextLine]) -> None:
        self.lines = [line for line in lines if line.text.strip() and _solid(line.box)]
        regions = [Region(text_quad(line.box), 1.0) for line in self.lines]
        self.rows = reading_order(regions)
        self.row_of = {index: number for number, row in enumerate(self.rows) for index in row}
        heights = sorted(min(_size(line.box)) for line in self.lines)
        self.height = heights[len(heights) // 2] if heights else 1.0

    def below(self, index: int, most: float) -> int | None:
        """Return the next line of the same column, at most so many heights below, if any is."""
        x0, y0, x1, y1 = self.lines[index].box
        best, nearest = None, most * max(y1 - y0, self.height)
        for other, line in enumerate(self.lines):
            a0, b0, a1, _ = line.box
            shared = min(x1, a1) - max(x0, a0)
            gap = b0 - y1
            if (
                other != index
                and shared > 0.3 * min(x1 - x0, a1 - a0)
                and b0 > (y0 + y1) / 2
                and gap < nearest
            ):
                best, nearest = other, gap
        return best


def union(boxes: Sequence[Box]) -> Box:
    """Return the smallest box around `boxes`, one at least."""
    return (
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    )


def _size(box: Box) -> tuple[float, float]:
    return box[2] - box[0], box[3] - box[1]


def _solid(box: Box) -> bool:
    return min(_size(box)) > 0
