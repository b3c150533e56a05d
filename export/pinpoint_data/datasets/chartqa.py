"""ChartQA: train|val|test/{SPLIT_human,SPLIT_augmented}.json, png/, annotations/.

Masry et al., "ChartQA: A Benchmark for Question Answering about Charts with Visual and Logical
Reasoning", ACL Findings 2022. The questions have no boxes; `annotations/` hold those of titles,
axis labels, legends, bars and points, which the annotator reads like an OCR file.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from pinpoint_data.datasets.item import Dataset, Item, Items, PageFile, chosen, of_record, read_json
from pinpoint_edge.errors import DataError
from pinpoint_edge.evaluation.annotations import MEASURE

KINDS = ("human", "augmented")


def items(folder: Path, split: str | None) -> Items:
    """Yield the questions of a folder, or of the "ChartQA Dataset" in it."""
    inner = folder / "ChartQA Dataset"
    root = inner if inner.is_dir() else folder
    files = [(s, kind, root / s / f"{s}_{kind}.json") for s in chosen(split) for kind in KINDS]
    files = [(s, kind, path) for s, kind, path in files if path.is_file()]
    if not files:
        raise DataError(f"{root} holds no {split or 'train'}/{split or 'train'}_human.json")
    for name, kind, path in files:
        content = read_json(path)
        if not isinstance(content, list):
            raise DataError(f"{path}: this is no list of questions")
        for number, record in enumerate(content):
            asked = f"{name}-{kind}-{number}"
            yield of_record(path, number, partial(_item, record, asked, path.parent))


def _item(record: Mapping[str, Any], name: str, folder: Path) -> Item:
    image = Path(record["imgname"]).name
    answer = record["label"]
    answers = [str(a).strip() for a in (answer if isinstance(answer, list) else [answer])]
    if not all(answers) or not answers:
        raise ValueError("the label is empty")
    elements = folder / "annotations" / f"{Path(image).stem}.json"
    return Item(
        id=f"chartqa-{name}",
        question=str(record["query"]),
        answers=(", ".join(answers),),
        pages=(PageFile(folder / "png" / image, 0, elements if elements.is_file() else None),),
    )


DATASET = Dataset(
    "chartqa",
    "ChartQA",
    "GPL-3.0 as a whole; the charts are under the terms of the sites they come from",
    MEASURE,
    items,
)
