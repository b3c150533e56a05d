"""`pinpoint-quantize report`: size, time, memory and answers of bundles side by side."""

from __future__ import annotations

from pathlib import Path

import click

from pinpoint_edge.commands.group import FILE_PATH, deliver, shared_options, writable
from pinpoint_edge.commands.terminal import console, progress


@click.command(
    "report",
    epilog="Example: pinpoint-quantize report bundles/forms-onnx bundles/forms-onnx-int8 "
    "--page receipt.jpg --data receipts/qa.jsonl --limit 100 --memory --plot pareto.png",
)
@click.argument("bundles", nargs=-1, required=True, metavar="BUNDLE...")
@click.option("--page", metavar="PAGE", help="Time this page, bundle after bundle in turns.")
@click.option(
    "--runs", type=click.IntRange(min=1), default=9, show_default=True, metavar="N",
    help="Turns of timing.",
)  # fmt: skip
@click.option("--data", type=FILE_PATH, metavar="QA.jsonl", help="Ask these annotated questions.")
@click.option("--split", type=FILE_PATH, help="Text file with the images to keep, one a line.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="A sample of N questions.")
@click.option(
    "--answers", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
    help="Folder for the answers; an interrupted run resumes from it.",
)  # fmt: skip
@click.option(
    "--memory",
    is_flag=True,
    help="Peak memory of each stage on PAGE, each in a process of its own.",
)
@click.option(
    "--plot",
    type=FILE_PATH,
    metavar="FILE",
    callback=writable,
    help="Draw the Pareto front as PNG, PDF or SVG.",
)
@click.option("--runtime", metavar="NAME", help="Default: that of each target.")
@click.option("--threads", type=click.IntRange(min=1), metavar="N", help="Threads of the runtime.")
@shared_options
def command(
    bundles: tuple[str, ...],
    page: str | None,
    runs: int,
    data: Path | None,
    split: Path | None,
    limit: int | None,
    answers: Path | None,
    memory: bool,
    plot: Path | None,
    runtime: str | None,
    threads: int | None,
) -> None:
    """Compare BUNDLEs with the first one: bytes always; time with --page, answers with --data."""
    import tempfile
    from contextlib import nullcontext
    from dataclasses import replace

    from pinpoint_edge.bench.machine import run_facts
    from pinpoint_edge.bundle import Bundle
    from pinpoint_edge.errors import OptionError
    from pinpoint_edge.evaluation.dataset import load_dataset
    from pinpoint_quantization.report import measure
    from pinpoint_quantization.report.render import check_plot, draw, tables

    if memory and page is None:
        raise OptionError("--memory needs --page: stages run on the inputs that a page gives.")
    if (split or limit or answers) and data is None:
        raise OptionError("--split, --limit and --answers belong to --data; name the questions.")
    if plot is not None:
        check_plot()
        if plot.suffix.lower() not in (".png", ".pdf", ".svg"):
            raise OptionError(f"{plot} is no picture: name a .png, .pdf or .svg file.")
    opened = [Bundle.open(bundle, check_backends=runtime is None) for bundle in bundles]
    pages = load_dataset(data, split=split, limit=limit) if data else []
    facts = run_facts("pinpoint-quantize")
    rows = [measure.describe(bundle) for bundle in opened]
    if page is not None:
        with progress(runs + 1, "turn") as on_run:
            times = measure.measure_times(
                opened, page, runs=runs, runtime=runtime, threads=threads, on_run=on_run
            )
        rows = [replace(row, times=found) for row, found in zip(rows, times, strict=True)]
    if page is not None and memory:
        with progress(6 * len(opened), "stage") as on_stage:
            rows = [
                replace(row, memory=measure.measure_memory(
                    bundle, page, runtime=runtime, threads=threads, on_stage=on_stage
                ))
                for row, bundle in zip(rows, opened, strict=True)
            ]  # fmt: skip
    if pages:
        if answers is not None:
            answers.mkdir(parents=True, exist_ok=True)
        folder = tempfile.TemporaryDirectory() if answers is None else nullcontext(str(answers))
        with folder as kept, progress(len(pages) * len(opened)) as on_page:
            answered = measure.measure_answers(
                opened, pages, Path(kept), runtime=runtime, threads=threads, on_page=on_page
            )
        rows = [replace(row, answers=found) for row, found in zip(rows, answered, strict=True)]
    if plot is not None:
        draw(rows, plot)
    figures = {**facts, "page": page, "bundles": [row.to_json() for row in rows]}
    deliver(figures, lambda: console().print(*tables(rows), sep="\n"))
