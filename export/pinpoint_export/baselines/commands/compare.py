"""`pinpoint-bench compare`: PinPoint beside the full page, matchers, FastV and the oracle."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pinpoint_edge.bench.options import dataset_options, plot_option, prediction_options
from pinpoint_edge.commands.bundle_options import RunOn, runtime_options
from pinpoint_edge.commands.group import deliver, output_option, shared_options
from pinpoint_edge.commands.terminal import console, progress

if TYPE_CHECKING:
    from pinpoint_edge.evaluation.dataset import AnnotatedPage
    from pinpoint_edge.evaluation.predictions import Prediction
    from pinpoint_edge.storage.resumable_log import Log

METHODS = ("full-page", "lexical", "read-all", "fastv", "pinpoint", "oracle")
_SHARE = click.FloatRange(0, 1, min_open=True)


@click.command(
    "compare",
    epilog="Example: pinpoint-bench compare bundles/forms-int4 --data receipts/qa.jsonl "
    "--limit 60 --plot compare.png -o compare.json",
)
@click.argument("bundle")
@dataset_options
@click.option(
    "--method", "methods", multiple=True, type=click.Choice(METHODS),
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
@prediction_options
@plot_option("Draw ANLS against tokens and time.")
@output_option()
@shared_options
def command(
    bundle: str,
    pages: list[AnnotatedPage],
    seed: int,
    methods: tuple[str, ...],
    coverages: tuple[float, ...],
    budgets: tuple[int, ...],
    keeps: tuple[float, ...],
    after: int,
    run_on: RunOn,
    log: Log[Prediction],
    plot: Path | None,
) -> None:
    """Answer the same questions with the same language model, each time from other evidence.

    FastV (Chen et al., ECCV 2024, arXiv 2403.06764) reads the whole page and drops evidence tokens
    after a layer; SparseVLM (arXiv 2410.04417) and PyramidDrop (arXiv 2410.17247) are relatives.
    It needs the decoder's attention, which no exported stage gives: with it in the run, everybody
    runs on the torch reference, so that times compare. Without it (--method) the bundle's own
    runtime runs.
    """
    from pinpoint_edge.bench.machine import run_facts
    from pinpoint_edge.errors import OptionError
    from pinpoint_edge.evaluation.dataset import question_count
    from pinpoint_edge.evaluation.summary import plain
    from pinpoint_edge.reader import PinPoint
    from pinpoint_export.baselines import compare, compare_show
    from pinpoint_export.baselines.pruned_reader import load_with_fastv

    variants = compare.make_variants(
        methods or METHODS, coverages or compare.COVERAGES, budgets, keeps or compare.KEEPS
    )
    torch = any(variant.family == "fastv" for variant in variants)
    if torch and (run_on["runtime"] not in (None, "torch") or run_on["providers"]):
        raise OptionError(
            "FastV runs on torch alone, and so do all methods beside it: leave --runtime and "
            "--provider out, or name each --method that you want without fastv."
        )
    facts = run_facts()
    if torch:
        model, pruning = load_with_fastv(bundle, after, run_on["threads"])
    else:
        model, pruning = PinPoint.load(bundle, **run_on), None
    with model, progress(len(pages)) as on_page:
        made = compare.run(model, pruning, variants, pages, log, on_page=on_page)
        if pruning is not None:
            pruning.engine.generator.close()
    layers = model.manifest.kv.layers
    found = compare.outcomes(pages, made, variants, after=after, layers=layers, seed=seed)
    ran = "torch, eager, f32" if torch else run_on["runtime"] or model.manifest.target
    title = f"{question_count(pages)} questions on {len(pages)} pages, all on {ran}"
    if plot is not None:
        compare_show.plot(plot, found, title, ran)
    pruned = {"after": after, "layers": layers, "attention_of": "last token"}
    figures = {
        **facts,
        "questions": question_count(pages),
        "pages": len(pages),
        "resumed": sum(p.key in log.resumed for p in made),
        "runtime": ran,
        "fastv": pruned if torch else None,
        "base": found[0].variant.name,
        "variants": plain(found),
    }
    deliver(figures, lambda: console(170).print(compare_show.table(found, title)))
