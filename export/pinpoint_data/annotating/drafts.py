"""Drafts of annotations: lines of the annotation format in which boxes may be missing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pinpoint_data.annotating.annotation_file import checked, page_fields, with_boxes
from pinpoint_data.annotating.line_sources import Annotators
from pinpoint_data.annotating.proposals import Proposal
from pinpoint_edge.errors import DataError
from pinpoint_edge.evaluation.annotations import Question, parse, read_text


@dataclass(frozen=True)
class Draft:
    """A question as it was given, and where; `annotated` is set if it is complete already."""

    id: str
    where: str
    given: Mapping[str, Any]
    folder: Path
    annotated: Question | None

    def propose(self, annotators: Annotators) -> Proposal:
        """Propose boxes on its page."""
        annotator = annotators.annotator(self.given["image"], self._image, self._page)
        return annotator.propose(self.given["question"], self.given["answers"])

    def annotation(self, annotators: Annotators, out: Path) -> dict[str, Any]:
        """Return its annotation, with boxes proposed unless it has some.

        Image paths are relative to the folder `out`. Raises DataError and PageError.
        """
        sheet = page_fields(self._image, self._page, out)
        row = {**self.given, **sheet}
        for name in ("width", "height"):
            if self.given.get(name, sheet[name]) != sheet[name]:
                raise DataError(
                    f"the {name} of {self._image} is {sheet[name]}, not {self.given[name]}"
                )
        others = [
            {**other, **page_fields(self.folder / other["image"], other["page"], out)}
            for other in self.given.get("other_pages", ())
        ]
        row |= {"other_pages": others} if others else {}
        if not self.given["answer_boxes"]:
            row = with_boxes(row, self.propose(annotators))
        return checked(row)

    @property
    def _image(self) -> Path:
        return self.folder / str(self.given["image"])

    @property
    def _page(self) -> int:
        return int(self.given["page"])


def read_drafts(path: Path) -> tuple[list[Draft], list[str]]:
    """Read questions; return them and what is wrong with the other lines.

    A missing id becomes the line's number; a missing page is 0; missing sizes are those of the
    image; missing boxes are to be proposed.
    """
    drafts: list[Draft] = []
    skipped: list[str] = []
    ids: set[str] = set()
    for number, line in enumerate(read_text(path).split("\n"), 1):
        if not line.strip():
            continue
        where = f"line {number}"
        try:
            question = _draft(line, number, where, path)
        except (DataError, ValueError, RecursionError) as error:
            skipped.append(f"{where}: {error}")
            continue
        if question.id in ids:
            skipped.append(f"{where}: the id {question.id!r} stands on an earlier line already")
            continue
        ids.add(question.id)
        drafts.append(question)
    if not drafts:
        first = f"; the first line's problem: {skipped[0]}" if skipped else ""
        raise DataError(f"{path}: there is no question to annotate{first}")
    return drafts, skipped


def _draft(line: str, number: int, where: str, path: Path) -> Draft:
    row = json.loads(line)
    if not isinstance(row, dict):
        raise DataError(f"this is a {type(row).__name__}; write one JSON object a line")
    missing = {"id": f"{path.stem}-{number}", "page": 0, "answer_boxes": [], "support_boxes": []}
    given = missing | row
    # The format is checked with a size that holds any box; the true one comes from the image.
    unsized = {"width": 10**6, "height": 10**6} | given
    question, problems = parse(unsized, path.parent)
    if question is None:
        raise DataError("; ".join(problems))
    annotated = question if {"width", "height"} <= row.keys() else None
    return Draft(question.id, where, given, path.parent, annotated)
