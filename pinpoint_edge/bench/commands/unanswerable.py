"""`pinpoint-bench unanswerable`: an annotation file with questions that its pages do not answer."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from pinpoint_edge.bench.options import dataset_options
from pinpoint_edge.commands.bundle_options import RunOn, runtime_options
from pinpoint_edge.commands.group import FILE_PATH, deliver, shared_options, writable

if TYPE_CHECKING:
    from pinpoint_edge.evaluation.annotations import PageBoxes
    from pinpoint_edge.evaluation.dataset import AnnotatedPage

S = TypeVar("S", bound="PageBoxes")


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
    "--labels", "others", type=FILE_PATH, multiple=True, metavar="QA.jsonl",
    help="Also ask what this annotation file asks of its own pages; repeatable.",
)  # fmt: skip
@runtime_options
@click.option(
    "-o", "--output", type=FILE_PATH, required=True, metavar="FILE.jsonl", callback=writable,
    help="Write the annotations.",
)  # fmt: skip
@shared_options
def command(
    bundle: str,
    pages: list[AnnotatedPage],
    share: float,
    others: tuple[Path, ...],
    seed: int,
    run_on: RunOn,
    output: Path,
) -> None:
    """Ask pages for labels that other pages of the set have and they lack.

    BUNDLE reads every page for it, by its accurate reading. The rules that keep a question from
    being answerable by accident are in docs/benchmarks.md.
    """
    from pinpoint_edge.commands.terminal import progress
    from pinpoint_edge.evaluation.annotations import load_questions
    from pinpoint_edge.evaluation.dataset import question_count
    from pinpoint_edge.evaluation.unanswerable import asked_labels, find_labels, with_unanswerable
    from pinpoint_edge.reader import PinPoint
    from pinpoint_edge.storage.atomic import replacing

    asking = [load_questions(other) for other in others]
    readings = {}
    with PinPoint.load(bundle, **run_on) as model, progress(len(pages)) as on_page:
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
    deliver(figures, lambda: click.echo(text))
