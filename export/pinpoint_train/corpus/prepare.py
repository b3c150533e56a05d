"""Read pages once for all trainings: `pinpoint-distill prepare`.

Every page is detected and read by the reference models and stored in shards:
`<name>-00012.jsonl` (one page a line: regions with quad, box, geometry, text, row; questions with
their boxes) beside `<name>-00012.npz` (`pooled` f16 (R,160), `crops` u8 flat, `widths` i32 (R,)).
The crops are grey, 16 x width each, one after the other; the R regions stand in page order.
A shard that is complete is never made again, so an interrupted run goes on where it stopped.
With `--turn`, annotated pages are read turned; quads and boxes are then those of the page as it was
annotated, where its questions point, and `geometry`, texts and crops are what was seen.
"""

from __future__ import annotations

import itertools
import json
import multiprocessing
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from rich.console import Console

from pinpoint_data.generator.geometry import PageMap
from pinpoint_data.generator.sample import SynthPage
from pinpoint_data.measure_only import shared_by
from pinpoint_data.splits import MEASURED_ONLY, TURNED
from pinpoint_edge.errors import DataError, OptionError, PageError
from pinpoint_edge.evaluation.annotations import MEASURE
from pinpoint_edge.evaluation.dataset import load_dataset
from pinpoint_edge.vision.page import load_pages
from pinpoint_train.corpus.element_samples import tells

SHARD_PAGES = 50


@dataclass
class PageSource:
    """A page before it is read: where it comes from and what is asked about it."""

    id: str
    kind: str
    image: NDArray[np.uint8]
    questions: list[dict[str, Any]] = field(default_factory=list)
    synthetic: SynthPage | None = None
    lies: PageMap | None = None  # how the image lies, where it is not as it was annotated


@dataclass(frozen=True)
class Task:
    """One shard's worth of work; `source` is "annotated", "irs" or "synthetic".

    turn: annotated pages are turned by up to so many degrees.
    """

    source: str
    name: str
    number: int
    items: tuple[Any, ...]
    seed: int
    weights: str
    out: str
    turn: float = 0.0


def annotated_pages(items: tuple[Any, ...], name: str, skipped: list[str]) -> Iterator[PageSource]:
    """Open annotated images, (folder, image, questions) each; a broken one is named and skipped."""
    for folder, image, questions in items:
        try:
            page = load_pages([Path(folder) / image])[0]
        except PageError as error:
            skipped.append(str(error))
            continue
        yield PageSource(f"{name}/{Path(image).name}", name, page.image, questions)


def _sources(task: Task, skipped: list[str]) -> Iterator[PageSource]:
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
            skipped.append(f"{name}: {shared[0]!r} stands in a set that only measures")
            continue
        yield PageSource(name, f"{task.source}-{page.kind}", page.image, [], page)


def turned(source: PageSource, most: float, seed: int) -> PageSource:
    """The page turned on white by up to `most` degrees, drawn from the seed and its id."""
    degrees = Random(f"{seed} {source.id}").uniform(-most, most)
    height, width = source.image.shape[:2]
    lies = PageMap.turned(degrees, width, height)
    image = np.asarray(lies.image(Image.fromarray(source.image), (255, 255, 255)))
    return replace(source, image=image, lies=lies)


def make_shard(task: Task) -> tuple[str, int, list[str]]:
    """Read one shard's pages and write it; returns its name, its pages and what was skipped."""
    from pinpoint_train.corpus.vision import PageReader

    name, out = f"{task.name}-{task.number:05d}", Path(task.out)
    reader = PageReader(Path(task.weights), Path(task.out) / "graphs")
    pooled: list[NDArray[np.float32]] = []
    crops: list[NDArray[np.uint8]] = []
    widths: list[int] = []
    lines: list[dict[str, Any]] = []
    skipped: list[str] = []
    for source in _sources(task, skipped):
        seen = reader.read(source.image)
        questions = source.questions
        if page := source.synthetic:
            # To ask for a mark that no stage sees would teach guessing.
            asked = page.questions if reader.finds_marks else page.text_questions
            questions = [asdict(q) for q in asked if tells(seen.regions, page, q)]
        rows = {index: row for row, indices in enumerate(seen.rows) for index in indices}
        quads, boxes = [r.quad for r in seen.regions], [r.box for r in seen.regions]
        if source.lies is not None:
            quads = [
                source.lies.sources(quad.astype(np.float64)).astype(np.float32) for quad in quads
            ]
            boxes = [(*quad.min(0), *quad.max(0)) for quad in quads]
        lines.append(
            {
                "id": source.id,
                "kind": source.kind,
                "size": list(source.lies.size if source.lies else source.image.shape[1::-1]),
                "skew": round(float(seen.skew), 3),
                "rows": seen.rows,
                "regions": [
                    {
                        "quad": np.round(quads[index], 1).tolist(),
                        "box": [round(float(v), 1) for v in boxes[index]],
                        "geometry": [round(float(v), 5) for v in seen.geometry[index]],
                        "text": seen.texts[index],
                        "kind": region.kind,
                        "confidence": round(seen.confidences[index], 3),
                        "row": rows[index],
                    }
                    for index, region in enumerate(seen.regions)
                ],
                "questions": questions,
            }
        )
        pooled.append(seen.pooled)
        crops.extend(crop.reshape(-1) for crop in seen.crops)
        widths.extend(crop.shape[1] for crop in seen.crops)
    # Whole names, not suffixes: the name of a set may hold a dot.
    part = out / f"{name}.{os.getpid()}.npz"
    np.savez(
        part,
        pooled=np.concatenate([*pooled, np.zeros((0, 160))]).astype(np.float16),
        crops=np.concatenate([*crops, np.zeros(0, np.uint8)]),
        widths=np.asarray(widths, np.int32),
    )
    part.rename(out / f"{name}.npz")
    text = out / f"{name}.{os.getpid()}.part"
    text.write_text(
        "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8"
    )
    # Written last: its presence says that the shard is whole.
    text.rename(out / f"{name}.jsonl")
    return name, len(lines), skipped


def annotated_tasks(
    folder: Path, out: Path, weights: Path, turn: float = 0.0, seed: int = 0
) -> list[Task]:
    """Split an annotated folder (qa.jsonl and images) into shards, one page once.

    turn: read its pages turned by up to so many degrees, as a set of their own.

    A page of a PDF or TIFF is named "images/scan.pdf#3". Raises DataError for broken annotations,
    when two images have the same file name, which is what the splits know a page by, or when
    questions are for measuring only and the folder's name does not say so.
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
    items = [(str(folder), image, asked) for image, asked in sorted(questions.items())]
    return [
        Task(
            "annotated",
            name + TURNED if turn else name,
            n,
            tuple(items[i : i + SHARD_PAGES]),
            seed,
            str(weights),
            str(out),
            turn,
        )
        for n, i in enumerate(range(0, len(items), SHARD_PAGES))
    ]


@click.command(
    "prepare", epilog="Example: pinpoint-distill prepare --data sroie --synthetic 1500 --out cache"
)
@click.option(
    "--data",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Annotated folder: qa.jsonl and images. Repeatable.",
)
@click.option(
    "--irs",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of fillable IRS PDFs.",
)
@click.option(
    "--synthetic",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Number of generated pages.",
)
@click.option(
    "--turn",
    type=click.FloatRange(0, 45),
    default=0.0,
    show_default=True,
    help="Read the pages of --data turned by up to so many degrees, as a set NAME-turned.",
)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--workers", type=int, default=2, show_default=True)
@click.option(
    "--weights",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of detector and recogniser weights.",
)
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path))
def main(
    data: tuple[Path, ...],
    irs: Path | None,
    synthetic: int,
    turn: float,
    seed: int,
    workers: int,
    weights: Path | None,
    out: Path,
) -> None:
    """Detect and read pages once and store them for all trainings."""
    from pinpoint_models.paths import weights_folder

    if not (data or irs or synthetic):
        raise OptionError("No pages to read: give --data, --irs or --synthetic.")
    folder = weights or weights_folder()
    out.mkdir(parents=True, exist_ok=True)
    tasks = [task for source in data for task in annotated_tasks(source, out, folder, turn, seed)]
    if irs is not None:
        files = [str(path) for path in sorted(irs.glob("*.pdf"))]
        if not files:
            raise DataError(f"{irs} holds no PDF: give the folder of fillable forms.")
        tasks += [
            Task("irs", "irs", n, tuple(files[i : i + 16]), seed, str(folder), str(out))
            for n, i in enumerate(range(0, len(files), 16))
        ]
    tasks += [
        Task(
            "synthetic",
            f"synthetic{seed}",
            n,
            (i, min(i + SHARD_PAGES, synthetic)),
            seed,
            str(folder),
            str(out),
        )
        for n, i in enumerate(range(0, synthetic, SHARD_PAGES))
    ]
    tasks = [task for task in tasks if not (out / f"{task.name}-{task.number:05d}.jsonl").exists()]
    console = Console(stderr=True)
    console.print(f"{len(tasks)} shards to read into {out}")
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        for done, (name, pages, skipped) in enumerate(pool.imap_unordered(make_shard, tasks), 1):
            console.print(f"{done}/{len(tasks)} {name}: {pages} pages")
            for message in skipped:
                console.print(f"  skipped: {message}", markup=False)  # file names may hold [...]
