"""DocVQA, several pages: qas/*.json, images/ID_pN.jpg, ocr/ID_pN.json.

Tito et al., "Hierarchical multimodal transformers for Multipage DocVQA", Pattern Recognition 2023.
A question names the page of its answer, but no boxes; the OCR is Amazon Textract's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from pinpoint_data.datasets.item import (
    RESEARCH_ONLY,
    Dataset,
    Item,
    Items,
    PageFile,
    answers_of,
    first_folder,
    from_files,
    question_files,
)
from pinpoint_edge.evaluation.annotations import MEASURE


def items(folder: Path, split: str | None) -> Items:
    """Yield the questions of a folder."""
    images = first_folder(folder, "images")
    files = question_files(folder, split, "qas", ".")
    yield from from_files(files, partial(_item, images=images))


def _item(record: Mapping[str, Any], split: str, images: Path) -> Item:
    names = [str(name) for name in record["page_ids"]]
    # A document longer than the set's limit was cut, so a page keeps the number in its name.
    numbers = [_number(name, place) for place, name in enumerate(names)]
    if len(set(numbers)) < len(numbers):
        numbers = list(range(len(names)))
    place = int(record["answer_page_idx"])
    if not 0 <= place < len(names):
        raise ValueError(f"answer_page_idx {place} is none of its {len(names)} pages")
    return Item(
        id=f"mp-docvqa-{split}-{record['questionId']}",
        question=str(record["question"]),
        answers=answers_of(record),
        pages=tuple(
            PageFile(images / f"{name}.jpg", number, images.parent / "ocr" / f"{name}.json")
            for name, number in zip(names, numbers, strict=True)
        ),
        place=place,
    )


def _number(name: str, place: int) -> int:
    found = re.search(r"_p(\d+)$", name)
    return int(found[1]) if found else place


DATASET = Dataset(
    "mp-docvqa",
    "DocVQA, several pages",
    RESEARCH_ONLY,
    MEASURE,
    items,
)
