"""Annotated questions (JSONL, one a line), read strictly: a typo must not become a bad score."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, UnidentifiedImageError

from pinpoint_edge.errors import DataError, OptionError

# Annotators' boxes are rounded, and may reach over the edge by so many pixels.
TOLERANCE = 2.0
# Files that hold several pages; in any other file `page` only tells where the image came from.
PAGED = frozenset({".pdf", ".tif", ".tiff"})

Box = tuple[float, float, float, float]

_REQUIRED = ("id", "image", "question", "answers", "answer_boxes", "support_boxes")
_REQUIRED_NUMBERS = ("page", "width", "height")
_OPTIONAL = ("alt_answer_boxes", "field")
_ORIENTATION_TAG = 0x0112


@dataclass(frozen=True)
class Question:
    """One annotated question; `image` is its file as the annotations name it, `file` where it lies.

    No `answers` means that the page doesn't answer it. `support_boxes` are all regions that a
    reader needs; `alt_answer_boxes` other places where the same answer stands. Boxes are in pixels
    of the upright page, `width` x `height`.
    """

    id: str
    image: str
    file: Path
    question: str
    answers: tuple[str, ...]
    answer_boxes: tuple[Box, ...]
    support_boxes: tuple[Box, ...]
    alt_answer_boxes: tuple[Box, ...]
    page: int
    width: int
    height: int
    field: str | None

    @property
    def path(self) -> str:
        """What `load_pages` opens to get the page alone."""
        return f"{self.file}#{self.page + 1}" if self.is_paged else str(self.file)

    @property
    def is_paged(self) -> bool:
        return self.file.suffix.lower() in PAGED


@dataclass(frozen=True)
class AnnotatedPage:
    """The questions on one page, which is opened once for all of them."""

    path: str
    width: int
    height: int
    questions: tuple[Question, ...]


def load_dataset(
    path: Path, *, split: Path | None = None, limit: int | None = None, seed: int = 0
) -> list[AnnotatedPage]:
    """Load an annotation file as pages with their questions, in the file's order.

    `split` names a text file with an image a line: only these are kept. `limit` keeps that many
    questions, taken page by page in an order drawn by `seed`, so that a small run has as many
    questions a page as the whole, and is part of every larger one.

    Raises DataError, with the line number, for anything unexpected, and OptionError for a limit
    below 1.
    """
    questions = _read(path)
    if split is not None:
        questions = _only(questions, split)
    pages: dict[str, list[Question]] = {}
    for question in questions:
        pages.setdefault(question.path, []).append(question)
    if limit is not None:
        pages = _sample(pages, limit, seed)
    return [
        AnnotatedPage(name, group[0].width, group[0].height, tuple(group))
        for name, group in pages.items()
    ]


def _sample(pages: dict[str, list[Question]], limit: int, seed: int) -> dict[str, list[Question]]:
    if limit < 1:
        raise OptionError(f"a limit of {limit} questions leaves nothing to measure; give 1 or more")
    names = list(pages)
    chosen: dict[str, list[Question]] = {}
    for index in np.random.default_rng(seed).permutation(len(names)):
        chosen[names[index]] = pages[names[index]][:limit]
        limit -= len(chosen[names[index]])
        if limit == 0:
            break
    return {name: chosen[name] for name in names if name in chosen}


def _only(questions: list[Question], split: Path) -> list[Question]:
    """The questions whose image is listed, by its full name or by its file name alone."""
    lines = _text(split).splitlines()
    listed = {line.strip(): number for number, line in enumerate(lines, 1) if line.strip()}
    kept = []
    met = set()
    for question in questions:
        names = {question.image, Path(question.image).name} & listed.keys()
        if names:
            kept.append(question)
            met |= names
    for name, number in listed.items():
        if name not in met:
            raise DataError(
                f"{split}, line {number}: no question is about {name!r}; "
                "list images as the annotations name them"
            )
    if not kept:
        raise DataError(f"{split}: the split lists no image; write one image path a line")
    return kept


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise DataError(f"{path}: no such file; check the path") from error
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: it cannot be read as UTF-8 text ({error})") from error


def _read(path: Path) -> list[Question]:
    questions: list[Question] = []
    first_lines: dict[str, int] = {}
    sizes: dict[str, tuple[int, int]] = {}
    # Not splitlines: JSON strings may hold U+2028, which it takes for the end of a line.
    for number, line in enumerate(_text(path).split("\n"), 1):
        if not line.strip():
            continue
        where = f"{path}, line {number}"
        question = _question(_object(line, where), path.parent, where)
        if question.id in first_lines:
            raise DataError(
                f"{where}: the id {question.id!r} stands on line {first_lines[question.id]} "
                "already; give each question its own"
            )
        first_lines[question.id] = number
        size = (question.width, question.height)
        if question.path not in sizes:
            _check_image(question, where)
            sizes[question.path] = size
        if sizes[question.path] != size:
            raise DataError(
                f"{where}: {question.image} is {size[0]}x{size[1]} here and "
                f"{sizes[question.path][0]}x{sizes[question.path][1]} on an earlier line"
            )
        questions.append(question)
    if not questions:
        raise DataError(f"{path}: there are no questions; write one JSON object a line")
    return questions


def _object(line: str, where: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise DataError(f"{where}: this is not JSON ({error}); write one object a line") from error
    if not isinstance(row, dict):
        raise DataError(f"{where}: this is a {type(row).__name__}; write one JSON object a line")
    return row


def _question(row: Mapping[str, Any], folder: Path, where: str) -> Question:
    known = {*_REQUIRED, *_REQUIRED_NUMBERS, *_OPTIONAL}
    if unknown := sorted(row.keys() - known):
        raise DataError(
            f"{where}: unknown field {unknown[0]!r}; known are {', '.join(sorted(known))}"
        )
    for name in (*_REQUIRED, *_REQUIRED_NUMBERS):
        if name not in row:
            raise DataError(f"{where}: the field {name!r} is missing; add it")
    width, height = _whole(row, "width", 1, where), _whole(row, "height", 1, where)
    boxes = {
        name: _boxes(row.get(name, []), name, width, height, where)
        for name in ("answer_boxes", "support_boxes", "alt_answer_boxes")
    }
    answers = row["answers"]
    if not isinstance(answers, list) or not all(isinstance(a, str) and a.strip() for a in answers):
        raise DataError(f"{where}: 'answers' must be a list of strings with text in them, or []")
    if not answers and (boxes["answer_boxes"] or boxes["alt_answer_boxes"]):
        raise DataError(
            f"{where}: there are answer boxes but no answers; add the answers or drop the boxes"
        )
    if row.get("field") is not None and not isinstance(row["field"], str):
        raise DataError(f"{where}: 'field' must be a string, or left out")
    image = _string(row, "image", where)
    return Question(
        id=_string(row, "id", where),
        image=image,
        file=folder / image,
        question=_string(row, "question", where),
        answers=tuple(answers),
        page=_whole(row, "page", 0, where),
        width=width,
        height=height,
        field=row.get("field"),
        **boxes,
    )


def _string(row: Mapping[str, Any], name: str, where: str) -> str:
    value = row[name]
    if not isinstance(value, str) or not value.strip():
        raise DataError(f"{where}: {name!r} must be a string with text in it, not {value!r}")
    return value


def _whole(row: Mapping[str, Any], name: str, least: int, where: str) -> int:
    value = row[name]
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise DataError(f"{where}: {name!r} must be a whole number from {least} up, not {value!r}")
    return value


def _boxes(value: Any, name: str, width: int, height: int, where: str) -> tuple[Box, ...]:
    if not isinstance(value, list):
        raise DataError(f"{where}: {name!r} must be a list of boxes [x0, y0, x1, y1]")
    return tuple(_box(item, name, width, height, where) for item in value)


def _box(value: Any, name: str, width: int, height: int, where: str) -> Box:
    if not isinstance(value, list) or len(value) != 4 or not all(map(_is_number, value)):
        raise DataError(f"{where}: a box in {name!r} must be four numbers, not {value!r}")
    x0, y0, x1, y1 = map(float, value)
    if x1 <= x0 or y1 <= y0:
        raise DataError(f"{where}: the box {value} in {name!r} is empty; write [x0, y0, x1, y1]")
    if min(x0, y0) < -TOLERANCE or x1 > width + TOLERANCE or y1 > height + TOLERANCE:
        raise DataError(
            f"{where}: the box {value} in {name!r} leaves the page of {width}x{height} pixels"
        )
    return x0, y0, x1, y1


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _check_image(question: Question, where: str) -> None:
    """The image must be there and, where its header tells, have the size the boxes are drawn on."""
    if not question.file.is_file():
        raise DataError(
            f"{where}: the image {question.file} is missing; paths are relative to the JSONL file"
        )
    if question.is_paged:
        return
    try:
        with Image.open(question.file) as image:
            sizes = [image.size, image.size[::-1]]
            turned = image.getexif().get(_ORIENTATION_TAG, 1) in (5, 6, 7, 8)
    except (OSError, UnidentifiedImageError):
        return  # opening the page says what is wrong with it
    if (question.width, question.height) != sizes[turned]:
        raise DataError(
            f"{where}: the image {question.file} is {sizes[turned][0]}x{sizes[turned][1]} pixels, "
            f"not {question.width}x{question.height}; scale the boxes with the image"
        )


def question_count(pages: Iterable[AnnotatedPage]) -> int:
    """Return how many questions the pages hold."""
    return sum(len(page.questions) for page in pages)
