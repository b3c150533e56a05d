"""InfographicVQA: infographicsvqa_qas/*.json, infographicsvqa_images/*, infographicsvqa_ocr/*.json.

Mathew et al., "InfographicVQA", WACV 2022. The questions have no boxes; the OCR is Amazon
Textract's, grouped by the type of block.
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
    name = Path(record["image_local_name"]).name
    read = record.get("ocr_output_file") or f"{Path(name).stem}.json"
    return Item(
        id=f"infographicvqa-{split}-{record['questionId']}",
        question=str(record["question"]),
        answers=answers_of(record),
        pages=(PageFile(images / name, 0, ocr / Path(read).name if ocr else None),),
        field=", ".join(record.get("answer_type") or ()) or None,
    )


items = partial(
    from_folders,
    make=_item,
    questions=("infographicsvqa_qas", "qas", "."),
    images=("infographicsvqa_images", "images"),
    ocr=("infographicsvqa_ocr", "ocr"),
)
DATASET = Dataset("infographicvqa", "InfographicVQA", RESEARCH_ONLY, MEASURE, items)
