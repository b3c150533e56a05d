"""Annotated questions as pages that are opened once: all of them, those of a split, or a sample."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pinpoint_edge.errors import DataError, OptionError
from pinpoint_edge.evaluation.annotations import Box, Question, load_questions, read_text

__all__ = ["AnnotatedPage", "Box", "Question", "load_dataset", "question_count"]

Document = tuple[str, ...]  # the paths of its pages


@dataclass(frozen=True)
class AnnotatedPage:
    """The questions on one page, or on the pages of one document, opened once for all of them.

    `path`, `width` and `height` are those of the first question's own page.
    """

    path: str
    width: int
    height: int
    questions: tuple[Question, ...]

    @property
    def paths(self) -> tuple[str, ...]:
        """What `load_pages` opens: the page, or all pages of its document in order."""
        return self.questions[0].paths


def load_dataset(
    path: Path,
    *,
    split: Path | None = None,
    fields: Collection[str] = (),
    limit: int | None = None,
    seed: int = 0,
) -> list[AnnotatedPage]:
    """Load an annotation file as pages with their questions, in the file's order.

    `split` names a text file with an image a line: only these are kept. Of `fields`, where some
    are given, only their questions are. `limit` keeps that many questions, taken page by page in an
    order drawn by `seed`, so that a small run has as many questions a page as the whole, and is
    part of every larger one.

    Raises DataError, with the line number, for anything unexpected and for a field that no question
    has, and OptionError for a limit below 1.
    """
    questions = load_questions(path)
    if split is not None:
        questions = _only(questions, split)
    if fields:
        questions = _of_fields(questions, fields, path)
    pages: dict[Document, list[Question]] = {}
    for question in questions:
        pages.setdefault(question.paths, []).append(question)
    if limit is not None:
        pages = _sample(pages, limit, seed)
    return [
        AnnotatedPage(group[0].path, group[0].width, group[0].height, tuple(group))
        for group in pages.values()
    ]


def _sample(
    pages: dict[Document, list[Question]], limit: int, seed: int
) -> dict[Document, list[Question]]:
    if limit < 1:
        raise OptionError(f"a limit of {limit} questions leaves nothing to measure; give 1 or more")
    names = list(pages)
    chosen: dict[Document, list[Question]] = {}
    for index in np.random.default_rng(seed).permutation(len(names)):
        chosen[names[index]] = pages[names[index]][:limit]
        limit -= len(chosen[names[index]])
        if limit == 0:
            break
    return {name: chosen[name] for name in names if name in chosen}


def _of_fields(questions: list[Question], fields: Collection[str], path: Path) -> list[Question]:
    known = {question.field for question in questions} - {None}
    if unknown := sorted(set(fields) - known):
        raise DataError(
            f"{path}: no question is about {', '.join(unknown)}; "
            f"its fields are {', '.join(sorted(map(str, known))) or 'not named'}"
        )
    return [question for question in questions if question.field in fields]


def _only(questions: list[Question], split: Path) -> list[Question]:
    """The questions whose image is listed, by its full name or by its file name alone."""
    lines = read_text(split).splitlines()
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


def question_count(pages: Iterable[AnnotatedPage]) -> int:
    """Return how many questions the pages hold."""
    return sum(len(page.questions) for page in pages)
