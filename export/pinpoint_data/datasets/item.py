"""What a reader of a data set yields, and the steps that several readers share."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from pinpoint_edge.errors import DataError
from pinpoint_edge.evaluation.annotations import Box

SPLITS = ("train", "val", "test")
RESEARCH_ONLY = "images for non-commercial, research and educational purposes only"


@dataclass(frozen=True)
class PageFile:
    """A page of a data set: its image, its 0-based number in its document, its OCR file if any."""

    image: Path
    number: int = 0
    ocr: Path | None = None


@dataclass(frozen=True)
class Item:
    """A question as its set has it.

    `place` is the index in `pages` of the page with the answer, None where the set does not say.
    `answer_boxes` are None where it has no boxes, so that they must be proposed; `support_boxes`
    hold the answer's as well.
    """

    id: str
    question: str
    answers: tuple[str, ...]
    pages: tuple[PageFile, ...]
    place: int | None = 0
    field: str | None = None
    answer_boxes: tuple[Box, ...] | None = None
    support_boxes: tuple[Box, ...] = ()


@dataclass(frozen=True)
class Skipped:
    """Something that gives no question: what it is, and why."""

    what: str
    reason: str


Items = Iterator[Item | Skipped]


@dataclass(frozen=True)
class Dataset:
    """A data set that can be read.

    `use` is what its terms allow: "train" or "measure". `items` takes the folder and a split, None
    for all, and raises DataError when the folder has not the set's layout.
    """

    name: str
    title: str
    terms: str
    use: str
    items: Callable[[Path, str | None], Items]


def chosen(split: str | None) -> tuple[str, ...]:
    """Return the splits to read."""
    return SPLITS if split is None else (split,)


def first_folder(folder: Path, *names: str) -> Path:
    """Return the first of the named folders that is there; DataError when none is."""
    found = any_folder(folder, *names)
    if found is None:
        sought = ", ".join(names)
        raise DataError(f"{folder} holds none of the folders {sought}; unpack the set there")
    return found


def any_folder(folder: Path, *names: str) -> Path | None:
    """Return the first of the named folders that is there, if any is."""
    return next((folder / name for name in names if (folder / name).is_dir()), None)


def question_files(folder: Path, split: str | None, *names: str) -> list[tuple[str, Path]]:
    """Return (split, file) of the question files "*SPLIT*.json" in the first of the named folders.

    Raises DataError when there is none.
    """
    questions = first_folder(folder, *names)
    found = [(s, path) for s in chosen(split) for path in sorted(questions.glob(f"*{s}*.json"))]
    if not found:
        raise DataError(f"{questions} holds no question file *{split or 'train'}*.json")
    return found


def read_json(path: Path) -> Any:
    """Return a JSON file's value; DataError says why there is none."""
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"{path}: it cannot be read as JSON ({error})") from error


def records(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield the numbered objects under "data" of a question file of the DocVQA family."""
    content = read_json(path)
    data = content.get("data") if isinstance(content, dict) else None
    if not isinstance(data, list):
        raise DataError(f"{path}: there is no list 'data'; it is no question file of this set")
    for number, record in enumerate(data):
        yield number, record if isinstance(record, dict) else {}


def of_record(path: Path, number: int, make: Callable[[], Item]) -> Item | Skipped:
    """Return the item that `make` makes of a record, or say that the record is broken."""
    what = f"{path.name}, record {number}"
    try:
        item = make()
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        return Skipped(what, f"broken ({type(error).__name__}: {error})")
    if not item.question.strip():
        return Skipped(what, "the question is empty")
    return item


def from_files(
    files: Iterable[tuple[str, Path]], make: Callable[[Mapping[str, Any], str], Item]
) -> Items:
    """Yield what `make` makes of each record and its split's name, of files by `question_files`."""
    for name, path in files:
        for number, record in records(path):
            yield of_record(path, number, partial(make, record, name))


def from_folders(
    folder: Path,
    split: str | None,
    *,
    make: Callable[[Mapping[str, Any], str, Path, Path | None], Item],
    questions: tuple[str, ...],
    images: tuple[str, ...],
    ocr: tuple[str, ...],
) -> Items:
    """Yield what `make` makes of each record, its split, and the folders of images and of OCR.

    Each folder is the first of the named ones that is there; raises DataError, as `first_folder`.
    """
    of_images, of_ocr = first_folder(folder, *images), any_folder(folder, *ocr)
    files = question_files(folder, split, *questions)
    yield from from_files(files, lambda record, name: make(record, name, of_images, of_ocr))


def answers_of(record: Mapping[str, Any]) -> tuple[str, ...]:
    """Return a record's answers, each once; a ValueError where the set keeps them to itself."""
    given = record.get("answers")
    if not isinstance(given, list) or not given:
        raise ValueError("no answers: the set keeps those of this split to itself")
    found = tuple(dict.fromkeys(str(answer).strip() for answer in given if str(answer).strip()))
    if not found:
        raise ValueError("all answers are empty")
    return found
