"""Read pages once for all trainings, into shards.

Every page is detected and read by the reference models and stored in shards:
`<name>-00012.jsonl` (one page a line: its regions in reading order with quad, box, geometry, text,
cell and table; `rows` of their indices; questions with their boxes) beside `<name>-00012.npz`
(`pooled` f16 (R,P), `crops` u8 flat, `widths` i32 (R,), `height` i32 of the crops). The crops are
grey, height x width each, one after the other; the R regions follow in page order.
A shard that is complete is never made again, so an interrupted run goes on where it stopped.
Quads and boxes of a turned page are those of the page as it was annotated, to which its questions
point; `geometry`, texts and crops are those of the turned image.
"""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from pinpoint_edge.storage.atomic import replacing
from pinpoint_models.glance import HEIGHT as GLANCE_HEIGHT
from pinpoint_train.corpus.page_sources import PageSource, ShardTask, pages_of
from pinpoint_train.corpus.tick_evidence import reads_evidence

if TYPE_CHECKING:
    from pinpoint_train.corpus.page_reader import PageReading


def make_shards(tasks: Sequence[ShardTask], weights: Path, out: Path, workers: int) -> None:
    """Read the pages of all tasks whose shard is not there yet, and name the pages skipped."""
    out.mkdir(parents=True, exist_ok=True)
    left = [task for task in tasks if not (out / f"{task.shard}.jsonl").exists()]
    console = Console(stderr=True)
    console.print(f"{len(left)} shards to read into {out}")
    make = partial(make_shard, weights=weights, out=out)
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        for done, (name, pages, skipped) in enumerate(pool.imap_unordered(make, left), 1):
            console.print(f"{done}/{len(left)} {name}: {pages} pages")
            for message in skipped:
                console.print(f"  skipped: {message}", markup=False)  # file names may hold [...]


def make_shard(task: ShardTask, weights: Path, out: Path) -> tuple[str, int, list[str]]:
    """Read one shard's pages and write it; returns its name, its pages and those skipped."""
    from pinpoint_train.corpus.page_reader import PageReader

    reader = PageReader(weights, out / "graphs")
    pooled: list[NDArray[np.float32]] = []
    crops: list[NDArray[np.uint8]] = []
    widths: list[int] = []
    records: list[dict[str, Any]] = []
    skipped: list[str] = []
    for source in pages_of(task, skipped):
        seen = reader.read(source.image)
        questions = source.questions
        if page := source.synthetic:
            # Questions about boxes and signatures that no line shows would teach guessing.
            questions = [
                asdict(question)
                for question in page.questions
                if reads_evidence(seen.regions, seen.texts, page, question)
            ]
        records.append(_record(source, seen, questions))
        pooled.append(seen.pooled)
        crops.extend(crop.reshape(-1) for crop in seen.crops)
        widths.extend(crop.shape[1] for crop in seen.crops)
    # Whole names, not suffixes: the name of a set may hold a dot.
    with replacing(out / f"{task.shard}.npz") as file:
        np.savez(
            file,
            pooled=np.concatenate(pooled or [np.zeros((0, 1), np.float32)]).astype(np.float16),
            crops=np.concatenate([*crops, np.zeros(0, np.uint8)]),
            widths=np.asarray(widths, np.int32),
            height=np.int32(GLANCE_HEIGHT),
        )
    # Written last: its presence says that the shard is whole.
    with replacing(out / f"{task.shard}.jsonl") as file:
        for record in records:
            file.write((json.dumps(record, ensure_ascii=False) + "\n").encode())
    return task.shard, len(records), skipped


def _record(
    source: PageSource, seen: PageReading, questions: list[dict[str, Any]]
) -> dict[str, Any]:
    """One line of a shard."""
    quads, boxes = [r.quad for r in seen.regions], [r.box for r in seen.regions]
    if source.turned_by is not None:
        back = source.turned_by.sources
        quads = [back(quad.astype(np.float64)).astype(np.float32) for quad in quads]
        boxes = [(*quad.min(0), *quad.max(0)) for quad in quads]
    size = source.turned_by.size if source.turned_by else source.image.shape[1::-1]
    regions = [
        {
            "quad": np.round(quads[index], 1).tolist(),
            "box": [round(float(v), 1) for v in boxes[index]],
            "geometry": [round(float(v), 5) for v in seen.layout.geometry[index]],
            "text": seen.texts[index],
            "confidence": round(seen.confidences[index], 3),
            "cell": seen.layout.cell[index],
            "table": seen.layout.table[index],
        }
        for index, region in enumerate(seen.regions)
    ]
    return {
        "id": source.id,
        "kind": source.kind,
        "size": list(size),
        "rows": seen.layout.rows,
        "regions": regions,
        "questions": questions,
    }
