"""`pinpoint-bench unanswerable`: an annotation file with questions that its pages do not answer."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from pinpoint_edge.bench.options import dataset_options
from pinpoint_edge.commands.bundle_options import load_reader, runtime_options
from pinpoint_edge.commands.group import deliver, output_option, shared_options

if TYPE_CHECKING:
    from pinpoint_edge.evaluation.annotations import PageBoxes

S = TypeVar("S", bound="PageBoxes")
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command(
    "unanswerable",
    epilog="Example: pinpoint-bench unanswerable bundles/forms-onnx --data receipts/qa.jsonl "
    "--share .3 -o receipts-30.jsonl; pinpoint-bench eval bundles/forms-onnx "
    "--data receipts-30.jsonl",
)
@click.argument("bundle")
@dataset_options
@click.option(
    "--share", type=click.FloatRange(0, 1, min_open=True, max_open=True), default=0.3,
    show_default=True, metavar="S", help="Share of all questions that get no answer.",
)  # fmt: skip
@click.option(
    "--labels", "others", type=_FILE, multiple=True, metavar="QA.jsonl",
    help="Also ask what this annotation file asks of its own pages; repeatable.",
)  # fmt: skip
@runtime_options
@output_option("Write the annotations.", "FILE.jsonl", required=True)
@shared_options
def command(
    bundle: str,
    data: Path,
    split: Path | None,
    limit: int | None,
    share: float,
    others: tuple[Path, ...],
    seed: int,
    runtime: str | None,
    threads: int | None,
    providers: tuple[str, ...],
    output: Path,
    as_json: bool,
    debug: bool,
) -> None:
    """Ask pages for labels that other pages of the set have and they lack.

    BUNDLE reads every page for it, by its accurate reading. The rules that keep a question from
    being answerable by accident are in docs/benchmarks.md.
    """
    from pinpoint_edge.commands.progress import progress
    from pinpoint_edge.evaluation.annotations import load_questions
    from pinpoint_edge.evaluation.dataset import load_dataset, question_count
    from pinpoint_edge.evaluation.unanswerable import asked_labels, find_labels, with_unanswerable
    from pinpoint_edge.storage.atomic import check_writable, replacing

    check_writable(output)
    pages = load_dataset(data, split=split, limit=limit, seed=seed)
    asking = [load_questions(other) for other in others]
    readings = {}
    with load_reader(bundle, runtime, providers, threads) as model, progress(len(pages)) as on_page:
        for page in pages:
            readings[page.path] = model.open(page.paths).transcribe()
            on_page(page)
    labels = [*find_labels(readings), *asked_labels(q for file in asking for q in file)]
    made = with_unanswerable(pages, readings, labels, share, seed)
    folder = output.parent.resolve()

    def moved(page: S) -> S:
        image = Path(os.path.relpath(page.file.resolve(), folder)).as_posix()
        return replace(page, image=image)

    with replacing(output) as file:
        for question in (question for page in made for question in page.questions):
            beside = tuple(moved(other) for other in question.other_pages)
            row = replace(moved(question), other_pages=beside).to_row()
            file.write((json.dumps(row, ensure_ascii=False) + "\n").encode())
    added = question_count(made) - question_count(pages)
    figures = {"file": str(output), "questions": question_count(made), "added": added}
    text = f"{output}: {question_count(made)} questions, {added} of them added"
    deliver(figures, as_json=as_json, show=lambda: click.echo(text))
