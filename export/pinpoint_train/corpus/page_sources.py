"""Pages before they are read: annotated folders, filled IRS forms and generated pages, in tasks."""

from __future__ import annotations

import itertools
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pinpoint_data.generator.geometry import PageMap
from pinpoint_data.generator.synthetic_page import SynthPage
from pinpoint_data.measure_only import shared_by
from pinpoint_data.splits import MEASURED_ONLY, TURNED
from pinpoint_edge.errors import DataError, PageError
from pinpoint_edge.evaluation.annotations import MEASURE
from pinpoint_edge.evaluation.dataset import load_dataset
from pinpoint_edge.vision.page import load_pages

SHARD_PAGES = 50
SHARD_FORMS = 16  # IRS forms, of several pages each


@dataclass
class PageSource:
    """A page before it is read: its origin and its questions."""

    id: str
    kind: str
    image: NDArray[np.uint8]
    questions: list[dict[str, Any]] = field(default_factory=list)
    synthetic: SynthPage | None = None
    turned_by: PageMap | None = None  # from the page as annotated to the image, where they differ


@dataclass(frozen=True)
class ShardTask:
    """One shard's worth of work; `source` is "annotated", "irs" or "synthetic".

    turn: annotated pages are turned by up to this angle in degrees.
    """

    source: str
    name: str
    number: int
    items: tuple[Any, ...]
    seed: int
    turn: float = 0.0

    @property
    def shard(self) -> str:
        """The name of the shard, "sroie-00012"."""
        return f"{self.name}-{self.number:05d}"


def annotated_tasks(folder: Path, turn: float = 0.0, seed: int = 0) -> list[ShardTask]:
    """Split an annotated folder (qa.jsonl and images) into shards, one page once.

    turn: read its pages turned by up to this angle, as a set of their own. A page of a PDF or TIFF
    is named "images/scan.pdf#3". Raises DataError for broken annotations, when two images have the
    same file name, which is what the splits know a page by, or when questions are for measuring
    only and the folder's name does not say so.
    """
    name = Path(os.path.abspath(folder)).name  # also of "."
    questions: dict[str, list[dict[str, Any]]] = {}
    for page in load_dataset(folder / "qa.jsonl"):
        for question in page.questions:
            image = f"{question.image}#{question.page + 1}" if question.is_paged else question.image
            record = question.to_row()
            record.pop("other_pages", None)  # pages are learned one by one
            if question.use == MEASURE and not name.startswith(MEASURED_ONLY):
                raise DataError(
                    f"{folder / 'qa.jsonl'}: {question.id!r} is for measuring only. Leave it out, "
                    f"or begin the folder's name with {MEASURED_ONLY[0]!r}, which trainings skip."
                )
            questions.setdefault(image, []).append(record)
    image, times = Counter(Path(image).name for image in questions).most_common(1)[0]
    if times > 1:
        raise DataError(f"{folder} holds {times} images named {image}: give each its own name.")
    items = [(str(folder), image, records) for image, records in sorted(questions.items())]
    return [
        ShardTask("annotated", name + TURNED if turn else name, number, part, seed, turn)
        for number, part in enumerate(_parts(items, SHARD_PAGES))
    ]


def irs_tasks(folder: Path, seed: int) -> list[ShardTask]:
    """Split a folder of fillable IRS forms into shards; DataError without a PDF."""
    files = [str(path) for path in sorted(folder.glob("*.pdf"))]
    if not files:
        raise DataError(f"{folder} holds no PDF: give the folder of fillable forms.")
    return [
        ShardTask("irs", "irs", number, part, seed)
        for number, part in enumerate(_parts(files, SHARD_FORMS))
    ]


def synthetic_tasks(count: int, seed: int) -> list[ShardTask]:
    """Split `count` generated pages into shards."""
    return [
        ShardTask(
            "synthetic",
            f"synthetic{seed}",
            number,
            (first, min(first + SHARD_PAGES, count)),
            seed,
        )
        for number, first in enumerate(range(0, count, SHARD_PAGES))
    ]


def pages_of(task: ShardTask, skipped: list[str]) -> Iterator[PageSource]:
    """Open or make the pages of a task; a broken one is named in `skipped` and left out."""
    if task.source == "annotated":
        for source in annotated_pages(task.items, task.name, skipped):
            yield turned(source, task.turn, task.seed) if task.turn else source
        return
    if task.source == "irs":
        from pinpoint_data.generator import irs

        pages: Iterator[SynthPage] = itertools.chain.from_iterable(
            irs.pages(Path(p), task.seed) for p in task.items
        )
    else:
        from pinpoint_data.generator import stream

        pages = stream.pages(task.seed, indices=range(task.items[0], task.items[1]))
    for number, page in enumerate(pages):
        name = f"{task.name}/{task.number}-{number}"
        if task.source == "synthetic" and (shared := shared_by(page)):
            skipped.append(f"{name}: {shared[0]!r} is printed in a set that only measures")
            continue
        yield PageSource(name, f"{task.source}-{page.kind}", page.image, [], page)


def annotated_pages(items: tuple[Any, ...], name: str, skipped: list[str]) -> Iterator[PageSource]:
    """Open annotated images, (folder, image, questions) each; a broken one is named and skipped."""
    for folder, image, questions in items:
        try:
            page = load_pages([Path(folder) / image])[0]
        except PageError as error:
            skipped.append(str(error))
            continue
        yield PageSource(f"{name}/{Path(image).name}", name, page.image, questions)


def turned(source: PageSource, most: float, seed: int) -> PageSource:
    """The page turned on white by up to `most` degrees, drawn from the seed and its id."""
    degrees = Random(f"{seed} {source.id}").uniform(-most, most)
    height, width = source.image.shape[:2]
    page_map = PageMap.turned(degrees, width, height)
    image = np.asarray(page_map.image(Image.fromarray(source.image), (255, 255, 255)))
    return replace(source, image=image, turned_by=page_map)


def _parts(items: Sequence[Any], size: int) -> Iterator[tuple[Any, ...]]:
    for first in range(0, len(items), size):
        yield tuple(items[first : first + size])
