"""`pinpoint-train recogniser`: fine-tune the recogniser."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pinpoint_train.commands.options import FOLDER, run_options

if TYPE_CHECKING:
    from pinpoint_train.training.run import TrainingRun


@click.command(
    "recogniser",
    epilog="Example: pinpoint-train recogniser --line-crops cache/line-crops --minutes 20",
)
@click.option(
    "--line-crops", "folder", required=True, type=FOLDER,
    help="Folder of `pinpoint-train line-crops`; its folder `train` is read.",
)  # fmt: skip
@click.option(
    "--start", type=FOLDER,
    help="Folder of the recogniser to start from; the shipped one by default.",
)  # fmt: skip
@click.option(
    "--head-only", is_flag=True,
    help="Train the last layer alone, so that visual tokens stay as they are.",
)  # fmt: skip
@run_options("runs/recogniser")
def command(run: TrainingRun, folder: Path, start: Path | None, head_only: bool) -> None:
    """Fine-tune the recogniser on degraded real and synthetic lines."""
    from pinpoint_models.paths import weights_folder
    from pinpoint_models.recogniser import Recogniser
    from pinpoint_models.weights import load_characters
    from pinpoint_train.lines.line_crops import read_sets
    from pinpoint_train.training.recogniser import train

    lines = [line for one in read_sets(folder / "train").values() for line in one]
    recogniser = Recogniser.load(start or weights_folder())
    train(run, recogniser, lines, load_characters(weights_folder()), head_only=head_only)
