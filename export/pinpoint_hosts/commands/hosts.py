"""`pinpoint-bench hosts`: PinPoint and pruning methods on one host, in one table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pinpoint_edge.bench.options import dataset_options, plot_option
from pinpoint_edge.commands.group import deliver, output_option, shared_options
from pinpoint_edge.commands.terminal import console

if TYPE_CHECKING:
    from pinpoint_edge.evaluation.dataset import AnnotatedPage

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(
    "hosts",
    epilog="Example: pinpoint-bench hosts SmolVLM-256M --head runs/windows/windows.safetensors "
    "--data qa.jsonl --limit 100 --plot hosts.png",
)
@click.argument("folder", type=_FOLDER)
@click.option("--head", "head_file", type=_FILE, required=True,
              help="Head of `pinpoint-train windows` for this host.")  # fmt: skip
@dataset_options
@click.option("--method", "names", multiple=True, metavar="NAME",
              help="Only these, and full; repeatable. Default: all.")  # fmt: skip
@click.option("--metric", type=click.Choice(("anls", "relaxed")), default="anls",
              show_default=True, help="ANLS, or the relaxed accuracy of charts.")  # fmt: skip
@click.option("--coverage", type=click.FloatRange(0, 1, min_open=True), default=0.6,
              show_default=True, help="Share of the page's area that PinPoint covers.")  # fmt: skip
@click.option("--crops", type=click.IntRange(min=1), default=4, show_default=True,
              help="At most so many crops.")  # fmt: skip
@click.option("--limit-tokens", type=click.IntRange(min=1), default=32, show_default=True,
              help="Generated tokens of an answer.")  # fmt: skip
@plot_option("Draw the score against visual tokens and FLOPs.")
@output_option()
@shared_options
def command(
    folder: Path,
    head_file: Path,
    pages: list[AnnotatedPage],
    seed: int,
    names: tuple[str, ...],
    metric: str,
    coverage: float,
    crops: int,
    limit_tokens: int,
    plot: Path | None,
) -> None:
    """Answer the same questions with the same model, from other images or fewer tokens.

    FastV (arXiv 2403.06764), SparseVLM (2410.04417), PyramidDrop (2410.17247), VisionZip
    (2412.04467) and ViCrop (2502.17422) as their papers set them, PinPoint (2603.22815), random
    regions and gold boxes. FLOPs of vision and prefill are closed forms, and kept apart.
    """
    from pinpoint_edge.bench.machine import run_facts
    from pinpoint_edge.evaluation.summary import plain
    from pinpoint_hosts.head import Head
    from pinpoint_hosts.methods import table
    from pinpoint_hosts.opening import open_host
    from pinpoint_hosts.refinement import PinPointHost

    facts = run_facts()
    host = open_host(folder)
    reader = PinPointHost(host, Head.load(head_file, host), coverage=coverage, crops=crops)
    outcomes = table.run(reader, pages, names=names, metric=metric, seed=seed, limit=limit_tokens)
    title = f"{outcomes[0].score.count} questions, {host.family}, {folder.name}"
    if plot is not None:
        table.plot(plot, outcomes, title, metric)
    figures = {**facts, "host": host.family, "metric": metric, "coverage": coverage}
    figures["methods"] = plain(outcomes)
    deliver(figures, lambda: console(150).print(table.table(outcomes, title, metric)))
