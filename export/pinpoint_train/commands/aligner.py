"""`pinpoint-train aligner`: train the aligner."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pinpoint_edge.errors import OptionError
from pinpoint_train.commands.options import FOLDER, run_options

if TYPE_CHECKING:
    from pinpoint_train.training.run import TrainingRun

PEAK_RATE = 1.2e-3  # of a run that starts from nothing
LOSSES = ("inter", "intra", "box")


def losses_named(_: click.Context, __: click.Parameter, value: str) -> tuple[str, ...]:
    """Read a list of losses, separated by commas."""
    names = tuple(name for name in value.split(",") if name and name != "none")
    if unknown := set(names) - set(LOSSES):
        raise click.BadParameter(f"{min(unknown)!r} is none of {', '.join(LOSSES)}.")
    return names


@click.command(
    "aligner",
    epilog="Example: pinpoint-train aligner --pages cache --dev dev --minutes 20",
)
@click.option(
    "--pages", multiple=True, required=True, type=FOLDER,
    help="Page cache, or a folder of them. Repeatable.",
)  # fmt: skip
@click.option(
    "--dev", multiple=True, type=FOLDER,
    help="Page cache to measure on; without one, every 20th page is held out. Repeatable.",
)  # fmt: skip
@click.option(
    "--losses", default=",".join(LOSSES), show_default=True, callback=losses_named,
    metavar="NAME,NAME", help="Losses of the paper beside the relevance, or none.",
)  # fmt: skip
@click.option(
    "--start", type=FOLDER,
    help="Go on from the trained aligner of this folder, at a third of the rate or so.",
)  # fmt: skip
@click.option(
    "--rate", type=float, default=PEAK_RATE, show_default=True, help="Peak learning rate."
)
@click.option(
    "--region-blocks", type=click.IntRange(1, 8), help="[default: 3, or those of --start]"
)
@click.option("--dropout", type=float, default=0.1, show_default=True)
@click.option(
    "--coverage", type=float, default=0.6, show_default=True, help="Coverage r to measure with."
)
@run_options("runs/aligner")
def command(
    run: TrainingRun,
    pages: tuple[Path, ...],
    dev: tuple[Path, ...],
    losses: tuple[str, ...],
    start: Path | None,
    rate: float,
    region_blocks: int | None,
    dropout: float,
    coverage: float,
) -> None:
    """Train the aligner on questions whose support regions are all annotated."""
    from pinpoint_train.corpus.page_features import read_pages
    from pinpoint_train.training.aligner import first_model, train

    train_pages = [page for folder in pages for page in read_pages(folder)]
    dev_pages = [page for folder in dev for page in read_pages(folder)]
    if not dev:
        dev_pages = train_pages[::20]
        train_pages = [page for i, page in enumerate(train_pages) if i % 20]
    if not any(page.questions for page in train_pages):
        raise OptionError("No question to train on: give page caches with questions in --pages.")
    run.log("begin", pages=len(train_pages), dev=len(dev_pages))
    run.restart_clock()
    model = first_model(start, region_blocks, dropout)
    train(run, model, train_pages, dev_pages, losses, coverage, rate, start)
