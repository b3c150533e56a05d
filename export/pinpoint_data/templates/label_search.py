"""Printed labels found among the lines of a page, whatever line breaks and misread letters."""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz

from pinpoint_data.annotating.text_lines import union
from pinpoint_data.templates.page_lines import Line
from pinpoint_edge.vision.geometry import Box

ALIKE = 82.0  # percent of letters that a label and what is read of it share
SHORT = 4  # letters: such a label must be a word of its own, without a mistake
FEWEST = 6  # letters of a line that begins a label of several lines
CONTINUES = 3  # letters of a line that goes on with it
ENOUGH = 0.6  # of a label whose end is not found

Piece = tuple[int, int, int]  # a line, and the first and the last but one of its characters


@dataclass(frozen=True)
class FoundLabel:
    """A label on a page: its spelling, the parts of lines that hold it, and how alike they are."""

    text: str
    pieces: tuple[Piece, ...]
    boxes: tuple[Box, ...]
    score: float

    @property
    def box(self) -> Box:
        """The box around all of it."""
        return union(self.boxes)


class LabelSearch:
    """Finds labels among the lines of a page."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = lines
        heights = [((line.box[1] + line.box[3]) / 2, index) for index, line in enumerate(lines)
                   if line.text and line.is_level]  # fmt: skip
        self._by_height = sorted(heights)

    def find(self, spellings: Sequence[str]) -> list[FoundLabel]:
        """Return the places of a label, each with the spelling that fits it best; best first."""
        found: list[FoundLabel] = []
        for _, index in self._by_height:
            at_line: list[tuple[float, FoundLabel]] = []
            for text in spellings:
                for pieces, score in self._matches(text, index):
                    boxes = tuple(self._lines[n].as_text().part(a, b) for n, a, b in pieces)
                    # A longer spelling before a shorter one, unless it is much less alike.
                    worth = len(_letters(text)[0]) * (score / 100) ** 4
                    at_line.append((worth, FoundLabel(text, pieces, boxes, score)))
            for _, label in sorted(at_line, key=lambda item: -item[0]):
                if not any(_meet(label.pieces[0], other.pieces[0]) for other in found):
                    found.append(label)
        return sorted(found, key=lambda label: -label.score)

    def _matches(self, text: str, index: int) -> Iterator[tuple[tuple[Piece, ...], float]]:
        line = self._lines[index].text or ""
        wanted = _letters(text)[0]
        if len(wanted) <= SHORT:
            for word in re.finditer(rf"(?<![^\W_]){re.escape(text)}(?![^\W_])", line, re.I):
                yield ((index, *word.span()),), 100.0
            return
        match = self._continue(wanted, index, at_start=False)
        if match is not None and match[2] >= ENOUGH * len(wanted):
            pieces, score, _ = match
            yield pieces, score

    def _continue(
        self, wanted: str, index: int, *, at_start: bool
    ) -> tuple[tuple[Piece, ...], float, int] | None:
        """Return the pieces of a line and of those after it that hold `wanted`: score, letters."""
        letters, places = _letters(self._lines[index].text or "")
        if not letters:
            return None
        if len(letters) >= 0.85 * len(wanted):
            found = fuzz.partial_ratio_alignment(wanted, letters, score_cutoff=ALIKE)
            if found is None or found.dest_end <= found.dest_start:
                return None
            if at_start and found.dest_start > 3:
                return None
            # The alignment may begin after a misread letter.
            start = min(found.dest_start, max(0, found.dest_end - len(wanted)))
            piece = index, places[start], places[found.dest_end - 1] + 1
            return (piece,), found.score, found.src_end - found.src_start
        if len(letters) < (CONTINUES if at_start else FEWEST):
            return None
        found = fuzz.partial_ratio_alignment(letters, wanted, score_cutoff=ALIKE)
        if found is None or found.dest_start > 3:
            return None
        piece = index, 0, len(self._lines[index].text or "")
        done = found.dest_end
        rest = wanted[done:]
        for after in self._after(index):
            more = self._continue(rest, after, at_start=True) if len(rest) > 2 else None
            if more is not None:
                pieces, score, count = more
                share = done / len(wanted)
                return (piece, *pieces), found.score * share + score * (1 - share), done + count
        return (piece,), found.score, done

    def _after(self, index: int) -> list[int]:
        """Lines right of a line in its row, or below it in its paragraph; the nearest ones."""
        x0, y0, x1, y1 = self._lines[index].box
        tall, middle = y1 - y0, (y0 + y1) / 2
        first = bisect(self._by_height, (middle - 0.5 * tall,))
        last = bisect(self._by_height, (middle + 2.2 * tall,))
        near = []
        for height, other in self._by_height[first:last]:
            a0, _, a1, _ = self._lines[other].box
            down = height - middle
            beside = down < 0.5 * tall and -0.5 * tall < a0 - x1 < 4 * tall
            below = 0.4 * tall < down and a0 < x1 and a1 > x0 and abs(a0 - x0) < 6 * tall
            if other != index and (beside or below):
                near.append((abs(down) + 0.1 * abs(a0 - x0), other))
        return [other for _, other in sorted(near)[:3]]


def is_printed(text: str, labels: Sequence[str]) -> bool:
    """Whether a text is what a form prints, or a part of it."""
    letters = _letters(text)[0]
    return len(letters) > SHORT and any(
        fuzz.partial_ratio(letters, other) >= ALIKE
        for other in (_letters(label)[0] for label in labels)
        if len(other) >= len(letters)
    )


@lru_cache(maxsize=4096)
def _letters(text: str) -> tuple[str, tuple[int, ...]]:
    """Letters and digits alone, small, and where each stands in the text."""
    kept = [(c, index) for index, c in enumerate(text.casefold()[: len(text)]) if c.isalnum()]
    return "".join(c for c, _ in kept), tuple(index for _, index in kept)


def _meet(first: Piece, second: Piece) -> bool:
    return first[0] == second[0] and first[1] < second[2] and second[1] < first[2]
