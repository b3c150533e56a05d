"""Where a text stands on a page: exactly, with other letters and spaces, misread, or as a value.

Lines are joined to one long text in two ways: row by row, and column by column, so that a text that
goes on in the next line or below is found as well. The search is approximate string matching by
dynamic programming (Sellers, The theory and computation of evolutionary distances, 1980).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinpoint_data.annotating import dates_and_amounts as values
from pinpoint_data.annotating.text_lines import PageLines, union
from pinpoint_edge.evaluation.annotations import Box

EXACT, NORMALISED, VALUE = 1.0, 0.97, 0.93
# How much of a text may be misread, and of one that is mostly digits, where a digit means another.
MISREAD, MISREAD_DIGITS = 0.2, 0.1
SEPARATOR = "·"
# A number goes on after a point or comma, where transcribers and readers may leave a space.
_TOKEN = re.compile(r"\d+(?:[.,]\d+|,\s\d{3}(?!\d)|\s?\.\s?\d{1,2}(?![\d.]))*|[^\W\d_]+")
# Lines of a paragraph and cells of a table's column, by the most heights between them.
CLOSE, FAR = 1.6, 5.0

Piece = tuple[int, int, int]  # line, first and last character but one


@dataclass(frozen=True)
class Place:
    """Where a text stands: pieces of lines in order, and how well it reads there, 0 to 1."""

    pieces: tuple[Piece, ...]
    quality: float

    def boxes(self, layout: PageLines) -> list[Box]:
        """Return the box of each piece."""
        return [layout.lines[line].part(start, end) for line, start, end in self.pieces]

    def box(self, layout: PageLines) -> Box:
        """Return the box around all pieces."""
        return union(self.boxes(layout))

    def text(self, layout: PageLines) -> str:
        """Return what stands there."""
        return " ".join(layout.lines[line].text[start:end] for line, start, end in self.pieces)


class Finder:
    """Finds texts on one page."""

    def __init__(self, layout: PageLines) -> None:
        self.layout = layout
        orders = _row_flow(layout), _column_flow(layout, CLOSE)
        self._flows = [_Flow(layout, order) for order in orders]
        self._far = _Flow(layout, _column_flow(layout, FAR))

    def find(self, text: str) -> list[Place]:
        """Return all places where `text` reads best, in reading order; none when it is nowhere.

        Only places as good as the best one are returned, but for a hair: an exact one does not
        hide another with other capitals or spaces.
        """
        wanted = normal(text)
        if not wanted:
            return []
        found = [place for flow in self._flows for place in flow.find(text, wanted)]
        if max((place.quality for place in found), default=0.0) < VALUE:
            found += [*self._far.find(text, wanted), *self._values(text)]
        if not found:
            return []
        best = max(place.quality for place in found)
        kept: list[Place] = []
        for place in sorted(found, key=lambda p: (-p.quality, len(p.pieces))):
            near = place.quality >= min(best, NORMALISED) - 0.02
            if near and not any(_overlap(place, other) for other in kept):
                kept.append(place)
        order = {line: n for n, row in enumerate(self.layout.rows) for line in row}
        return sorted(kept, key=lambda p: (order[p.pieces[0][0]], p.pieces[0]))

    def _values(self, text: str) -> Iterator[Place]:
        """Places of the same date or amount, written in another way."""
        date, amount = values.date_of(text), values.amount_of(text)
        for index, line in enumerate(self.layout.lines):
            if date:
                for start, end, meant in values.dates(line.text):
                    if meant & date:
                        yield Place(((index, start, end),), VALUE)
            elif amount is not None:
                for start, end, value in values.amounts(line.text):
                    if abs(value - amount) < 1e-9:
                        yield Place(((index, start, end),), VALUE)


def normal(text: str) -> str:
    """Return what counts in a text: small letters and digits, with a mark between numbers."""
    said = ""
    for token, _ in _tokens(text):
        said += _between(said, token) + token
    return said


def misread_limit(wanted: str) -> int:
    """Return how many characters of a normal text may be read differently."""
    digits = sum(c.isdigit() for c in wanted)
    return int(len(wanted) * (MISREAD_DIGITS if 2 * digits > len(wanted) else MISREAD))


def _tokens(text: str) -> Iterator[tuple[str, list[int]]]:
    """Yield each word and number in normal characters, and where each of these stands."""
    for found in _TOKEN.finditer(text):
        places = [k for k in range(*found.span()) if not text[k].isspace()]
        # One character stays one: no casefold, which makes ß two.
        letters = ("." if text[k] == "," else text[k] for k in places)
        yield "".join(c.lower() if len(c.lower()) == 1 else c for c in letters), places


def _between(before: str, token: str) -> str:
    """What parts two numbers, so that 3/1/2020 does not stand in 3/31/2020."""
    return SEPARATOR if before[-1:].isdigit() and token[0].isdigit() else ""


class _Flow:
    """Lines joined in one order: normal characters, and the line and place of each."""

    def __init__(self, layout: PageLines, order: list[int]) -> None:
        self._layout = layout
        text, places, starts, ends = "", [], [], []
        for line in order:
            for token, at in _tokens(layout.lines[line].text):
                if _between(text, token):
                    text += SEPARATOR
                    places.append((line, at[0]))
                starts.append(len(text))
                text += token
                ends.append(len(text))
                places += [(line, k) for k in at]
        self._text = text
        self._codes = np.array([ord(c) for c in text], np.int32)
        self._places = places
        self._starts, self._ends = frozenset(starts), frozenset(ends)

    def find(self, text: str, wanted: str) -> Iterator[Place]:
        limit = misread_limit(wanted)
        if not self._text:
            return
        distances = _distances(self._codes, wanted)
        taken = -1
        for end in self._ends_within(distances, limit):
            start = self._start(end, wanted, int(distances[end]))
            if start is None or start < taken:
                continue
            taken = end
            pieces = self._pieces(start, end)
            distance = int(distances[end])
            place = Place(pieces, 1 - 2 * distance / len(wanted) if distance else NORMALISED)
            if distance == 0 and _plain(place.text(self._layout)) == _plain(text):
                place = Place(pieces, EXACT)
            yield place

    def _start(self, end: int, wanted: str, distance: int) -> int | None:
        """Where the match that ends at `end` begins; None when that is inside of a token."""
        first = max(0, end - len(wanted) - distance)
        backwards = _distances(self._codes[first:end][::-1], wanted[::-1], anchored=True)
        fits = [end - int(k) for k in np.flatnonzero(backwards == distance)]
        return next((start for start in fits if start in self._starts), None)

    def _ends_within(self, distances: NDArray[np.int32], limit: int) -> list[int]:
        """Ends of tokens where a match ends, each the best of its surroundings, left to right."""
        found: list[int] = []
        for end in map(int, np.flatnonzero(distances <= limit)):
            if end not in self._ends:
                continue
            if found and limit and end - found[-1] <= limit + 1:
                if distances[end] < distances[found[-1]]:
                    found[-1] = end
            else:
                found.append(end)
        return found

    def _pieces(self, start: int, end: int) -> tuple[Piece, ...]:
        pieces: list[Piece] = []
        for line, at in self._places[start:end]:
            if pieces and pieces[-1][0] == line:
                pieces[-1] = (line, pieces[-1][1], at + 1)
            else:
                pieces.append((line, at, at + 1))
        return tuple(self._with_marks(*piece) for piece in pieces)

    def _with_marks(self, line: int, start: int, end: int) -> Piece:
        """The piece with what clings to it: "(", "$", "." and the like belong to the word."""
        text = self._layout.lines[line].text
        while start > 0 and text[start - 1] in "$€£¥(#-+\"'":
            start -= 1
        while end < len(text) and text[end] in ").%\"'!?":
            end += 1
        return line, start, end


def _distances(
    codes: NDArray[np.int32], wanted: str, *, anchored: bool = False
) -> NDArray[np.int32]:
    """Edit distance of `wanted` to the best piece of a text that ends at each place, (N + 1,).

    An anchored piece begins at 0.
    """
    ramp = np.arange(len(codes) + 1, dtype=np.int32)
    row = ramp.copy() if anchored else np.zeros_like(ramp)
    for number, letter in enumerate(wanted, 1):
        step = np.empty_like(row)
        step[0] = number
        step[1:] = np.minimum(row[:-1] + (codes != ord(letter)), row[1:] + 1)
        # Characters that the text has more: a running minimum along the row.
        row = np.minimum.accumulate(step - ramp) + ramp
    return row


def _plain(text: str) -> str:
    return " ".join(text.split()).strip(" .,:;")


def _row_flow(layout: PageLines) -> list[int]:
    return [index for row in layout.rows for index in row]


def _column_flow(layout: PageLines, most: float) -> list[int]:
    """Lines, each followed by the one below it in its column, at most so many heights away."""
    order: list[int] = []
    seen: set[int] = set()
    for first in _row_flow(layout):
        line: int | None = first
        while line is not None and line not in seen:
            seen.add(line)
            order.append(line)
            line = layout.below(line, most)
    return order


def _overlap(a: Place, b: Place) -> bool:
    return any(
        line == other and start < last and first < end
        for line, start, end in a.pieces
        for other, first, last in b.pieces
    )
