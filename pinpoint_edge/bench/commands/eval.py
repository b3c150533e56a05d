"""`pinpoint-bench eval`: strategies against annotated questions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pinpoint_edge.bench.options import dataset_options, open_predictions, prediction_options
from pinpoint_edge.commands.bundle_options import evidence_options, load_reader
from pinpoint_edge.commands.group import deliver, output_option, shared_options
from pinpoint_edge.commands.terminal import console, megabytes

if TYPE_CHECKING:
    from pinpoint_edge.evaluation.summary import Results

STRATEGIES = ("pinpoint", "full-page", "read-all", "lexical", "oracle")
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command(
    "eval",
    epilog="Example: pinpoint-bench eval bundles/forms-onnx --data receipts/qa.jsonl "
    "--strategy full-page --compare pinpoint --limit 100 -o figures.json",
)
@click.argument("bundle")
@dataset_options
@click.option(
    "--field", "fields", multiple=True, metavar="NAME",
    help="Ask only questions of this field of the annotations; repeatable.",
)  # fmt: skip
@click.option(
    "--strategy", type=click.Choice(STRATEGIES), default="pinpoint", show_default=True,
    help="The way to choose the evidence.",
)  # fmt: skip
@click.option(
    "--compare", multiple=True, type=click.Choice(STRATEGIES),
    help="A further strategy on the same pages in the same run, compared with --strategy; "
    "repeatable.",
)  # fmt: skip
@click.option(
    "--share", type=click.FloatRange(0, 1, min_open=True), metavar="S",
    help="Choose this share of a page's tokens instead, to compare strategies at an equal price.",
)  # fmt: skip
@evidence_options
@prediction_options
@click.option("--plot", type=_FILE, metavar="FILE.png", help="Draw confidence against answers.")
@output_option("Write the figures and the facts of the machine as JSON.")
@shared_options
def command(
    bundle: str,
    data: Path,
    split: Path | None,
    fields: tuple[str, ...],
    strategy: str,
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
    output: Path | None,
    as_json: bool,
    debug: bool,
) -> None:
    """Answer the questions of an annotation file and print accuracy, tokens and times.

    Every page is opened cold for every strategy and asked all its questions. With --compare the
    strategies take turns page by page, so that the ratios of their times hold on a busy machine.
    """
    from pinpoint_edge.bench.machine import run_facts
    from pinpoint_edge.bench.plots import check_plot
    from pinpoint_edge.commands.progress import progress
    from pinpoint_edge.evaluation.ask import EvidenceOptions, ask_set, asking
    from pinpoint_edge.evaluation.dataset import load_dataset, question_count
    from pinpoint_edge.evaluation.summary import Results
    from pinpoint_edge.storage.atomic import check_writable

    if output is not None:
        check_writable(output)
    if plot is not None:
        check_plot(plot)
    log = open_predictions(predictions, resume)
    done = set(log.done)
    strategies = tuple(dict.fromkeys((strategy, *compare)))
    pages = load_dataset(data, split=split, fields=fields, limit=limit, seed=seed)
    facts = run_facts()
    options = EvidenceOptions(coverage=coverage, token_budget=token_budget, share=share)
    with (
        load_reader(bundle, runtime, providers, threads) as model,
        progress(len(pages)) as on_page,
    ):
        made = ask_set(pages, asking(model, strategies, options), log, on_page=on_page)
    facts |= {"questions": question_count(pages), "resumed": sum(p.key in done for p in made)}
    _report(Results(pages, made), strategies, seed, plot, output, as_json, facts)


def _report(
    results: Results,
    strategies: tuple[str, ...],
    seed: int,
    plot: Path | None,
    output: Path | None,
    as_json: bool,
    facts: dict[str, Any],
) -> None:
    from pinpoint_edge.bench.memory import peak_rss
    from pinpoint_edge.bench.plots import reliability_diagram
    from pinpoint_edge.evaluation.report import tables
    from pinpoint_edge.evaluation.summary import plain

    peak = peak_rss()
    summaries = [results.summary(name, seed) for name in strategies]
    comparisons = [results.compare(name, strategies[0], seed) for name in strategies[1:]]
    if plot is not None:
        bins = {s.method: s.reliability.bins for s in summaries if s.reliability is not None}
        title = f"{summaries[0].questions} questions on {summaries[0].pages} pages"
        reliability_diagram(plot, title, bins)

    def show() -> None:
        terminal = console()
        terminal.print(tables(summaries, comparisons))
        terminal.print(f"peak RSS of the process: {megabytes(peak)}")

    figures = {
        **facts,
        "peak_rss_bytes": peak,
        "methods": plain(summaries),
        "comparisons": plain(comparisons),
    }
    deliver(figures, as_json=as_json, output=output, show=show)
