"""Running text with values inside: wrapped into lines, each value's words with their boxes."""

from collections.abc import Sequence
from dataclasses import dataclass

from pinpoint_data.generator.fonts import Font
from pinpoint_data.generator.page_builder import Colour, PageCanvas, TextSpan


@dataclass(frozen=True)
class TextPiece:
    """Part of a text; `name` is the value that it is, "" for the words around."""

    text: str
    name: str = ""


def flow(
    canvas: PageCanvas,
    at: tuple[float, float, float],
    pieces: Sequence[TextPiece],
    font: Font,
    ink: Colour,
    leading: float = 1.25,
    indent: float = 0.0,
) -> tuple[dict[str, list[TextSpan]], list[TextSpan], float]:
    """Sets pieces as one paragraph at (left, top, width).

    Returns the spans of each named piece, a span a line that it touches; the spans of all lines;
    and the y below the last one.
    """
    left, y, width = at
    text = "".join(piece.text for piece in pieces)
    names: list[tuple[str, int, int]] = []
    start = 0
    for piece in pieces:
        if piece.name:
            names.append((piece.name, start, start + len(piece.text)))
        start += len(piece.text)
    found: dict[str, list[TextSpan]] = {}
    lines: list[TextSpan] = []
    for number, (first, last) in enumerate(break_lines(text, font, width, indent)):
        x = left + (indent if number == 0 else 0)
        line = canvas.text(x, y, text[first:last], font, ink, "text")
        for name, begin, end in names:
            low, high = max(begin, first), min(end, last)
            if low < high and text[low:high].strip():
                part = canvas.parts(line, font, low - first, high - first)
                found.setdefault(name, []).append(part)
        lines.append(line)
        y += round(font.height * leading)
    return found, lines, y


def break_lines(text: str, font: Font, width: float, indent: float = 0.0) -> list[tuple[int, int]]:
    """Where lines no wider than `width` begin and end in `text`; a longer word keeps its line."""
    lines: list[tuple[int, int]] = []
    start, end, position = 0, 0, 0
    room, length, space = width - indent, 0.0, font.word_width(" ")
    for word in text.split(" "):
        step = font.word_width(word) if word else 0.0
        if end > start and length + space + step > room:
            lines.append((start, end))
            start, room, length = position, width, step
        else:
            length += step + (space if end > start else 0.0)
        end = position + len(word)
        position = end + 1
    return [*lines, (start, end)] if end > start else lines
