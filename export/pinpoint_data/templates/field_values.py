"""Values read in the places of fields, and checked: a wrong one is worse than none.

A value is left out, with the reason, when anything about it is unclear.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pinpoint_data.annotating.dates_and_amounts import date_of, dates
from pinpoint_data.templates.field_places import label_height
from pinpoint_data.templates.form_template import Field
from pinpoint_data.templates.ink import Ink
from pinpoint_data.templates.label_search import Piece, is_printed
from pinpoint_data.templates.page_lines import PageLines
from pinpoint_data.templates.registration import Registered
from pinpoint_edge.vision.geometry import Box, area, intersection

INSIDE = 0.6  # of a line that lies in the place that it belongs to
TOUCHES = 0.3  # of a line in a place from which on it must not be overlooked
EMPTY_INK = 0.002  # share of dark pixels of a place in which nothing is written
NONE = re.compile(r"(?i)n\W?/?\W?a\W?|none|nil|not applicable|-+|same|no")
_EDGES = re.compile(r"^[)\s_|~:;,.\-—–=•·*□■☐☒☑]+|[\s_|~:;\-—–=•·□■☐☒☑]+$")
# Other accents are misread specks more often than letters.
_READABLE = re.compile(r"[\x20-\x7eéèñçüöäã’‘“”–—§£€]*")
_MISREAD = re.compile(r"\b[A-Za-z]{2,}[01]|\b[01](?!st|th)[a-z]{2}|\w[\[\]|\\]\w")
_NUMBER = re.compile(r"[#(]?\d[\d,]*(?:\.\d+)?[.)]?")


@dataclass(frozen=True)
class Value:
    """A value in reading order: its lines with their boxes; no lines in an empty field."""

    lines: tuple[str, ...] = ()
    boxes: tuple[Box, ...] = ()

    @property
    def text(self) -> str:
        """The lines as one text."""
        return " ".join(self.lines)


@dataclass(frozen=True)
class Unclear:
    """Why a field is left out."""

    reason: str


class FieldReader:
    """Reads the fields of one registered page."""

    def __init__(self, fit: Registered, page: PageLines, ink: Ink, places: dict[str, Box]) -> None:
        self._fit, self._page, self._ink, self._places = fit, page, ink, places
        self._labels = [text for texts in fit.template.labels.values() for text in texts]
        self._printed = fit.template.printed
        self._fields = {field.name: field for field in fit.template.fields}
        self._pieces: dict[int, list[Piece]] = {}
        for label in fit.labels.values():
            for piece in label.pieces:
                self._pieces.setdefault(piece[0], []).append(piece)

    def read(self, field: Field) -> Value | Unclear:
        """Read a field of text; its place is the one that the reader was given."""
        place = self._places[field.name]
        if area(place) <= 0:
            return Unclear("there is no room for it")
        inside, cut = self._parts(field, place)
        if cut:
            return Unclear("a line runs across its edge")
        if not inside:
            if not field.empty:
                return Unclear("nothing is there")
            if self._is_empty(field, place):
                return Value()
            return Unclear("something is there that was not read")
        if any(is_printed(text, self._labels) for text, _, _ in inside):
            return Unclear("it may be a label")
        if min(sure for _, _, sure in inside) < field.least:
            return Unclear("the reader is not sure")
        value = Value(tuple(t for t, _, _ in inside), tuple(box for _, box, _ in inside))
        return _checked(field, value)

    def _parts(self, field: Field, place: Box) -> tuple[list[tuple[str, Box, float]], bool]:
        """What is written in a place, and whether some of it goes on outside."""
        lines = self._page.lines
        near = [i for i, line in enumerate(lines) if intersection(line.box, place) > 0]
        self._page.need(near)
        inside = []
        cut = False
        for index in near:
            line = lines[index].as_text()
            if not lines[index].is_level:
                continue  # a stamp
            beside = index in self._pieces  # what is left of a label, such as a footnote's number
            for start, end in self._unprinted(index):
                text, (start, end) = _trimmed(line.text, start, end, field.drop)
                letters = sum(map(str.isalnum, text))
                if letters == 0 or (letters < 3 and beside and field.where == "below"):
                    continue
                box = line.part(start, end)
                share = intersection(box, place) / max(area(box), 1e-6)
                if share < TOUCHES or is_printed(text, self._printed):
                    continue
                owner = self._owner(box, field)
                if owner == field.name:
                    inside.append((text, box, lines[index].confidence))
                cut |= owner is None
        return _in_order(inside), cut

    def _unprinted(self, index: int) -> list[tuple[int, int]]:
        """The parts of a line that are no label."""
        text = self._page.lines[index].text or ""
        at, parts = 0, []
        for _, start, end in sorted(self._pieces.get(index, [])):
            parts.append((at, start))
            at = max(at, end)
        return [(a, b) for a, b in (*parts, (at, len(text))) if a < b]

    def _owner(self, box: Box, field: Field) -> str | None:
        """The field in whose place a box lies; of several, the one whose label is at its height."""
        middle = (box[1] + box[3]) / 2
        away = sorted(
            (abs((label[1] + label[3]) / 2 - middle), name)
            for name, place in self._places.items()
            if intersection(box, place) >= INSIDE * area(box)
            and (name == field.name or self._fields[name].label != field.label)
            for label in [self._fit.labels[self._fields[name].label].boxes[-1]]
        )
        if not away or (len(away) > 1 and away[1][0] - away[0][0] < 0.25 * (box[3] - box[1])):
            return None
        return away[0][1]

    def _is_empty(self, field: Field, place: Box) -> bool:
        """Whether nothing is written in a place or so near that it may belong there."""
        more = 0.4 * label_height(self._fit, field.label)
        around = place[0], place[1] - more, place[2] + more, place[3] + more
        near = [i for i, line in enumerate(self._page.lines) if intersection(line.box, around) > 0]
        self._page.need(near)
        for index in near:
            line = self._page.lines[index].as_text()
            for start, end in self._unprinted(index):
                text, (start, end) = _trimmed(line.text, start, end, "")
                box = line.part(start, end)
                if (
                    any(map(str.isalnum, text))
                    and intersection(box, around) > 0.1 * area(box)
                    and not is_printed(text, self._printed)
                    and self._owner(box, field) in (None, field.name)
                ):
                    return False
        printed = [b for label in self._fit.labels.values() for b in label.boxes]
        if field.where == "right":  # above the rule that a value is written on
            tall = place[3] - place[1]
            place = place[0], place[1] + 0.25 * tall, place[2], place[3] - 0.3 * tall
        return self._ink.share(place, printed) <= EMPTY_INK


def _checked(field: Field, value: Value) -> Value | Unclear:
    text = value.text
    if not _READABLE.fullmatch(text):
        return Unclear("it holds a character that no form holds")
    if _MISREAD.search(text):
        return Unclear("a letter may be misread as a digit")
    if len(value.lines) > field.most or (field.kind == "text" and len(value.lines) > 1):
        return Unclear("it has too many lines")
    if sum(map(str.isalnum, text)) < 1 or (len(text) < 2 and not text.isdigit()):
        return Unclear("it is no word")
    if field.pattern and not re.fullmatch(field.pattern, text):
        return Unclear("it does not look like one")
    if field.kind == "number" and not (_NUMBER.fullmatch(text) or NONE.fullmatch(text)):
        return Unclear("it is no number")
    if field.kind == "date" and not date_of(text):
        found = list(dates(text))
        if len(found) != 1 or len(value.lines) > 1:
            return Unclear("it is no date")
        start, end, _ = found[0]
        x0, y0, x1, y1 = value.boxes[0]
        scale = (x1 - x0) / len(text)
        return Value((text[start:end],), ((x0 + start * scale, y0, x0 + end * scale, y1),))
    return value


def _trimmed(text: str, start: int, end: int, drop: str) -> tuple[str, tuple[int, int]]:
    """A part of a text without what rules, dots and `drop` leave at its ends."""
    part = text[start:end]
    if drop and (found := re.search(drop, part)) is not None:
        before, after = part[: found.start()], part[found.end() :]
        part = before if len(before) > len(after) else after
        start += 0 if part == before else found.end()
        end = start + len(part)
    for _ in range(2):
        if found := _EDGES.match(part):
            start, part = start + found.end(), part[found.end() :]
        if (found := _EDGES.search(part)) is not None and found.end() == len(part):
            end, part = start + found.start(), part[: found.start()]
    return part, (start, max(start, end))


def _in_order(parts: Sequence[tuple[str, Box, float]]) -> list[tuple[str, Box, float]]:
    """Parts row by row."""
    left = sorted(parts, key=lambda part: part[1][1] + part[1][3])
    rows: list[list[tuple[str, Box, float]]] = []
    for part in left:
        last = rows[-1][0][1] if rows else None
        middle = (part[1][1] + part[1][3]) / 2
        if last is not None and middle < last[3] - 0.2 * (last[3] - last[1]):
            rows[-1].append(part)
        else:
            rows.append([part])
    return [part for row in rows for part in sorted(row, key=lambda part: part[1][0])]
