"""The text that an answer may quote: where its words begin and end, and which regions follow on.

A span of an answer starts and ends at word boundaries. It may run over from the end of a region,
joined by one space, into the next region of its row or cell or into the nearest one below it in its
cell, so that a two-line address in a column is one answer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.generation.prompt import Piece, one_line

_MIN_OVERLAP = 0.3  # of the narrower region, to count as below

_OPENING = "([{<“‘«「『【（:：#$£€¥=~|"
_CLOSING = ")]}>”’»」』】）"
_TRAILING = ".,;:!?\"'。、，；：！？" + _CLOSING  # an end only where a space or the end follows
_QUOTES = "\"'"
_UNSPACED = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_DATE = r"\d{1,4}(?:[/.]\d{1,4}){1,2}"
# "5/22/20-5/28/20" and "5/22/20 -5/28/20" hold two dates, "RM60.30" a currency and an amount.
_RANGE = re.compile(rf"(?<![\w/.])({_DATE}) ?[-–—~] ?(?={_DATE})")
_CURRENCY = re.compile(r"(?<![A-Za-z])[A-Z]{2,3}(?=\d[\d,]*\.\d\d(?![\d.]))")


def word_starts(text: str) -> list[int]:
    """Character offsets where an answer may begin.

    That is the start of the text, after a space, after opening punctuation (a colon between digits
    is part of a time), between the dates of a range, between a currency's letters and its amount,
    and beside a character of a script that is written without spaces.
    """
    inside = {match.end() for rule in (_RANGE, _CURRENCY) for match in rule.finditer(text)}
    starts = []
    for place, character in enumerate(text):
        before = text[place - 1] if place else " "
        quote = before in _QUOTES and (place == 1 or not text[place - 2].isalnum())
        time = before == ":" and place > 1 and text[place - 2].isdigit() and character.isdigit()
        opened = (before in _OPENING and not time) or quote
        unspaced = bool(_UNSPACED.match(character) or _UNSPACED.match(before))
        begins = before.isspace() or opened or unspaced or place in inside
        if not character.isspace() and begins:
            starts.append(place)
    return starts


def word_ends(text: str) -> list[int]:
    """Character offsets where an answer may end.

    That is the end of the text, before a space, before a closing bracket, before punctuation that
    closes a word, after the first date of a range, and beside a character of a script that is
    written without spaces.
    """
    dates = {match.end(1) for match in _RANGE.finditer(text)}
    ends = []
    closes = True  # whether what follows is punctuation up to a space or the end
    for place in range(len(text), 0, -1):
        after = text[place] if place < len(text) else " "
        before = text[place - 1]
        closes = after.isspace() or (closes and after in _TRAILING)
        unspaced = bool(_UNSPACED.match(before) or _UNSPACED.match(after))
        finishes = closes or after in _CLOSING or unspaced or place in dates
        if not before.isspace() and finishes:
            ends.append(place)
    return ends[::-1]


@dataclass(frozen=True)
class QuotableText:
    """The regions that may be quoted, in prompt order.

    Regions without text are left out.

    `regions`: region indices. `texts`: their transcriptions, stripped. `leads`: characters that
    stripping took from the left. `successors`: positions (not indices) that a span may run on to.
    `relevance`: one score a region, to choose among equal words.
    """

    regions: tuple[int, ...]
    texts: tuple[str, ...]
    leads: tuple[int, ...]
    successors: tuple[tuple[int, ...], ...]
    relevance: tuple[float, ...]

    @classmethod
    def from_lines(
        cls,
        lines: Sequence[Sequence[Piece]],
        geometry: NDArray[np.float32],
        relevance: NDArray[np.float32],
    ) -> QuotableText:
        """Collect the quotable regions of the prompt, line by line.

        `geometry` f32 (N,4): centre x, y, width, height, and `relevance` f32 (N,), both indexed by
        `Piece.region`. Spans never run from one page to another.
        """
        pieces = [
            (number, piece)
            for number, line in enumerate(lines)
            for piece in line
            if piece.text.strip()
        ]
        texts = [one_line(piece.text) for _, piece in pieces]
        line_of = np.array([number for number, _ in pieces], dtype=np.int64)
        page_of = np.array([piece.page for _, piece in pieces], dtype=np.int64)
        cell_of = np.array([piece.cell for _, piece in pieces], dtype=np.int64)
        below = _below(geometry[[piece.region for _, piece in pieces]], line_of, page_of, cell_of)
        successors = []
        for place in range(len(pieces)):
            following = [
                other
                for other in range(place + 1, min(place + 2, len(pieces)))
                if page_of[other] == page_of[place]
                and (cell_of[other] == cell_of[place] or line_of[other] == line_of[place])
            ]
            if below[place] >= 0 and below[place] not in following:
                following.append(int(below[place]))
            successors.append(tuple(following))
        return cls(
            tuple(piece.region for _, piece in pieces),
            tuple(text.strip() for text in texts),
            tuple(len(text) - len(text.lstrip()) for text in texts),
            tuple(successors),
            tuple(float(relevance[piece.region]) for _, piece in pieces),
        )


def _below(
    geometry: NDArray[np.float32],
    line_of: NDArray[np.int64],
    page_of: NDArray[np.int64],
    cell_of: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Position of the nearest region below each one, in a later line of its cell; -1 for none."""
    if len(geometry) == 0:
        return np.empty(0, dtype=np.int64)
    x, y, width, height = geometry.astype(np.float64).T
    left, right = x - width / 2, x + width / 2
    overlap = np.minimum(right[:, None], right) - np.maximum(left[:, None], left)
    fits = overlap >= _MIN_OVERLAP * np.maximum(np.minimum(width[:, None], width), 1e-9)
    later = (line_of[None, :] > line_of[:, None]) & (y[None, :] > y[:, None])
    gap = (y - height / 2)[None, :] - (y + height / 2)[:, None]
    together = (page_of[None, :] == page_of[:, None]) & (cell_of[None, :] == cell_of[:, None])
    gap = np.where(fits & later & together, gap, np.inf)
    nearest = gap.argmin(axis=1)
    return np.where(np.isfinite(gap[np.arange(len(gap)), nearest]), nearest, -1)
