"""`pinpoint-bench unanswerable`: an annotation file with questions that its pages do not answer."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from pinpoint_edge.bench.options import dataset_options
from pinpoint_edge.commands.reading import load_reader, runtime_options

if TYPE_CHECKING:
    from pinpoint_edge.evaluation.annotations import Sheet

S = TypeVar("S", bound="Sheet")
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command(
    "unanswerable",
    short_help="Add questions that pages do not answer.",
    epilog="Example: pinpoint-bench unanswerable bundles/forms-onnx --data receipts/qa.jsonl "
    "--share .3 --out receipts-30.jsonl; pinpoint-bench eval bundles/forms-onnx "
    "--data receipts-30.jsonl",
)
@click.argument("bundle")
@dataset_options
@click.option(
    "--share", type=click.FloatRange(0, 1, min_open=True, max_open=True), default=0.3,
    show_default=True, metavar="S", help="Of all questions that shall have no answer.",
)  # fmt: skip
@click.option(
    "--labels", "others", type=_FILE, multiple=True, metavar="QA.jsonl",
    help="Also ask what this annotation file asks of its own pages; repeatable.",
)  # fmt: skip
@click.option(
    "--out", type=_FILE, required=True, metavar="FILE.jsonl", help="Where they are written."
)
@runtime_options
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def command(
    bundle: str,
    data: Path,
    split: Path | None,
    limit: int | None,
    share: float,
    others: tuple[Path, ...],
    seed: int,
    out: Path,
    runtime: str | None,
    threads: int | None,
    providers: tuple[str, ...],
    debug: bool,
) -> None:
    """Ask pages for labels that other pages of the set have and they lack.

    BUNDLE reads every page for it, by its accurate reading. The rules that keep a question from
    being answerable by accident stand in docs/benchmarks.md.
    """
    from pinpoint_edge.commands.progress import progress
    from pinpoint_edge.evaluation.annotations import load_questions
    from pinpoint_edge.evaluation.dataset import load_dataset, question_count
    from pinpoint_edge.evaluation.unanswerable import asked_labels, find_labels, with_unanswerable
    from pinpoint_edge.storage.atomic import check_writable, replacing

    check_writable(out)
    pages = load_dataset(data, split=split, limit=limit, seed=seed)
    asking = [load_questions(other) for other in others]
    readings = {}
    with load_reader(bundle, runtime, providers, threads) as model, progress(len(pages)) as on_page:
        for page in pages:
            readings[page.path] = model.open(page.paths).transcribe()
            on_page(page)
    labels = [*find_labels(readings), *asked_labels(q for file in asking for q in file)]
    made = with_unanswerable(pages, readings, labels, share, seed)
    folder = out.parent.resolve()

    def moved(sheet: S) -> S:
        image = Path(os.path.relpath(sheet.file.resolve(), folder)).as_posix()
        return replace(sheet, image=image)

    with replacing(out) as file:
        for question in (question for page in made for question in page.questions):
            beside = tuple(moved(sheet) for sheet in question.other_pages)
            row = replace(moved(question), other_pages=beside).to_row()
            file.write((json.dumps(row, ensure_ascii=False) + "\n").encode())
    added = question_count(made) - question_count(pages)
    click.echo(f"{out}: {question_count(made)} questions, {added} of them added")
