"""DocVQA, single pages: spdocvqa_qas/*.json, spdocvqa_images/*.png, spdocvqa_ocr/*.json.

Mathew et al., "DocVQA: A Dataset for VQA on Document Images", WACV 2021. The questions have no
boxes; the OCR is Microsoft's.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from pinpoint_data.datasets.item import (
    RESEARCH_ONLY,
    Dataset,
    Item,
    PageFile,
    answers_of,
    from_folders,
)
from pinpoint_edge.evaluation.annotations import MEASURE


def _item(record: Mapping[str, Any], split: str, images: Path, ocr: Path | None) -> Item:
    name = Path(record["image"]).name  # written there as "documents/NAME"
    page = int(record.get("ucsf_document_page_no") or 1) - 1
    read = ocr / f"{Path(name).stem}.json" if ocr else None
    return Item(
        id=f"docvqa-{split}-{record['questionId']}",
        question=str(record["question"]),
        answers=answers_of(record),
        pages=(PageFile(images / name, max(0, page), read),),
        field=", ".join(record.get("question_types") or ()) or None,
    )


items = partial(
    from_folders,
    make=_item,
    questions=("spdocvqa_qas", "qas", "."),
    images=("spdocvqa_images", "documents", "images"),
    ocr=("spdocvqa_ocr", "ocr_results", "ocr"),
)
DATASET = Dataset("docvqa", "DocVQA, single pages", RESEARCH_ONLY, MEASURE, items)
