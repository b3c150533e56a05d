"""`pinpoint-train glance`: train the glance encoder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pinpoint_edge.errors import OptionError
from pinpoint_train.commands.options import FOLDER, run_options

if TYPE_CHECKING:
    from pinpoint_train.training.run import TrainingRun

REAL_SHARE = 0.6


@click.command(
    "glance",
    epilog="Example: pinpoint-train glance --lines cache/sroie --minutes 15",
)
@click.option(
    "--lines", multiple=True, type=FOLDER,
    help="Line cache: crops.bin and index.jsonl. Repeatable.",
)  # fmt: skip
@click.option("--synthetic", type=int, default=20_000, show_default=True, help="Generated lines.")
@click.option(
    "--share", type=float, default=REAL_SHARE, show_default=True, help="Share of real lines."
)
@click.option("--ctc-steps", type=click.IntRange(1, 2), default=1, show_default=True)
@run_options("runs/glance")
def command(
    run: TrainingRun, lines: tuple[Path, ...], synthetic: int, share: float, ctc_steps: int
) -> None:
    """Distil the glance encoder from the recogniser's transcriptions."""
    from pinpoint_models.glance import GlanceConfig
    from pinpoint_train.lines.glance_lines import read_lines
    from pinpoint_train.lines.synthetic import synthesise
    from pinpoint_train.training.glance import train, with_held_out

    if not lines and not synthetic:
        raise OptionError("No lines to train on: give --lines, --synthetic or both.")
    generated = None
    if synthetic:
        generated = synthesise(run.out / "synthetic", run.seed, synthetic, run.threads)
    data = with_held_out([read_lines(folder) for folder in lines], generated)
    run.log("begin", **data.counts())
    # A budget in minutes is one of training: the time to make the lines does not count.
    run.restart_clock()
    train(run, GlanceConfig(steps=ctc_steps), data, share)
