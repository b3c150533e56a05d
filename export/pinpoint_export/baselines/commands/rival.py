"""`pinpoint-bench rival`: end to end against OCR of the whole page and llama.cpp."""

from __future__ import annotations

import shlex
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pinpoint_edge.bench.options import dataset_options
from pinpoint_edge.commands.group import print_json
from pinpoint_export.baselines.commands.llama import warn_if_busy

if TYPE_CHECKING:
    from rich.table import Table

    from pinpoint_edge.evaluation.dataset import AnnotatedPage
    from pinpoint_edge.evaluation.predictions import Prediction
    from pinpoint_export.baselines.ocr_and_llm import Ratio

DENSE = 600
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command(
    "rival",
    short_help="Compare with OCR of the page and llama.cpp.",
    epilog="Example: pinpoint-bench rival bundles/forms-int4 --data fcc/qa.jsonl --limit 60 "
    "--gguf qwen2.5-0.5b-instruct-q4_0.gguf --threads 2",
)
@click.argument("bundle")
@dataset_options
@click.option(
    "--gguf", "models", type=_FILE, multiple=True, metavar="FILE",
    help="A rival's model; several compete with each other too. Default: SmolLM2-135M as it comes.",
)  # fmt: skip
@click.option("--threads", type=click.IntRange(min=1), default=2, show_default=True, metavar="N")
@click.option(
    "--context", type=click.IntRange(min=256), default=4096, show_default=True, metavar="N",
    help="Most tokens that a rival's prompt and answer may have.",
)  # fmt: skip
@click.option(
    "--dense", type=click.IntRange(min=1), default=DENSE, show_default=True, metavar="TOKENS",
    help="Pages of so many tokens of text are also told apart.",
)  # fmt: skip
@click.option("--predictions", type=_FILE, help="Write one JSON object a question, as it goes.")
@click.option("--resume", is_flag=True, help="Keep what --predictions has and do the rest.")
@click.option("--plot", type=_FILE, metavar="FILE.png", help="Draw where the time goes.")
@click.option("--out", type=_FILE, metavar="FILE.json", help="Write the figures there as well.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON, errors as well.")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def command(
    bundle: str,
    data: Path,
    split: Path | None,
    models: tuple[Path, ...],
    limit: int | None,
    seed: int,
    threads: int,
    context: int,
    dense: int,
    predictions: Path | None,
    resume: bool,
    plot: Path | None,
    out: Path | None,
    as_json: bool,
    debug: bool,
) -> None:
    """Answer annotated questions with BUNDLE and with RapidOCR and llama.cpp on the whole page.

    Both take turns page by page. A page with its first question is cold: opened, read, asked. For
    further questions the rival keeps its reading of the page and llama.cpp's KV cache of it.
    """
    from pinpoint_edge.bench.machine import machine_facts
    from pinpoint_edge.bench.plots import check_plot, stacked
    from pinpoint_edge.commands.progress import progress
    from pinpoint_edge.errors import OptionError
    from pinpoint_edge.evaluation.dataset import load_dataset, question_count
    from pinpoint_edge.evaluation.predictions import PredictionFile
    from pinpoint_edge.reader import PinPoint
    from pinpoint_edge.storage.atomic import check_writable
    from pinpoint_export.baselines import ocr_and_llm
    from pinpoint_export.baselines.llama_cpp import facts
    from pinpoint_export.baselines.rapid_ocr import RapidOcr
    from pinpoint_models.decoder.gguf_file import installed_smollm2

    if resume and predictions is None:
        raise OptionError("--resume needs --predictions: name the file to go on with")
    if out is not None:
        check_writable(out)
    if plot is not None:
        check_plot(plot)
    pages = load_dataset(data, split=split, limit=limit, seed=seed)
    machine, package = machine_facts(), facts()
    warn_if_busy(machine["load_average"], threads)
    file: AbstractContextManager[PredictionFile | None] = (
        nullcontext() if predictions is None else PredictionFile(predictions, resume=resume)
    )
    ocr = RapidOcr(threads)
    with (
        PinPoint.load(bundle, threads=threads) as model,
        file as kept,
        progress(len(pages)) as on_page,
    ):
        rivals = [
            ocr_and_llm.Rival(ocr, path, model.engine.tokenizer, threads=threads, context=context)
            for path in models or (installed_smollm2(),)
        ]
        done = {} if kept is None else kept.done
        made = ocr_and_llm.compete(
            model,
            rivals,
            pages,
            done=done,
            on_prediction=(lambda prediction: None) if kept is None else kept.write,
            on_page=on_page,
        )
        for each in rivals:
            each.close()
    names = [ocr_and_llm.OURS, *(each.name for each in rivals)]
    known = {question.id for page in pages for question in page.questions}
    resumed = [p for p in done.values() if p.id in known and p.reader in names]
    answered = [*resumed, *made]
    if plot is not None:
        rows = {k: v for name in names for k, v in ocr_and_llm.parts(answered, name).items()}
        stacked(plot, "Median time of a question", "ms", rows)
    _report(pages, answered, names, seed, dense, as_json, out, {
        "command": shlex.join(["pinpoint-bench", *sys.argv[1:]]),
        "machine": machine,
        "llama.cpp": package,
        "threads": threads,
        "questions": question_count(pages),
        "resumed": len(resumed),
    })  # fmt: skip


def _report(
    pages: list[AnnotatedPage],
    answered: list[Prediction],
    names: list[str],
    seed: int,
    dense: int,
    as_json: bool,
    out: Path | None,
    run: dict[str, Any],
) -> None:
    from rich.console import Console

    from pinpoint_edge.evaluation.report import tables
    from pinpoint_edge.evaluation.summary import Results, plain
    from pinpoint_edge.storage.atomic import write_json
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
        "readers": [plain(summary) for summary in summaries],
        "comparisons": [plain(comparison) for comparison in comparisons],
        "ratios": plain(ratios),
    }
    if out is not None:
        write_json(out, figures)
    if as_json:
        print_json(figures)
        return
    console = Console(width=None if sys.stdout.isatty() else 160, highlight=False)
    console.print(tables(summaries, comparisons))
    console.print(_table(ratios))


def _table(ratios: dict[str, dict[str, Ratio]]) -> Table:
    from rich.table import Table

    from pinpoint_edge.evaluation.report import ratio as shown

    table = Table(title="times as long as pinpoint", title_justify="left")
    for name in ("", "cold: of medians", "paired", "further: of medians", "paired"):
        table.add_column(name, justify="right" if name else "left")
    for group, rivals in ratios.items():
        for name, each in rivals.items():
            table.add_row(
                f"{name}, {group} ({each.cold_pages}, {each.next_questions} further)",
                f"{each.cold:.2f}",
                shown(each.cold_paired),
                f"{each.next:.2f}",
                shown(each.next_paired),
            )
    return table
