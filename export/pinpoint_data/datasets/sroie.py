"""SROIE of ICDAR 2019: receipts with their lines and four key values, in either of its annotators.

As the competition gives it: 0325updated.task1train(626p)/*.{jpg,txt} with the lines and
0325updated.task2train(626p)/*.txt with the values; or as it is passed on: {train,test}/{img,box,
entities}/* or img/, box/, key/. Huang et al., ICDAR 2019 Competition on Scanned Receipt OCR and
Information Extraction.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from pinpoint_data.annotating.ocr_files import read_any
from pinpoint_data.datasets.item import Dataset, Item, Items, PageFile, Skipped, chosen
from pinpoint_edge.errors import DataError
from pinpoint_edge.evaluation.annotations import TRAIN

QUESTIONS = {
    "company": "What is the name of the company on the receipt?",
    "date": "What is the date on the receipt?",
    "address": "What is the address of the company on the receipt?",
    "total": "What is the total amount on the receipt?",
}
_COPY = re.compile(r"\(\d+\)$")  # the competition's folders hold some receipts twice, as NAME(1)


def items(folder: Path, split: str | None) -> Items:
    """Yield the questions of a folder, or of the "SROIE2019" in it."""
    inner = folder / "SROIE2019"
    root = inner if inner.is_dir() else folder
    annotators = _layouts(root, split)
    if not annotators:
        raise DataError(
            f"{root} holds neither img, box and entities (or key), nor task1train and task2train"
        )
    for name, images, lines, values in annotators:
        for path in sorted([*values.glob("*.txt"), *values.glob("*.json")]):
            if not _COPY.search(path.stem) or not (values / _COPY.sub("", path.name)).exists():
                yield from _receipt(path, name, images, lines)


def _layouts(root: Path, split: str | None) -> list[tuple[str, Path, Path, Path]]:
    """(split, images, lines, values) of each part that is there."""
    found = []
    for name in chosen(split):
        part = root / name
        for values in ("entities", "key"):
            if (part / "img").is_dir() and (part / values).is_dir():
                found.append((name, part / "img", part / "box", part / values))
    if split in (None, "train"):
        for values in ("entities", "key"):
            if (root / "img").is_dir() and (root / values).is_dir():
                found.append(("train", root / "img", root / "box", root / values))
        lines = [p for p in sorted(root.glob("*task1train*")) if p.is_dir()]
        keys = [p for p in sorted(root.glob("*task2train*")) if p.is_dir()]
        found += [("train", a, a, b) for a, b in zip(lines[:1], keys[:1], strict=False)]
    return found


def _receipt(path: Path, split: str, images: Path, lines: Path) -> Items:
    try:
        values = json.loads(read_any(path))
        asked = {name: str(values[name]).strip() for name in QUESTIONS if values.get(name)}
    except (ValueError, AttributeError, DataError) as error:
        yield Skipped(path.name, f"broken ({error})")
        return
    image = next((p for p in sorted(images.glob(f"{path.stem}.*")) if p.suffix != ".txt"), None)
    if image is None:
        yield Skipped(path.name, f"{images} has no image of it")
        return
    files = [lines / f"{path.stem}{suffix}" for suffix in (".txt", ".csv")]
    boxes = next((file for file in files if file.is_file()), None)
    for field, answer in asked.items():
        if answer:
            yield Item(
                id=f"sroie-{split}-{path.stem}-{field}",
                question=QUESTIONS[field],
                answers=(answer,),
                pages=(PageFile(image, 0, boxes),),
                field=field,
            )


DATASET = Dataset("sroie", "SROIE, ICDAR 2019", "CC BY 4.0", TRAIN, items)
