"""Annotation files that are being made: fields of pages, boxes cut to them, and the file.

A run writes `OUT.part` line by line and renames it at its end, so that a stopped run can go on and
OUT is whole or missing.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pinpoint_data.annotating.proposals import Proposal
from pinpoint_edge.errors import DataError, OutputError, PageError
from pinpoint_edge.evaluation.annotations import PAGED, Box, parse
from pinpoint_edge.evaluation.image_checks import upright_size
from pinpoint_edge.storage.atomic import check_writable, replacing
from pinpoint_edge.storage.json_text import json_digest
from pinpoint_edge.storage.resumable_log import Log
from pinpoint_edge.vision.page import load_pages


class AnnotationWriter:
    """An annotation file that grows line by line.

    `settings` are what decides the annotations. Raises OutputError when the file cannot be written,
    or is there already and may not be replaced; OptionError when its part was begun with other
    settings.
    """

    def __init__(self, path: Path, settings: Mapping[str, Any], *, overwrite: bool = False) -> None:
        self.path = check_writable(path)
        self._part = path.with_name(f"{path.name}.part")
        if path.exists() and not overwrite:
            raise OutputError(f"{path} is there already; name another file, or give --overwrite.")
        by = json_digest(dict(settings))
        self._log = Log(self._part, dict[str, Any], _identity, by=by, to_json=dict)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The annotations, in the order in which they were written."""
        return list(self._log.done.values())

    def holds(self, id: str) -> bool:
        """Whether the annotation of an id is written."""
        return id in self._log.done

    def write(self, row: Mapping[str, Any]) -> None:
        """Add an annotation; it is in the part when this returns."""
        self._log.add(dict(row))

    def finish(self, least: float = 0.0) -> tuple[int, int]:
        """Make the file; return the numbers of annotations in it and in NAME.review.jsonl.

        Those whose confidence is below `least` go there.
        """
        rows = self.rows
        sure = [row for row in rows if row.get("confidence", 1.0) >= least]
        unsure = [row for row in rows if row.get("confidence", 1.0) < least]
        if unsure:
            write_rows(self.path.with_name(f"{self.path.stem}.review.jsonl"), unsure)
        write_rows(self.path, sure)
        self._part.unlink(missing_ok=True)
        return len(sure), len(unsure)


def page_fields(image: Path, number: int, out: Path) -> dict[str, Any]:
    """Return the fields of a page: its image as seen from the folder `out`, number and size.

    Raises PageError for an image that is missing or cannot be opened.
    """
    if not image.is_file():
        raise PageError(f"{image}: the image is missing")
    return sized_fields(image, number, page_size(image, number), out)


def sized_fields(image: Path, number: int, size: tuple[int, int], out: Path) -> dict[str, Any]:
    """Return the same of a page whose (width, height) is known."""
    return {
        "image": Path(os.path.relpath(image, out)).as_posix(),
        "page": number,
        "width": size[0],
        "height": size[1],
    }


def page_size(image: Path, number: int) -> tuple[int, int]:
    """Return (width, height) of a page in pixels as it is opened; PageError when it cannot be."""
    paged = image.suffix.lower() in PAGED
    size = None if paged else upright_size(image)
    if size is None:
        page = load_pages([f"{image}#{number + 1}" if paged else image])[0]
        size = (page.width, page.height)
    return size


def clipped(boxes: Iterable[Box], size: tuple[int, int]) -> list[list[float]]:
    """Return the parts of boxes that lie on a page of (width, height), rounded to .01 pixels."""
    found = []
    for x0, y0, x1, y1 in boxes:
        box = [max(0.0, x0), max(0.0, y0), min(float(size[0]), x1), min(float(size[1]), y1)]
        if box[2] - box[0] >= 0.5 and box[3] - box[1] >= 0.5:
            found.append([round(value, 2) for value in box])
    return found


def with_boxes(row: Mapping[str, Any], proposal: Proposal) -> dict[str, Any]:
    """Return a row with the proposed boxes on its page, their confidence and note."""
    size = row["width"], row["height"]
    made = {**row, "answer_boxes": clipped(proposal.answer_boxes, size)}
    made["support_boxes"] = clipped(proposal.support_boxes, size)
    others = clipped(proposal.alt_answer_boxes, size)
    made |= {"alt_answer_boxes": others} if others else {}
    return made | {"confidence": proposal.confidence, "note": proposal.note}


def checked(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row if it is one of the format; DataError tells all that is wrong with it."""
    question, problems = parse(row, Path("."))
    if question is None:
        raise DataError("; ".join(problems))
    return question.to_row()


def first_failures(failures: Sequence[str], most: int = 5) -> Iterator[str]:
    """Yield a line for each of the first failures, and how many more there are."""
    yield from (f"  skipped: {failure}" for failure in failures[:most])
    if len(failures) > most:
        yield f"  skipped: ... and {len(failures) - most} more (all of them with --json)"


def write_rows(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write annotations, beside and renamed; raises OutputError."""
    with replacing(path) as file:
        for row in rows:
            file.write((json.dumps(row, ensure_ascii=False) + "\n").encode())


def _identity(row: Mapping[str, Any]) -> str:
    return str(row["id"])
