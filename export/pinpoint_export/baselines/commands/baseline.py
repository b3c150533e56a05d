"""`pinpoint-bench baseline`: end to end against OCR of the whole page and llama.cpp."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pinpoint_edge.bench.options import dataset_options, plot_option, prediction_options
from pinpoint_edge.commands.group import FILE_PATH, deliver, output_option, shared_options
from pinpoint_edge.commands.terminal import console, progress
from pinpoint_export.baselines.commands.llama import warn_if_busy

if TYPE_CHECKING:
    from rich.table import Table

    from pinpoint_edge.evaluation.dataset import AnnotatedPage
    from pinpoint_edge.evaluation.predictions import Prediction
    from pinpoint_edge.storage.resumable_log import Log
    from pinpoint_export.baselines.ocr_and_llm import Ratio

DENSE = 600


@click.command(
    "baseline",
    epilog="Example: pinpoint-bench baseline bundles/forms-int4 --data fcc/qa.jsonl --limit 60 "
    "--gguf qwen2.5-0.5b-instruct-q4_0.gguf --threads 2",
)
@click.argument("bundle")
@dataset_options
@click.option(
    "--gguf", "models", type=FILE_PATH, multiple=True, metavar="FILE",
    help="A model for llama.cpp; each makes a baseline. Default: SmolLM2-135M as it comes.",
)  # fmt: skip
@click.option("--threads", type=click.IntRange(min=1), default=2, show_default=True, metavar="N")
@click.option(
    "--context", type=click.IntRange(min=256), default=4096, show_default=True, metavar="N",
    help="Most tokens of the baseline's prompt and answer.",
)  # fmt: skip
@click.option(
    "--dense", type=click.IntRange(min=1), default=DENSE, show_default=True, metavar="TOKENS",
    help="Pages with this many tokens of text are also shown on their own.",
)  # fmt: skip
@prediction_options
@plot_option("Draw the time of each stage.")
@output_option()
@shared_options
def command(
    bundle: str,
    pages: list[AnnotatedPage],
    models: tuple[Path, ...],
    seed: int,
    threads: int,
    context: int,
    dense: int,
    log: Log[Prediction],
    plot: Path | None,
) -> None:
    """Answer annotated questions with BUNDLE and with RapidOCR and llama.cpp on the whole page.

    Both take turns page by page. A page with its first question is cold: opened, read, asked. For
    further questions the baseline keeps its text of the page and llama.cpp's KV cache of it.
    """
    from pinpoint_edge.bench.machine import run_facts
    from pinpoint_edge.bench.plots import stacked
    from pinpoint_edge.evaluation.ask import PINPOINT
    from pinpoint_edge.evaluation.dataset import question_count
    from pinpoint_edge.reader import PinPoint
    from pinpoint_export.baselines import ocr_and_llm
    from pinpoint_export.baselines.llama_cpp import facts
    from pinpoint_export.baselines.rapid_ocr import RapidOcr
    from pinpoint_models.decoder.gguf_file import installed_smollm2

    run, package = run_facts(), facts()
    warn_if_busy(run["machine"]["load_average"], threads)
    ocr = RapidOcr(threads)
    with PinPoint.load(bundle, threads=threads) as model, progress(len(pages)) as on_page:
        baselines = [
            ocr_and_llm.OcrAndLlm(
                ocr, path, model.engine.tokenizer, threads=threads, context=context
            )
            for path in models or (installed_smollm2(),)
        ]
        answered = ocr_and_llm.ask_beside(model, baselines, pages, log, on_page=on_page)
        for each in baselines:
            each.close()
    names = [PINPOINT, *(each.name for each in baselines)]
    if plot is not None:
        rows = {k: v for name in names for k, v in ocr_and_llm.parts(answered, name).items()}
        stacked(plot, "Median time of a question", "ms", rows)
    _report(pages, answered, names, seed, dense, {
        **run,
        "llama.cpp": package,
        "threads": threads,
        "questions": question_count(pages),
        "resumed": sum(p.key in log.resumed for p in answered),
    })  # fmt: skip


def _report(
    pages: list[AnnotatedPage],
    answered: list[Prediction],
    names: list[str],
    seed: int,
    dense: int,
    run: dict[str, Any],
) -> None:
    from pinpoint_edge.evaluation.report import tables
    from pinpoint_edge.evaluation.summary import Results, plain
    from pinpoint_export.baselines import ocr_and_llm

    results = Results(pages, answered)
    groups = {"all pages": pages}
    groups[f"pages of {dense} tokens or more"] = ocr_and_llm.dense_pages(pages, answered, dense)
    ratios = {
        group: {
            name: ocr_and_llm.ratio(Results(chosen, answered), name, seed) for name in names[1:]
        }
        for group, chosen in groups.items()
        if chosen
    }
    summaries = [results.summary(name, seed) for name in names]
    comparisons = [results.compare(name, names[0], seed) for name in names[1:]]
    figures = {
        **run,
        "methods": plain(summaries),
        "comparisons": plain(comparisons),
        "ratios": plain(ratios),
    }

    def show() -> None:
        terminal = console()
        terminal.print(tables(summaries, comparisons))
        terminal.print(_table(ratios))

    deliver(figures, show)


def _table(ratios: dict[str, dict[str, Ratio]]) -> Table:
    from rich.table import Table

    from pinpoint_edge.evaluation.report import ratio as shown

    table = Table(title="times as long as pinpoint", title_justify="left")
    for name in ("", "cold: of medians", "paired", "further: of medians", "paired"):
        table.add_column(name, justify="right" if name else "left")
    for group, baselines in ratios.items():
        for name, each in baselines.items():
            table.add_row(
                f"{name}, {group} ({each.cold_pages}, {each.next_questions} further)",
                f"{each.cold:.2f}",
                shown(each.cold_paired),
                f"{each.next:.2f}",
                shown(each.next_paired),
            )
    return table
