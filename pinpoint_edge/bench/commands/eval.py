"""`pinpoint-bench eval`: strategies against annotated questions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pinpoint_edge.bench.options import dataset_options, plot_option, prediction_options
from pinpoint_edge.commands.bundle_options import Limits, RunOn, evidence_options
from pinpoint_edge.commands.group import deliver, output_option, shared_options
from pinpoint_edge.commands.terminal import console, megabytes, progress

if TYPE_CHECKING:
    from pinpoint_edge.evaluation.dataset import AnnotatedPage
    from pinpoint_edge.evaluation.predictions import Prediction
    from pinpoint_edge.evaluation.summary import Results
    from pinpoint_edge.storage.resumable_log import Log

STRATEGIES = ("pinpoint", "full-page", "read-all", "lexical", "oracle")


@click.command(
    "eval",
    epilog="Example: pinpoint-bench eval bundles/forms-onnx --data receipts/qa.jsonl "
    "--strategy full-page --compare pinpoint --limit 100 -o figures.json",
)
@click.argument("bundle")
@dataset_options
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
@plot_option("Draw confidence against answers.")
@output_option("Write the figures and the facts of the machine as JSON.")
@shared_options
def command(
    bundle: str,
    pages: list[AnnotatedPage],
    strategy: str,
    compare: tuple[str, ...],
    seed: int,
    limits: Limits,
    share: float | None,
    run_on: RunOn,
    log: Log[Prediction],
    plot: Path | None,
) -> None:
    """Answer the questions of an annotation file and print accuracy, tokens and times.

    Every page is opened cold for every strategy and asked all its questions. With --compare the
    strategies take turns page by page, so that the ratios of their times hold on a busy machine.
    """
    from pinpoint_edge.bench.machine import run_facts
    from pinpoint_edge.evaluation.ask import EvidenceOptions, ask_set, asking
    from pinpoint_edge.evaluation.dataset import question_count
    from pinpoint_edge.evaluation.summary import Results
    from pinpoint_edge.reader import PinPoint

    strategies = tuple(dict.fromkeys((strategy, *compare)))
    facts = run_facts()
    options = EvidenceOptions(**limits, share=share)
    with PinPoint.load(bundle, **run_on) as model, progress(len(pages)) as on_page:
        made = ask_set(pages, asking(model, strategies, options), log, on_page=on_page)
    facts |= {
        "questions": question_count(pages),
        "resumed": sum(p.key in log.resumed for p in made),
    }
    _report(Results(pages, made), strategies, seed, plot, facts)


def _report(
    results: Results,
    strategies: tuple[str, ...],
    seed: int,
    plot: Path | None,
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
    deliver(figures, show)
