"""`pinpoint-bench eval`: readers against annotated questions."""

from __future__ import annotations

import shlex
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pinpoint_edge.bench.options import dataset_options
from pinpoint_edge.commands.reading import load_reader, runtime_options

if TYPE_CHECKING:
    from pinpoint_edge.evaluation.summary import Results

READERS = ("pinpoint", "full-page", "read-all", "lexical", "oracle")
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command(
    "eval",
    short_help="Answer annotated questions and score the answers.",
    epilog="Example: pinpoint-bench eval bundles/forms-onnx --data receipts/qa.jsonl "
    "--reader full-page --compare pinpoint --limit 100 --json figures.json",
)
@click.argument("bundle")
@dataset_options
@click.option(
    "--field", "fields", multiple=True, metavar="NAME",
    help="Ask only questions of this field of the annotations; repeatable.",
)  # fmt: skip
@click.option(
    "--reader", type=click.Choice(READERS), default="pinpoint", show_default=True,
    help="How the evidence is chosen.",
)  # fmt: skip
@click.option(
    "--compare", multiple=True, type=click.Choice(READERS),
    help="A further reader on the same pages in the same run, set against --reader; repeatable.",
)  # fmt: skip
@click.option("--coverage", type=click.FloatRange(0, 1, min_open=True), metavar="R")
@click.option("--token-budget", type=click.IntRange(min=1), metavar="N")
@click.option(
    "--share", type=click.FloatRange(0, 1, min_open=True), metavar="S",
    help="Choose this share of a page's tokens instead, to compare readers at an equal price.",
)  # fmt: skip
@runtime_options
@click.option("--predictions", type=_FILE, help="Write one JSON object a question, as it goes.")
@click.option("--resume", is_flag=True, help="Keep what --predictions has and do the rest.")
@click.option("--plot", type=_FILE, metavar="FILE.png", help="Draw confidence against answers.")
@click.option("--json", "json_path", type=_FILE, help="Write the figures and machine facts.")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def command(
    bundle: str,
    data: Path,
    split: Path | None,
    fields: tuple[str, ...],
    reader: str,
    compare: tuple[str, ...],
    limit: int | None,
    seed: int,
    coverage: float | None,
    token_budget: int | None,
    share: float | None,
    runtime: str | None,
    threads: int | None,
    providers: tuple[str, ...],
    predictions: Path | None,
    resume: bool,
    plot: Path | None,
    json_path: Path | None,
    debug: bool,
) -> None:
    """Answer the questions of an annotation file and print accuracy, tokens and times.

    Every page is opened cold for every reader and asked all its questions; with --compare the
    readers take turns page by page, so that the ratios of their times hold on a busy machine.
    """
    from pinpoint_edge.bench.machine import machine_facts
    from pinpoint_edge.bench.plots import check_plot
    from pinpoint_edge.commands.progress import progress
    from pinpoint_edge.errors import OptionError
    from pinpoint_edge.evaluation.dataset import load_dataset, question_count
    from pinpoint_edge.evaluation.evaluate import evaluate
    from pinpoint_edge.evaluation.predictions import PredictionFile
    from pinpoint_edge.evaluation.summary import Results
    from pinpoint_edge.storage.atomic import check_writable

    if resume and predictions is None:
        raise OptionError("--resume needs --predictions: name the file to go on with")
    if json_path is not None:
        check_writable(json_path)
    if plot is not None:
        check_plot(plot)
    readers = tuple(dict.fromkeys((reader, *compare)))
    pages = load_dataset(data, split=split, fields=fields, limit=limit, seed=seed)
    facts = machine_facts()
    file: AbstractContextManager[PredictionFile | None] = (
        nullcontext() if predictions is None else PredictionFile(predictions, resume=resume)
    )
    with (
        load_reader(bundle, runtime, providers, threads) as model,
        file as kept,
        progress(len(pages)) as on_page,
    ):
        done = {} if kept is None else kept.done
        made = evaluate(
            model,
            pages,
            readers,
            coverage=coverage,
            token_budget=token_budget,
            share=share,
            done=done,
            on_prediction=(lambda prediction: None) if kept is None else kept.write,
            on_page=on_page,
        )
    known = {question.id for page in pages for question in page.questions}
    resumed = [p for p in done.values() if p.id in known and p.reader in readers]
    results = Results(pages, [*resumed, *made])
    _report(results, readers, seed, plot, json_path, {
        "command": shlex.join(["pinpoint-bench", *sys.argv[1:]]),
        "machine": facts,
        "questions": question_count(pages),
        "resumed": len(resumed),
    })  # fmt: skip


def _report(
    results: Results,
    readers: tuple[str, ...],
    seed: int,
    plot: Path | None,
    json_path: Path | None,
    run: dict[str, Any],
) -> None:
    from rich.console import Console

    from pinpoint_edge.bench.memory import peak_rss
    from pinpoint_edge.bench.plots import reliability_diagram
    from pinpoint_edge.evaluation.report import tables
    from pinpoint_edge.evaluation.summary import plain
    from pinpoint_edge.storage.atomic import write_json

    peak = peak_rss()
    summaries = [results.summary(reader, seed) for reader in readers]
    if plot is not None:
        bins = {s.reader: s.reliability.bins for s in summaries if s.reliability is not None}
        title = f"{summaries[0].questions} questions on {summaries[0].pages} pages"
        reliability_diagram(plot, title, bins)
    comparisons = [results.compare(reader, readers[0], seed) for reader in readers[1:]]
    console = Console(width=None if sys.stdout.isatty() else 160, highlight=False)
    console.print(tables(summaries, comparisons))
    console.print(
        f"peak RSS of the process: {'not told' if peak is None else f'{peak / 1e6:.0f} MB'}"
    )
    if json_path is None:
        return
    figures = {
        **run,
        "peak_rss_bytes": peak,
        "readers": [plain(summary) for summary in summaries],
        "comparisons": [plain(comparison) for comparison in comparisons],
    }
    write_json(json_path, figures)
