"""Annotations: questions about pages with their answers and boxes, as JSONL, one question a line.

docs/annotations.md describes every field. This is the only place that knows the format: reading is
strict, because a typo must not become a bad score, and finds all that is wrong with a line.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pinpoint_edge.errors import DataError
from pinpoint_edge.evaluation.image_checks import Images
from pinpoint_edge.storage.json_text import parse_json
from pinpoint_edge.storage.records import Check, examine

# Annotators' boxes are rounded, and may reach over the edge by this many pixels.
TOLERANCE = 2.0
# Files that hold several pages; in any other file `page` only says where the image came from.
PAGED = frozenset({".pdf", ".tif", ".tiff"})
TRAIN, MEASURE = "train", "measure"

Box = tuple[float, float, float, float]

_BOXES = ("answer_boxes", "support_boxes", "alt_answer_boxes")
_PAGE = ("image", "page", "width", "height")

_Text: TypeAlias = Annotated[
    str, Check(lambda text: text.strip() and "\0" not in text, "a string with text in it")
]
_Count: TypeAlias = Annotated[int, Check(lambda n: n >= 0, "a whole number from 0 up")]
_Size: TypeAlias = Annotated[int, Check(lambda n: n >= 1, "a whole number from 1 up")]
_Box: TypeAlias = Annotated[
    Box, Check(lambda b: b[0] < b[2] and b[1] < b[3], "[x0, y0, x1, y1] with x0 < x1 and y0 < y1")
]
_Share: TypeAlias = Annotated[float, Check(lambda s: 0 <= s <= 1, "a number from 0 to 1")]


@dataclass(frozen=True)
class PageBoxes:
    """One page that a question is about, and the boxes on it.

    `image` is its file as the annotations name it, `file` its path; `page` its 0-based number.
    Boxes are `(x0, y0, x1, y1)` in pixels of the upright page, `width` x `height`: those of the
    answer, of all regions that answering needs, and of other places with the same answer.
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
class Question(PageBoxes):
    """One annotated question, and the page with its answer.

    No `answers` means that nothing answers it. `other_pages` are the other pages of its document;
    `use` is "train" or "measure". `confidence`, 0 to 1, and `note` say how sure the proposer of the
    boxes is, and why; None where a person drew them.
    """

    id: str
    question: str
    answers: tuple[str, ...]
    field: str | None
    other_pages: tuple[PageBoxes, ...] = ()
    use: str = TRAIN
    confidence: float | None = None
    note: str | None = None

    @property
    def all_pages(self) -> tuple[PageBoxes, ...]:
        """All pages of the document in order, this one among them."""
        return tuple(sorted((self, *self.other_pages), key=lambda page: page.page))

    @property
    def paths(self) -> tuple[str, ...]:
        """What `load_pages` opens to get the whole document."""
        return tuple(page.path for page in self.all_pages)

    def to_row(self) -> dict[str, Any]:
        """Return the JSON object of its line; optional fields without a value are left out."""
        row: dict[str, Any] = {
            "id": self.id,
            "question": self.question,
            "answers": list(self.answers),
        }
        row |= {"field": self.field} if self.field is not None else {}
        row |= _page_row(self)
        if self.other_pages:
            row["other_pages"] = [_page_row(page, sparse=True) for page in self.other_pages]
        row |= {"use": self.use} if self.use != TRAIN else {}
        row |= {"confidence": self.confidence} if self.confidence is not None else {}
        return row | ({"note": self.note} if self.note is not None else {})


@dataclass(frozen=True)
class AnnotationLine:
    """A line of an annotation file: its number, its question, and all that is wrong with it.

    The question is None when there is a problem.
    """

    number: int
    question: Question | None
    problems: tuple[str, ...] = ()


def read_lines(path: Path) -> Iterator[AnnotationLine]:
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
            row = parse_json(line)
        except ValueError as error:
            reason = f"this is not JSON ({error}); write one object a line"
            yield AnnotationLine(number, None, (reason,))
            continue
        question, problems = parse(row, path.parent)
        if question is not None:
            first = first_lines.setdefault(question.id, number)
            if first != number:
                problems.append(
                    f"the id {question.id!r} is taken by line {first}; give each question its own"
                )
            for page in question.all_pages:
                problems += images.problems(page)
        yield AnnotationLine(number, None if problems else question, tuple(problems))


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
    _, problems = examine(_QuestionRecord, row)
    faults = [str(problem) for problem in problems]
    # Boxes are checked beside unknown fields too, so that a person sees all faults at once.
    record, _ = examine(_QuestionRecord, row, unknown="ignore")
    if record is None:
        return None, faults
    faults += [fault for page in (record, *record.other_pages) for fault in _outside(page)]
    others = tuple(PageBoxes(**_located(page, folder)) for page in record.other_pages)
    question = Question(
        **_located(record, folder),
        id=record.id,
        question=record.question,
        answers=record.answers,
        field=record.field,
        other_pages=others,
        use=record.use,
        confidence=record.confidence,
        note=record.note,
    )
    if len({page.page for page in question.all_pages}) <= len(others):
        faults.append("two pages of the document have the same 'page'; number them")
    marked = any(page.answer_boxes or page.alt_answer_boxes for page in question.all_pages)
    if marked and not question.answers:
        faults.append("there are answer boxes but no answers; add the answers or drop the boxes")
    return (None if faults else question), faults


def read_text(path: Path) -> str:
    """Return a UTF-8 file's text; raises DataError."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise DataError(f"{path}: no such file; check the path") from error
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: it cannot be read as UTF-8 text ({error})") from error


@dataclass(frozen=True, kw_only=True)
class _PageRecord:
    """The JSON object of a page of `other_pages`."""

    image: _Text
    page: _Count
    width: _Size
    height: _Size
    answer_boxes: tuple[_Box, ...] = ()
    support_boxes: tuple[_Box, ...] = ()
    alt_answer_boxes: tuple[_Box, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _QuestionRecord(_PageRecord):
    """The JSON object of a line; its boxes must be there, even if there are none."""

    id: _Text
    question: _Text
    answers: tuple[_Text, ...]
    answer_boxes: tuple[_Box, ...] = dataclasses.field()
    support_boxes: tuple[_Box, ...] = dataclasses.field()
    other_pages: tuple[_PageRecord, ...] = ()
    use: Literal["train", "measure"] = "train"
    confidence: _Share | None = None
    note: str | None = None
    field: str | None = None


def _outside(page: _PageRecord) -> Iterator[str]:
    """Name the boxes that reach over the edge of their page."""
    for name in _BOXES:
        for x0, y0, x1, y1 in getattr(page, name):
            over = x1 > page.width + TOLERANCE or y1 > page.height + TOLERANCE
            if over or min(x0, y0) < -TOLERANCE:
                yield (
                    f"the box {[x0, y0, x1, y1]} in {name!r} leaves the page of "
                    f"{page.width}x{page.height} pixels"
                )


def _located(page: _PageRecord, folder: Path) -> dict[str, Any]:
    """Return the fields of a PageBoxes."""
    fields = {name: getattr(page, name) for name in (*_PAGE, *_BOXES)}
    return {**fields, "file": folder / page.image}


def _page_row(page: PageBoxes, *, sparse: bool = False) -> dict[str, Any]:
    """The JSON of a page and its boxes; in a sparse one no list of boxes is empty."""
    row: dict[str, Any] = {name: getattr(page, name) for name in _PAGE}
    for name in _BOXES:
        boxes = [[round(value, 2) for value in box] for box in getattr(page, name)]
        if boxes or not (sparse or name == "alt_answer_boxes"):
            row[name] = boxes
    return row
