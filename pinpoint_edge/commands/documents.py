"""Documents that a command line names: pages of one, or folders, patterns and lists of many."""

from __future__ import annotations

import glob
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pinpoint_edge.errors import DataError, OptionError, PageError
from pinpoint_edge.storage.json_text import parse_json

PAGE_SUFFIXES = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".tif", ".tiff", ".pdf", ".bmp", ".dib"),
    *(".gif", ".pbm", ".pgm", ".ppm", ".pnm", ".jp2", ".j2k", ".jpx", ".heic", ".heif", ".avif"),
)
LIST_SUFFIX = ".jsonl"


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
    try:
        text = sys.stdin.read() if path == "-" else Path(path).read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read: {error}; check --questions.") from error
    questions = tuple(line.strip() for line in text.splitlines() if line.strip())
    if not questions:
        raise DataError(f"{path} holds no question; write one a line.")
    return questions


_SOME = "JPEG, PNG, WebP, TIFF, PDF or another kind that is read"


def _is_page(path: str | Path) -> bool:
    path = Path(path)
    hidden = path.name.startswith(".")
    return path.suffix.lower() in PAGE_SUFFIXES and not hidden and path.is_file()


def _read_list(path: Path) -> list[Listed]:
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read: {error}; check its name.") from error
    found = [
        _read_line(line, f"{path}, line {number}", path.parent)
        for number, line in enumerate(lines, 1)
        if line.strip()
    ]
    if not found:
        raise DataError(f'{path} names no document; write {{"file": "a.pdf"}}, one a line.')
    return found


def _read_line(line: str, where: str, folder: Path) -> Listed:
    try:
        row = parse_json(line)
    except ValueError as error:
        raise DataError(f"{where} is not valid JSON: {error}; correct it.") from error
    row = row if isinstance(row, dict) else {}
    pages = [row["file"]] if "file" in row else row.get("pages")
    asked = [row["question"]] if "question" in row else row.get("questions", [])
    for texts, needed in ((pages, True), (asked, False)):
        if (
            not isinstance(texts, list)
            or (needed and not texts)
            or not all(isinstance(text, str) and text.strip() for text in texts)
        ):
            raise DataError(
                f'{where}: write {{"file": "a.pdf", "question": "..."}}, or lists under "pages" '
                'and "questions".'
            )
    assert isinstance(pages, list)
    return Listed(pages[0], tuple(str(folder / page) for page in pages), tuple(asked))
