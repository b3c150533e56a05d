"""`pinpoint-bench compare`: PinPoint beside the full page, matchers, FastV and the oracle."""

from __future__ import annotations

import shlex
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pinpoint_edge.bench.options import dataset_options
from pinpoint_edge.commands.group import print_json
from pinpoint_edge.commands.reading import load_reader, runtime_options

if TYPE_CHECKING:
    from pinpoint_export.baselines.compare import Outcome

READERS = ("full-page", "lexical", "read-all", "fastv", "pinpoint", "oracle")
_FILE = click.Path(dir_okay=False, path_type=Path)
_SHARE = click.FloatRange(0, 1, min_open=True)


@click.command(
    "compare",
    short_help="Compare ways to choose what the language model reads.",
    epilog="Example: pinpoint-bench compare bundles/forms-int4 --data receipts/qa.jsonl "
    "--limit 60 --plot compare.png --out compare.json",
)
@click.argument("bundle")
@dataset_options
@click.option(
    "--reader", "readers", multiple=True, type=click.Choice(READERS),
    help="Only these, and full-page; repeatable. Default: all.",
)  # fmt: skip
@click.option(
    "--coverage", "coverages", multiple=True, type=_SHARE, metavar="R",
    help="A coverage of PinPoint's beside the bundle's own; repeatable. Default: .3 .5 .7.",
)  # fmt: skip
@click.option(
    "--token-budget", "budgets", multiple=True, type=click.IntRange(min=1), metavar="N",
    help="A token budget of PinPoint's beside the bundle's own; repeatable.",
)  # fmt: skip
@click.option(
    "--keep", "keeps", multiple=True, type=_SHARE, metavar="R",
    help="Share of the evidence tokens that FastV keeps; repeatable. Default: .25 .5.",
)  # fmt: skip
@click.option(
    "--after", type=click.IntRange(min=1), default=2, show_default=True, metavar="K",
    help="The layer after which FastV drops tokens.",
)  # fmt: skip
@runtime_options
@click.option("--predictions", type=_FILE, help="Write one JSON object a question, as it goes.")
@click.option("--resume", is_flag=True, help="Keep what --predictions has and do the rest.")
@click.option("--plot", type=_FILE, metavar="FILE.png", help="Draw ANLS against tokens and time.")
@click.option("--out", type=_FILE, metavar="FILE.json", help="Write the figures there as well.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON, errors as well.")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def command(
    bundle: str,
    data: Path,
    split: Path | None,
    limit: int | None,
    seed: int,
    readers: tuple[str, ...],
    coverages: tuple[float, ...],
    budgets: tuple[int, ...],
    keeps: tuple[float, ...],
    after: int,
    runtime: str | None,
    threads: int | None,
    providers: tuple[str, ...],
    predictions: Path | None,
    resume: bool,
    plot: Path | None,
    out: Path | None,
    as_json: bool,
    debug: bool,
) -> None:
    """Answer the same questions with the same language model, each time of other evidence.

    FastV (Chen et al., ECCV 2024, arXiv 2403.06764) reads the whole page and drops evidence tokens
    after a layer; SparseVLM (arXiv 2410.04417) and PyramidDrop (arXiv 2410.17247) are relatives.
    It needs the decoder's attention, which no exported stage gives: with it in the run, everybody
    runs on the torch reference, so that times compare. Without it (--reader) the bundle's own
    runtime runs.
    """
    from pinpoint_edge.bench.machine import machine_facts
    from pinpoint_edge.bench.plots import check_plot
    from pinpoint_edge.commands.progress import progress
    from pinpoint_edge.errors import OptionError
    from pinpoint_edge.evaluation.dataset import load_dataset, question_count
    from pinpoint_edge.evaluation.predictions import PredictionFile
    from pinpoint_edge.storage.atomic import check_writable
    from pinpoint_export.baselines import compare
    from pinpoint_export.baselines.pruned_reader import load_with_fastv

    if resume and predictions is None:
        raise OptionError("--resume needs --predictions: name the file to go on with")
    variants = compare.make_variants(
        readers or READERS, coverages or compare.COVERAGES, budgets, keeps or compare.KEEPS
    )
    torch = any(variant.family == "fastv" for variant in variants)
    if torch and (runtime not in (None, "torch") or providers):
        raise OptionError(
            "FastV runs on torch alone, and so do all readers beside it: leave --runtime and "
            "--provider out, or name the --reader that you want without fastv."
        )
    if out is not None:
        check_writable(out)
    if plot is not None:
        check_plot(plot)
    pages = load_dataset(data, split=split, limit=limit, seed=seed)
    facts = machine_facts()
    if torch:
        model, pruning = load_with_fastv(bundle, after, threads)
    else:
        model, pruning = load_reader(bundle, runtime, providers, threads), None
    file: AbstractContextManager[PredictionFile | None] = (
        nullcontext() if predictions is None else PredictionFile(predictions, resume=resume)
    )
    with model, file as kept, progress(len(pages)) as on_page:
        done = {} if kept is None else kept.done
        made = compare.run(
            model, pruning, variants, pages, done=done, on_page=on_page,
            on_prediction=(lambda prediction: None) if kept is None else kept.write,
        )  # fmt: skip
        if pruning is not None:
            pruning.engine.generator.close()
    names = {variant.name for variant in variants}
    known = {question.id for page in pages for question in page.questions}
    resumed = [p for p in done.values() if p.id in known and p.reader in names]
    layers = model.manifest.kv.layers
    found = compare.outcomes(
        pages, [*resumed, *made], variants, after=after, layers=layers, seed=seed
    )
    ran = "torch, eager, f32" if torch else runtime or model.manifest.target
    title = f"{question_count(pages)} questions on {len(pages)} pages, all on {ran}"
    _report(found, title, ran, plot, out, as_json, {
        "command": shlex.join(["pinpoint-bench", *sys.argv[1:]]),
        "machine": facts,
        "questions": question_count(pages),
        "pages": len(pages),
        "resumed": len(resumed),
        "runtime": ran,
        "fastv": {"after": after, "layers": layers, "attention_of": "last token"}
        if torch
        else None,
    })  # fmt: skip


def _report(
    found: list[Outcome],
    title: str,
    ran: str,
    plot: Path | None,
    out: Path | None,
    as_json: bool,
    run: dict[str, Any],
) -> None:
    from rich.console import Console

    from pinpoint_edge.evaluation.summary import plain
    from pinpoint_edge.storage.atomic import write_json
    from pinpoint_export.baselines import compare_show

    figures = {**run, "base": found[0].variant.name, "variants": plain(found)}
    if plot is not None:
        compare_show.plot(plot, found, title, ran)
    if out is not None:
        write_json(out, figures)
    if as_json:
        print_json(figures)
        return
    console = Console(width=None if sys.stdout.isatty() else 170, highlight=False)
    console.print(compare_show.table(found, title))
