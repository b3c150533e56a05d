"""Pages as the aligner sees them, in a cache that is written once and trained on many times.

A page cache is a folder with `features.bin` (f16, 4 x 96 a region, in page order) and `pages.jsonl`
(one page a line: `id`, `kind`, `size` [w, h], `rows`, `regions`, `questions`). `rows` are lists of
region indices in reading order. A region has `box` [x0, y0, x1, y1], `geometry` [x-centre,
y-centre, width, height], `cell` and `table` (as in `Layout`), `rough` (its rough reading) and
`tokens` (its cost); a question has `question`, `support` and `answer` (indices of regions) and
`answerable`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.errors import DataError
from pinpoint_edge.storage.atomic import replacing
from pinpoint_edge.vision.layout import Layout
from pinpoint_train.corpus.shards import stored_layout

FEATURES = (4, 96)


@dataclass(frozen=True)
class AlignerQuestion:
    """An instruction about a page with the regions that answer it; none for an unanswerable one."""

    question: str
    support: list[int]
    answer: list[int]
    answerable: bool


@dataclass(frozen=True)
class PageFeatures:
    """A page as the aligner sees it: features f16 (N,4,96), layout, rough readings."""

    id: str
    kind: str
    size: tuple[int, int]
    features: NDArray[np.float16]
    layout: Layout
    boxes: NDArray[np.float32]
    readings: list[str]
    tokens: NDArray[np.int32]
    questions: list[AlignerQuestion]


def read_pages(folder: Path) -> list[PageFeatures]:
    """Read a page cache, or every page cache right below the folder, sorted by name.

    Raises DataError for a missing or damaged one, or where a question points outside its page.
    """
    if not (folder / "pages.jsonl").exists():
        parts = sorted(path.parent for path in folder.glob("*/pages.jsonl"))
        if not parts:
            raise DataError(
                f"{folder} holds no pages.jsonl: give a page cache, or a folder of them."
            )
        return [page for part in parts for page in read_pages(part)]
    try:
        stored = np.fromfile(folder / "features.bin", np.float16).reshape(-1, *FEATURES)
        records = json_records(folder / "pages.jsonl")
        total = sum(len(record["regions"]) for record in records)
        if len(stored) != total:
            raise ValueError(f"features of {len(stored)} regions for {total} regions")
        pages, start = [], 0
        for record in records:
            stop = start + len(record["regions"])
            pages.append(_page(record, stored[start:stop]))
            start = stop
        return pages
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{folder} is no page cache: {error}. Make it again.") from error


def write_pages(folder: Path, pages: Iterable[PageFeatures]) -> int:
    """Write a page cache; returns the number of pages. pages.jsonl is renamed into place last."""
    folder.mkdir(parents=True, exist_ok=True)
    index = folder / "pages.jsonl"
    count = 0
    with (folder / "features.bin").open("wb") as features, replacing(index) as records:
        for page in pages:
            features.write(page.features.astype(np.float16).tobytes())
            records.write((json.dumps(_record(page), ensure_ascii=False) + "\n").encode())
            count += 1
    return count


def _page(record: dict[str, Any], features: NDArray[np.float16]) -> PageFeatures:
    regions = record["regions"]
    layout = stored_layout(record)
    if sorted(i for row in layout.rows for i in row) != list(range(len(regions))):
        raise ValueError(f"the rows of page {record['id']} do not hold each region once")
    questions = [
        AlignerQuestion(q["question"], q["support"], q["answer"], bool(q["answerable"]))
        for q in record["questions"]
    ]
    for question in questions:
        if any(not 0 <= i < len(regions) for i in [*question.support, *question.answer]):
            raise ValueError(f"a question of page {record['id']} points outside its page")
    return PageFeatures(
        record["id"],
        record["kind"],
        (record["size"][0], record["size"][1]),
        features,
        layout,
        np.array([region["box"] for region in regions], np.float32).reshape(-1, 4),
        [region["rough"] for region in regions],
        np.array([region["tokens"] for region in regions], np.int32),
        questions,
    )


def _record(page: PageFeatures) -> dict[str, Any]:
    regions = [
        {
            "box": [round(float(v), 1) for v in page.boxes[i]],
            "geometry": [round(float(v), 5) for v in page.layout.geometry[i]],
            "rough": page.readings[i],
            "cell": page.layout.cell[i],
            "table": page.layout.table[i],
            "tokens": int(page.tokens[i]),
        }
        for i in range(len(page.readings))
    ]
    questions = [asdict(question) for question in page.questions]
    return {
        "id": page.id,
        "kind": page.kind,
        "size": list(page.size),
        "rows": page.layout.rows,
        "regions": regions,
        "questions": questions,
    }


def json_records(path: Path) -> list[dict[str, Any]]:
    """Read a file of one JSON object a line."""
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]
