"""Annotations: questions about pages with their answers and boxes, as JSONL, one question a line.

docs/annotations.md describes every field. This is the only place that knows the format: reading is
strict, because a typo must not become a bad score, and finds all that is wrong with a line.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pinpoint_edge.errors import DataError
from pinpoint_edge.evaluation.images import Images

# Annotators' boxes are rounded, and may reach over the edge by so many pixels.
TOLERANCE = 2.0
# Files that hold several pages; in any other file `page` only tells where the image came from.
PAGED = frozenset({".pdf", ".tif", ".tiff"})
TRAIN, MEASURE = "train", "measure"

Box = tuple[float, float, float, float]

_BOXES = ("answer_boxes", "support_boxes", "alt_answer_boxes")
_SHEET = ("image", "page", "width", "height")
_REQUIRED = ("id", "question", "answers", *_SHEET, "answer_boxes", "support_boxes")
_OPTIONAL = ("alt_answer_boxes", "field", "other_pages", "use", "confidence", "note")


@dataclass(frozen=True)
class Sheet:
    """One page that a question is about, and the boxes on it.

    `image` is its file as the annotations name it, `file` where it lies; `page` its 0-based number.
    Boxes are `(x0, y0, x1, y1)` in pixels of the upright page, `width` x `height`: where the answer
    stands, all regions that a reader needs, and other places where the same answer stands.
    """

    image: str
    file: Path
    page: int
    width: int
    height: int
    answer_boxes: tuple[Box, ...]
    support_boxes: tuple[Box, ...]
    alt_answer_boxes: tuple[Box, ...]

    @property
    def path(self) -> str:
        """What `load_pages` opens to get the page alone."""
        return f"{self.file}#{self.page + 1}" if self.is_paged else str(self.file)

    @property
    def places(self) -> tuple[tuple[Box, ...], ...]:
        """The marked place of the answer, which may take several boxes, and each other one."""
        return (self.answer_boxes, *((box,) for box in self.alt_answer_boxes))

    @property
    def is_paged(self) -> bool:
        return self.file.suffix.lower() in PAGED


@dataclass(frozen=True)
class Question(Sheet):
    """One annotated question, and the page with its answer.

    No `answers` means that nothing answers it. `other_pages` are the other pages of its document;
    `use` is "train" or "measure"; `confidence`, 0 to 1, and `note` tell how sure whoever proposed
    the boxes is, and why; None where a person drew them.
    """

    id: str
    question: str
    answers: tuple[str, ...]
    field: str | None
    other_pages: tuple[Sheet, ...] = ()
    use: str = TRAIN
    confidence: float | None = None
    note: str | None = None

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        """All pages of the document in order, this one among them."""
        return tuple(sorted((self, *self.other_pages), key=lambda sheet: sheet.page))

    @property
    def paths(self) -> tuple[str, ...]:
        """What `load_pages` opens to get the whole document."""
        return tuple(sheet.path for sheet in self.sheets)

    def to_row(self) -> dict[str, Any]:
        """Return the JSON object of its line; optional fields stand there only when they say
        something."""
        row: dict[str, Any] = {
            "id": self.id,
            "question": self.question,
            "answers": list(self.answers),
        }
        row |= {"field": self.field} if self.field is not None else {}
        row |= _sheet_row(self)
        if self.other_pages:
            row["other_pages"] = [_sheet_row(sheet, sparse=True) for sheet in self.other_pages]
        row |= {"use": self.use} if self.use != TRAIN else {}
        row |= {"confidence": self.confidence} if self.confidence is not None else {}
        return row | ({"note": self.note} if self.note is not None else {})


@dataclass(frozen=True)
class Line:
    """A line of an annotation file: its number, its question, and all that is wrong with it.

    The question is None when there is a problem.
    """

    number: int
    question: Question | None
    problems: tuple[str, ...] = ()


def read_lines(path: Path) -> Iterator[Line]:
    """Read an annotation file line by line; empty ones are passed over.

    Raises DataError only when the file cannot be read at all.
    """
    first_lines: dict[str, int] = {}
    images = Images()
    # Not splitlines: JSON strings may hold U+2028, which it takes for the end of a line.
    for number, line in enumerate(read_text(path).split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            reason = f"this is not JSON ({error}); write one object a line"
            yield Line(number, None, (reason,))
            continue
        question, problems = parse(row, path.parent)
        if question is not None:
            first = first_lines.setdefault(question.id, number)
            if first != number:
                problems.append(
                    f"the id {question.id!r} stands on line {first} already; "
                    "give each question its own"
                )
            for sheet in question.sheets:
                problems += images.problems(sheet)
        yield Line(number, None if problems else question, tuple(problems))


def load_questions(path: Path) -> list[Question]:
    """Read all questions of a file; DataError names the first line that is wrong, or an empty
    file."""
    questions = []
    for line in read_lines(path):
        if line.question is None:
            raise DataError(f"{path}, line {line.number}: {line.problems[0]}")
        questions.append(line.question)
    if not questions:
        raise DataError(f"{path}: there are no questions; write one JSON object a line")
    return questions


def parse(row: object, folder: Path) -> tuple[Question | None, list[str]]:
    """Return the question that a JSON value is, or None, and what is wrong with it.

    `folder` is what the images' paths are relative to; whether they are there is not looked at.
    """
    if not isinstance(row, dict):
        return None, [f"this is a {type(row).__name__}; write one JSON object a line"]
    checks = _Row(row)
    checks.known((*_REQUIRED, *_OPTIONAL))
    sheet = checks.sheet(folder, ("answer_boxes", "support_boxes"))
    others = checks.other_pages(folder)
    pages = [sheet["page"], *(other.page for other in others)]
    if len(set(pages)) < len(pages):
        checks.problems.append("two pages of the document have the same 'page'; number them")
    answers = checks.answers()
    if not answers and any(s.answer_boxes or s.alt_answer_boxes for s in (Sheet(**sheet), *others)):
        checks.problems.append(
            "there are answer boxes but no answers; add the answers or drop the boxes"
        )
    question = Question(
        **sheet,
        id=checks.string("id"),
        question=checks.string("question"),
        answers=answers,
        field=checks.text("field"),
        other_pages=tuple(others),
        use=checks.use(),
        confidence=checks.share("confidence"),
        note=checks.text("note"),
    )
    return (None if checks.problems else question), checks.problems


def read_text(path: Path) -> str:
    """Return a UTF-8 file's text; DataError says why there is none."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise DataError(f"{path}: no such file; check the path") from error
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: it cannot be read as UTF-8 text ({error})") from error


class _Row:
    """The fields of one JSON object; what is wrong with them gathers in `problems`."""

    def __init__(self, row: Mapping[str, Any]) -> None:
        self.row = row
        self.problems: list[str] = []

    def known(self, names: Sequence[str]) -> None:
        for name in sorted(self.row.keys() - set(names)):
            self.problems.append(f"unknown field {name!r}; known are {', '.join(sorted(names))}")

    def sheet(self, folder: Path, needed: Sequence[str] = ()) -> dict[str, Any]:
        """The fields of a Sheet; of the boxes, only the `needed` ones must be there."""
        image = self.string("image")
        size = self.whole("width", 1), self.whole("height", 1)
        return {
            "image": image,
            "file": folder / image,
            "page": self.whole("page", 0),
            "width": size[0],
            "height": size[1],
            **{name: self.boxes(name, size, name in needed) for name in _BOXES},
        }

    def other_pages(self, folder: Path) -> list[Sheet]:
        rows = self.row.get("other_pages", [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            self.problems.append("'other_pages' must be a list of objects, one a page")
            return []
        sheets = []
        for row in rows:
            checks = _Row(row)
            checks.known((*_SHEET, *_BOXES))
            sheets.append(Sheet(**checks.sheet(folder)))
            self.problems += [f"in 'other_pages': {problem}" for problem in checks.problems]
        return sheets

    def answers(self) -> tuple[str, ...]:
        value = self._needed("answers", [])
        if isinstance(value, list) and all(isinstance(a, str) and a.strip() for a in value):
            return tuple(value)
        self.problems.append("'answers' must be a list of strings with text in them, or []")
        return ("?",)  # so that nothing is said of boxes without answers as well

    def use(self) -> str:
        value = self.row.get("use", TRAIN)
        if value not in (TRAIN, MEASURE):
            self.problems.append(f"'use' must be {TRAIN!r} or {MEASURE!r}, not {value!r}")
        return str(value)

    def share(self, name: str) -> float | None:
        value = self.row.get(name)
        if value is None or (_is_number(value) and 0 <= value <= 1):
            return value if value is None else float(value)
        self.problems.append(f"{name!r} must be a number from 0 to 1, or left out, not {value!r}")
        return None

    def text(self, name: str) -> str | None:
        value = self.row.get(name)
        if value is None or isinstance(value, str):
            return value
        self.problems.append(f"{name!r} must be a string, or left out")
        return None

    def string(self, name: str) -> str:
        value = self._needed(name, "?")
        if isinstance(value, str) and value.strip() and "\0" not in value:
            return value
        self.problems.append(f"{name!r} must be a string with text in it, not {value!r}")
        return "?"

    def whole(self, name: str, least: int) -> int:
        value = self._needed(name, least)
        if isinstance(value, int) and not isinstance(value, bool) and value >= least:
            return value
        self.problems.append(f"{name!r} must be a whole number from {least} up, not {value!r}")
        return least

    def boxes(self, name: str, size: tuple[int, int], needed: bool) -> tuple[Box, ...]:
        value = self._needed(name, []) if needed else self.row.get(name, [])
        if not isinstance(value, list):
            self.problems.append(f"{name!r} must be a list of boxes [x0, y0, x1, y1]")
            return ()
        boxes = []
        for item in value:
            if problem := _box_problem(item, name, size):
                self.problems.append(problem)
            else:
                x0, y0, x1, y1 = map(float, item)
                boxes.append((x0, y0, x1, y1))
        return tuple(boxes)

    def _needed(self, name: str, default: Any) -> Any:
        if name not in self.row:
            self.problems.append(f"the field {name!r} is missing; add it")
        return self.row.get(name, default)


def _box_problem(value: Any, name: str, size: tuple[int, int]) -> str | None:
    if not isinstance(value, list) or len(value) != 4 or not all(map(_is_number, value)):
        return f"a box in {name!r} must be four numbers, not {value!r}"
    x0, y0, x1, y1 = value
    if x1 <= x0 or y1 <= y0:
        return f"the box {value} in {name!r} is empty; write [x0, y0, x1, y1]"
    width, height = size
    if min(x0, y0) < -TOLERANCE or x1 > width + TOLERANCE or y1 > height + TOLERANCE:
        return f"the box {value} in {name!r} leaves the page of {width}x{height} pixels"
    return None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _sheet_row(sheet: Sheet, *, sparse: bool = False) -> dict[str, Any]:
    """The JSON of a page and its boxes; in a sparse one no list of boxes is empty."""
    row: dict[str, Any] = {name: getattr(sheet, name) for name in _SHEET}
    for name in _BOXES:
        boxes = [[round(value, 2) for value in box] for box in getattr(sheet, name)]
        if boxes or not (sparse or name == "alt_answer_boxes"):
            row[name] = boxes
    return row
