"""Documents that a command line names: pages of one, or folders, patterns and lists of many."""

from __future__ import annotations

import glob
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pinpoint_edge.errors import DataError, OptionError, PageError
from pinpoint_edge.storage.json_text import parse_json
from pinpoint_edge.storage.records import Check, decode

PAGE_SUFFIXES = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".tif", ".tiff", ".pdf", ".bmp", ".dib"),
    *(".gif", ".pbm", ".pgm", ".ppm", ".pnm", ".jp2", ".j2k", ".jpx", ".heic", ".heif", ".avif"),
)
LIST_SUFFIX = ".jsonl"

_Text = Annotated[str, Check(lambda text: bool(text.strip()), "a text")]


@dataclass(frozen=True)
class Listed:
    """One document of many: its name in the results, its pages, and questions of its own."""

    name: str
    pages: tuple[str, ...]
    questions: tuple[str, ...] = ()


def listed_documents(arguments: Sequence[str], each: bool) -> list[Listed] | None:
    """Return the documents that folders, patterns and lists stand for, each file one of its own.

    None where there are pages alone, which are one document, unless `each` of them is one. Raises
    PageError (nothing there), DataError (a broken list).
    """
    found: list[Listed] = []
    several = each
    for argument in arguments:
        path = Path(argument)
        if path.is_dir():
            files = [str(file) for file in sorted(path.iterdir()) if _is_page(file)]
            if not files:
                raise PageError(f"{path}: the folder holds no page; name files of {_SOME} in it")
        elif path.suffix.lower() == LIST_SUFFIX and path.is_file():
            found += _read_list(path)
            several = True
            continue
        elif glob.has_magic(argument) and not path.exists():
            files = [file for file in sorted(glob.glob(argument, recursive=True)) if _is_page(file)]
            if not files:
                raise PageError(f"{argument}: no page fits this pattern; check it")
        else:
            found.append(Listed(argument, (argument,)))
            continue
        several = True
        found += [Listed(file, (file,)) for file in files]
    return found if several else None


def inputs_of(
    pages: Sequence[str], listed: Sequence[Listed] | None, *others: str | None
) -> list[str]:
    """Return the files that a command reads: pages without their numbers, and others."""
    from pinpoint_edge.vision.page.source import named_file

    named = [*pages, *(page for document in listed or () for page in document.pages)]
    return [named_file(page).name for page in named] + [other for other in others if other]


def check_question(question: str) -> str:
    """Refuse a file's name in the place of the question; raises OptionError."""
    path = Path(question)
    looks = path.suffix.lower().split("#")[0] in PAGE_SUFFIXES and " " not in question
    try:
        looks = looks or path.is_file()
    except (OSError, ValueError):  # too long for a name
        return question
    if looks:
        raise OptionError(f"The question {question!r} is the name of a file; put a question last.")
    return question


def read_questions(path: str) -> tuple[str, ...]:
    """Read questions, one a line, of a file or of stdin ("-"); raises DataError."""
    questions = tuple(
        line.strip() for line in read_text(path, "--questions").splitlines() if line.strip()
    )
    if not questions:
        raise DataError(f"{path} holds no question; write one a line.")
    return questions


_SOME = "JPEG, PNG, WebP, TIFF, PDF or another kind that is read"


def _is_page(path: str | Path) -> bool:
    path = Path(path)
    hidden = path.name.startswith(".")
    return path.suffix.lower() in PAGE_SUFFIXES and not hidden and path.is_file()


@dataclass(frozen=True)
class _ListLine:
    """A line of a list: a file or several pages, and questions of its own."""

    file: _Text | None = None
    pages: tuple[_Text, ...] = ()
    question: _Text | None = None
    questions: tuple[_Text, ...] = ()

    def __post_init__(self) -> None:
        if (self.file is None) == (not self.pages):
            raise ValueError('name one document, as in {"file": "a.pdf"}')


def _read_list(path: Path) -> list[Listed]:
    found = []
    # Not splitlines: JSON strings may hold U+2028, which it takes for the end of a line.
    for number, text in enumerate(read_text(path, "its name").split("\n"), 1):
        if not text.strip():
            continue
        where = f"{path}, line {number}"
        try:
            line = decode(_ListLine, parse_json(text), where, unknown="ignore")
        except ValueError as error:
            raise DataError(f"{where} is not valid JSON: {error}; correct it.") from error
        pages = (line.file,) if line.file is not None else line.pages
        asked = (line.question,) if line.question is not None else line.questions
        found.append(Listed(pages[0], tuple(str(path.parent / page) for page in pages), asked))
    if not found:
        raise DataError(f'{path} names no document; write {{"file": "a.pdf"}}, one a line.')
    return found


def read_text(path: str | Path, remedy: str) -> str:
    """Read a file of UTF-8, or stdin ("-"); raises DataError, which says to check `remedy`."""
    try:
        return sys.stdin.read() if path == "-" else Path(path).read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read: {error}; check {remedy}.") from error
