"""What belongs to an answer: the lines whose words the question names and where they stand to it.

A label stands before its value, left of it in the row or above it in the column; in a table both
do, one as the row's header and one as the column's. Titles and legends stand anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pinpoint_data.annotating.text_lines import PageLines
from pinpoint_data.annotating.text_search import Piece, Place
from pinpoint_edge.evaluation.annotations import Box
from pinpoint_edge.evaluation.metrics import levenshtein

LEAST = 0.12  # a line that explains less of the question is no label
TICK, LEGEND = 0.9, 0.7  # in charts, on whichever side
SEVERAL = 4  # labels of one answer: row and column header, section, unit

_WORD = re.compile(r"[^\W_]+")
_QUOTED = re.compile(r"\"([^\"]+)\"|[“‘]([^”’]+)[”’]")
_EMPTY = frozenset({
    "a", "an", "and", "are", "as", "at", "by", "can", "did", "do", "does", "for", "from", "given",
    "has", "have", "how", "in", "into", "is", "it", "its", "me", "much", "mentioned", "of", "on",
    "or", "please", "shown", "tell", "than", "that", "the", "there", "these", "this", "to",
    "value", "was", "were", "what", "whats", "when", "where", "which", "who", "whom", "whose",
    "will", "with", "written", "you", "find", "read", "document", "page", "form", "receipt",
    "chart", "graph", "image", "picture", "table", "figure", "infographic",
})  # fmt: skip
_SHORT = {
    "no": "number", "num": "number", "nr": "number", "amt": "amount", "qty": "quantity",
    "tel": "telephone", "phone": "telephone", "addr": "address", "dept": "department",
    "ttl": "total", "inv": "invoice", "acct": "account", "pct": "percent", "dob": "birth",
}  # fmt: skip


@dataclass(frozen=True)
class AnswerLabel:
    """A piece of a line that tells what an answer is; score 0 to 1; where it stands to it."""

    piece: Piece
    score: float
    where: str

    def box(self, layout: PageLines) -> Box:
        return layout.lines[self.piece[0]].part(*self.piece[1:])

    def text(self, layout: PageLines) -> str:
        return layout.lines[self.piece[0]].text[slice(*self.piece[1:])]


class QuestionWords:
    """The words of a question that can stand on the page, with their weights: rare ones count more.

    QuestionWords in quotation marks are what the page says, so they count twice.
    """

    def __init__(self, question: str, layout: PageLines) -> None:
        self._layout = layout
        self._met: dict[int, dict[str, tuple[int, int]]] = {}
        lines_of_words = [[_stem(w) for w in _words(line.text)] for line in layout.lines]
        quoted = {_stem(w) for part in _quoted(question) for w in _words(part)}
        asked = dict.fromkeys(_stem(w) for w in _words(question))
        self.weights: dict[str, float] = {}
        for word in asked:
            if (word in _EMPTY or len(word) < 2) and word not in quoted:
                continue
            lines = sum(any(_same(word, other) for other in line) for line in lines_of_words)
            self.weights[word] = (2.0 if word in quoted else 1.0) / (1 + lines) ** 0.5
        self.total = sum(self.weights.values())

    def met_in(self, line: int) -> dict[str, tuple[int, int]]:
        """Return the question's words in a line, each with its place there."""
        if line not in self._met:
            self._met[line] = self.met(self._layout.lines[line].text)
        return self._met[line]

    def met(self, text: str) -> dict[str, tuple[int, int]]:
        """Return the question's words in a text, each with its place there."""
        met: dict[str, tuple[int, int]] = {}
        for found in _WORD.finditer(text):
            word = _stem(found[0])
            for asked in self.weights:
                if asked not in met and _same(asked, word):
                    met[asked] = found.span()
        return met

    def share(self, words: Sequence[str]) -> float:
        """Return the weight of some of the words, of all."""
        return sum(self.weights[word] for word in words) / self.total if self.total else 0.0


def labels_of(place: Place, words: QuestionWords, layout: PageLines) -> list[AnswerLabel]:
    """Return the labels of an answer, the best one first; none when the page has none.

    Each further one explains words of the question that those before it did not.
    """
    candidates = list(_candidates(place, words, layout))
    chosen: list[AnswerLabel] = []
    covered: set[str] = set()
    while candidates and len(chosen) < SEVERAL:
        scored = [
            (words.share([w for w in met if w not in covered]) * strength, label, met)
            for label, strength, met in candidates
        ]
        score, label, met = max(scored, key=lambda item: item[0])
        # A further label must stand to the answer as well as the first, or explain much.
        if score < LEAST * (1 if not chosen else 1.5):
            break
        chosen.append(AnswerLabel(label.piece, score, label.where))
        covered |= met.keys()
        candidates = [c for c in candidates if c[0].piece != label.piece]
    return chosen


def named_lines(words: QuestionWords, layout: PageLines) -> list[AnswerLabel]:
    """Return what a question is about whose answer stands nowhere: yes, no, a count, a sum."""
    found: list[AnswerLabel] = []
    covered: set[str] = set()
    met = {index: words.met_in(index) for index in range(len(layout.lines))}
    while len(found) < SEVERAL:
        score, index = max(
            ((words.share([w for w in m if w not in covered]) * _purity(layout, i, m), i)
             for i, m in met.items()),
            default=(0.0, -1),
        )  # fmt: skip
        if score < LEAST:
            break
        found.append(AnswerLabel((index, 0, len(layout.lines[index].text)), score, "named"))
        covered |= met.pop(index).keys()
    return found


def _candidates(
    place: Place, words: QuestionWords, layout: PageLines
) -> Iterator[tuple[AnswerLabel, float, dict[str, tuple[int, int]]]]:
    """Yield (label, strength of its place and text, words met)."""
    inside = {line: (start, end) for line, start, end in place.pieces}
    first = place.pieces[0]
    box = layout.lines[first[0]].part(*first[1:])
    for index, line in enumerate(layout.lines):
        if index in inside:
            start, end = inside[index]
            parts = [(0, start, "before", 1.0)] if index == first[0] else []
            parts.append((end, len(line.text), "after", 0.3))
        else:
            where, strength = _relation(line.box, box, layout, index, first[0])
            parts = [(0, len(line.text), where, strength)]
        for start, end, where, strength in parts:
            whole = (start, end) == (0, len(line.text))
            met = words.met_in(index) if whole else words.met(line.text[start:end])
            if not met:
                continue
            spans = [(a + start, b + start) for a, b in met.values()]
            piece = _piece(line.text, start, end, spans)
            purity = sum(b - a for a, b in spans) / max(1, _letters(line.text[piece[0] : piece[1]]))
            yield (
                AnswerLabel((index, *piece), 0.0, where),
                strength * (0.4 + 0.6 * min(1, purity)),
                met,
            )


def _piece(text: str, start: int, end: int, spans: list[tuple[int, int]]) -> tuple[int, int]:
    """The whole part when the words are most of it, else from the first word to the last one."""
    if 2 * sum(b - a for a, b in spans) >= _letters(text[start:end]):
        inner = text[start:end]
        lead, trail = len(inner) - len(inner.lstrip()), len(inner) - len(inner.rstrip())
        return start + lead, end - trail
    return min(a for a, _ in spans), max(b for _, b in spans)


def _relation(
    label: Box, answer: Box, layout: PageLines, index: int, line: int
) -> tuple[str, float]:
    """How a line stands to the answer's first piece, and how much that says, 0 to 1."""
    role = layout.lines[index].role
    if role == "legend":
        return "legend", LEGEND
    unit = max(min(layout.height, answer[3] - answer[1]), 1.0)
    shared = min(label[3], answer[3]) - max(label[1], answer[1])
    flat = min(label[3] - label[1], answer[3] - answer[1])
    under = min(label[2], answer[2]) - max(label[0], answer[0])
    if role == "tick" and max(shared, under) > 0:
        return "on the axis", TICK
    if layout.row_of[index] == layout.row_of[line] or shared >= 0.5 * flat:
        if label[0] < answer[0]:
            gap = max(0.0, answer[0] - label[2]) / unit
            return "left", 1.0 / (1 + gap / 40)
        return "right", 0.3 / (1 + (label[0] - answer[2]) / unit / 10)
    near = min(label[2] - label[0], answer[2] - answer[0])
    if under > 0.3 * near or abs(label[0] - answer[0]) < 2 * unit:
        if label[1] < answer[1]:
            gap = max(0.0, answer[1] - label[3]) / unit
            return "above", 0.95 / (1 + gap / 10)
        return "below", 0.35 / (1 + max(0.0, label[1] - answer[3]) / unit / 4)
    if label[1] < answer[1]:
        return "elsewhere", 0.3
    return "elsewhere", 0.2


def _purity(layout: PageLines, index: int, met: dict[str, tuple[int, int]]) -> float:
    letters = max(1, _letters(layout.lines[index].text))
    return 0.4 + 0.6 * min(1.0, sum(b - a for a, b in met.values()) / letters)


def _letters(text: str) -> int:
    return sum(c.isalnum() for c in text)


def _words(text: str) -> list[str]:
    return _WORD.findall(text)


def _quoted(question: str) -> list[str]:
    return [a or b for a, b in _QUOTED.findall(question)]


def _stem(word: str) -> str:
    word = word.casefold()
    word = _SHORT.get(word, word)
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    return word


def _same(asked: str, word: str) -> bool:
    if asked == word:
        return True
    shorter, longer = sorted((asked, word), key=len)
    if len(shorter) >= 5 and longer.startswith(shorter):
        return True
    limit = 1 if len(shorter) >= 5 else 0
    return limit > 0 and len(longer) - len(shorter) <= limit and levenshtein(asked, word) <= limit
