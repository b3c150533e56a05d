"""Questions that want boxes: lines of the annotation format in which they may be missing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pinpoint_data.annotating.propose import Proposal
from pinpoint_data.annotating.rows import checked, sheet_row, with_boxes
from pinpoint_data.annotating.sources import Layouts
from pinpoint_edge.errors import DataError
from pinpoint_edge.evaluation.annotations import Question, parse, read_text


@dataclass(frozen=True)
class Asked:
    """A question and where it came from; `drawn` is it with the boxes that it has, if it has all
    that the format wants."""

    id: str
    where: str
    given: Mapping[str, Any]
    folder: Path
    drawn: Question | None

    def propose(self, layouts: Layouts) -> Proposal:
        """Propose boxes on its page."""
        annotator = layouts.annotator(self.given["image"], self._image, self._page)
        return annotator.propose(self.given["question"], self.given["answers"])

    def row(self, layouts: Layouts, out: Path) -> dict[str, Any]:
        """Return its row, its images as seen from the folder `out`, with boxes proposed unless it
        has some; raises DataError and PageError."""
        sheet = sheet_row(self._image, self._page, out)
        row = {**self.given, **sheet}
        for name in ("width", "height"):
            if self.given.get(name, sheet[name]) != sheet[name]:
                raise DataError(
                    f"the {name} of {self._image} is {sheet[name]}, not {self.given[name]}"
                )
        others = [
            {**other, **sheet_row(self.folder / other["image"], other["page"], out)}
            for other in self.given.get("other_pages", ())
        ]
        row |= {"other_pages": others} if others else {}
        if not self.given["answer_boxes"]:
            row = with_boxes(row, self.propose(layouts))
        return checked(row)

    @property
    def _image(self) -> Path:
        return self.folder / str(self.given["image"])

    @property
    def _page(self) -> int:
        return int(self.given["page"])


def read_asked(path: Path) -> tuple[list[Asked], list[str]]:
    """Read questions; return them and what is wrong with the other lines.

    A missing id becomes the line's number; a missing page is 0; missing sizes are those of the
    image; missing boxes are to be proposed.
    """
    asked: list[Asked] = []
    skipped: list[str] = []
    ids: set[str] = set()
    for number, line in enumerate(read_text(path).split("\n"), 1):
        if not line.strip():
            continue
        where = f"line {number}"
        try:
            question = _asked(line, number, where, path)
        except (DataError, ValueError, RecursionError) as error:
            skipped.append(f"{where}: {error}")
            continue
        if question.id in ids:
            skipped.append(f"{where}: the id {question.id!r} stands on an earlier line already")
            continue
        ids.add(question.id)
        asked.append(question)
    if not asked:
        first = f"; the first line's problem: {skipped[0]}" if skipped else ""
        raise DataError(f"{path}: there is no question to annotate{first}")
    return asked, skipped


def _asked(line: str, number: int, where: str, path: Path) -> Asked:
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
    drawn = question if {"width", "height"} <= row.keys() else None
    return Asked(question.id, where, given, path.parent, drawn)
