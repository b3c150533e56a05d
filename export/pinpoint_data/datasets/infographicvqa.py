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
    Dataset,
    Item,
    Items,
    PageFile,
    answers_of,
    any_folder,
    first_folder,
    from_files,
    question_files,
)
from pinpoint_edge.evaluation.annotations import MEASURE


def items(folder: Path, split: str | None) -> Items:
    """Yield the questions of a folder."""
    images = first_folder(folder, "infographicsvqa_images", "images")
    ocr = any_folder(folder, "infographicsvqa_ocr", "ocr")
    files = question_files(folder, split, "infographicsvqa_qas", "qas", ".")
    yield from from_files(files, partial(_item, images=images, ocr=ocr))


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


DATASET = Dataset(
    "infographicvqa",
    "InfographicVQA",
    "images for non-commercial, research and educational purposes only",
    MEASURE,
    items,
)
