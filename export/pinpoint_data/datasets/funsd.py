"""FUNSD: dataset/{training_data,testing_data}/{annotations/*.json,images/*.png}.

Jaume et al., "FUNSD: A Dataset for Form Understanding in Noisy Scanned Documents", ICDAR-OST 2019.
Its entities have boxes and links from a label ("question") to its value ("answer"); each label that
is linked to values becomes a question.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pinpoint_data.datasets.item import Dataset, Item, Items, PageFile, Skipped, chosen, read_json
from pinpoint_edge.errors import DataError
from pinpoint_edge.evaluation.annotations import MEASURE, Box

FOLDERS = {"train": "training_data", "test": "testing_data"}
QUESTION = 'What is the value of "{}"?'


def items(folder: Path, split: str | None) -> Items:
    """Yield the questions of a folder, or of the "dataset" in it; there is no split "val"."""
    inner = folder / "dataset"
    root = inner if inner.is_dir() else folder
    names = [(s, FOLDERS[s]) for s in chosen(split) if s in FOLDERS]
    found = [(s, root / name) for s, name in names if (root / name / "annotations").is_dir()]
    if not found:
        sought = ", ".join(f"{name}/annotations" for _, name in names) or f"split {split!r}"
        raise DataError(f"{root} holds no {sought}; FUNSD has the splits train and test")
    for name, part in found:
        for path in sorted((part / "annotations").glob("*.json")):
            try:
                yield from _form(path, name, part / "images" / f"{path.stem}.png")
            except DataError as error:
                yield Skipped(path.name, str(error))
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                yield Skipped(path.name, f"broken ({type(error).__name__}: {error})")


def _form(path: Path, split: str, image: Path) -> Iterator[Item | Skipped]:
    entities = {entity["id"]: entity for entity in read_json(path)["form"]}
    for number, label in entities.items():
        values = [entities[other] for other in _linked(label, entities)]
        text = " ".join(label["text"].split())
        answer = " ".join(" ".join(value["text"].split()) for value in values).strip()
        if label["label"] != "question" or not values or not text:
            continue
        name = f"funsd-{split}-{path.stem}-{number}"
        if not answer:
            yield Skipped(name, "its value is empty")
            continue
        boxes = tuple(_box(value) for value in values)
        yield Item(
            id=name,
            question=QUESTION.format(text.rstrip(" :")),
            answers=(answer,),
            pages=(PageFile(image),),
            answer_boxes=boxes,
            support_boxes=(_box(label), *boxes),
        )


def _linked(label: Mapping[str, Any], entities: Mapping[int, Mapping[str, Any]]) -> list[int]:
    """The values that a label is linked to, top to bottom, left to right."""
    others = {b if a == label["id"] else a for a, b in label["linking"]}
    found = [n for n in others if n in entities and entities[n]["label"] == "answer"]
    return sorted(found, key=lambda n: (entities[n]["box"][1], entities[n]["box"][0]))


def _box(entity: Mapping[str, Any]) -> Box:
    x0, y0, x1, y1 = map(float, entity["box"])
    return x0, y0, x1, y1


DATASET = Dataset(
    "funsd",
    "FUNSD",
    "non-commercial, research and educational purposes only",
    MEASURE,
    items,
)
