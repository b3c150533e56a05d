"""Questions of a data set become rows of annotations, with boxes where any can be had.

A set's own boxes are taken as they are. Where it has none, the annotator proposes them from the
set's OCR files; where the answer is not in those either, or there are none, the row has no boxes,
and its confidence and note say so.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from pinpoint_data.annotating.annotation_file import checked, clipped, page_fields, with_boxes
from pinpoint_data.annotating.ocr_files import read_ocr
from pinpoint_data.annotating.proposals import Annotator, Proposal
from pinpoint_data.annotating.text_lines import PageLines
from pinpoint_data.datasets.item import Item
from pinpoint_edge.errors import DataError
from pinpoint_edge.evaluation.annotations import TRAIN

NO_OCR = Proposal((), (), (), 0.0, "no OCR file: boxes are missing")


def to_annotation(item: Item, out: Path, use: str) -> dict[str, Any]:
    """Return the row of an item, its images as seen from the folder `out`.

    Raises PageError for an image that is missing, DataError for an OCR file or boxes that are
    broken.
    """
    sheets = [page_fields(page.image, page.number, out) for page in item.pages]
    row: dict[str, Any] = {
        "id": item.id,
        "question": item.question,
        "answers": list(item.answers),
        "answer_boxes": [],
        "support_boxes": [],
    }
    row |= {"field": item.field} if item.field else {}
    row |= {"use": use} if use != TRAIN else {}
    if item.answer_boxes is not None:
        place = item.place or 0
        size = sheets[place]["width"], sheets[place]["height"]
        row["answer_boxes"] = clipped(item.answer_boxes, size)
        row["support_boxes"] = clipped(item.support_boxes, size)
        row |= sheets[place]
    else:
        place, proposal = _proposed(item, sheets)
        row = with_boxes(row | sheets[place], proposal)
    others = sheets[:place] + sheets[place + 1 :]
    return checked(row | ({"other_pages": others} if others else {}))


def _proposed(item: Item, sheets: list[dict[str, Any]]) -> tuple[int, Proposal]:
    """The page of the answer and the boxes on it: on the page the set names, or the surest one."""
    places = range(len(sheets)) if item.place is None else [item.place]
    found: list[tuple[int, Proposal]] = []
    for place in places:
        ocr = item.pages[place].ocr
        if ocr is not None and ocr.is_file():
            size = sheets[place]["width"], sheets[place]["height"]
            found.append((place, _annotator(ocr, size).propose(item.question, item.answers)))
    if not found:
        return places[0], NO_OCR
    return max(found, key=lambda pair: pair[1].confidence)


@lru_cache(maxsize=32)  # questions about a page mostly follow one another
def _annotator(ocr: Path, size: tuple[int, int]) -> Annotator:
    try:
        return Annotator(PageLines(read_ocr(ocr, size)))
    except (OverflowError, ValueError) as error:
        raise DataError(f"{ocr}: its boxes make no sense ({error})") from error
