"""`pinpoint-train prepare`: read pages once for all trainings."""

from __future__ import annotations

from pathlib import Path

import click

from pinpoint_edge.errors import OptionError
from pinpoint_train.commands.options import FOLDER, debug_option, out_option, seed_option


@click.command(
    "prepare",
    epilog="Example: pinpoint-train prepare --data sroie --synthetic 1500 --out cache",
)
@click.option(
    "--data", multiple=True, type=FOLDER,
    help="Annotated folder: qa.jsonl and images. Repeatable.",
)  # fmt: skip
@click.option("--irs", type=FOLDER, help="Folder of fillable IRS PDFs.")
@click.option(
    "--synthetic", type=click.IntRange(min=0), default=0, show_default=True,
    help="Number of generated pages.",
)  # fmt: skip
@click.option(
    "--turn", type=click.FloatRange(0, 45), default=0.0, show_default=True, metavar="DEGREES",
    help="Turn the pages of --data by up to this angle, as a set NAME-turned.",
)  # fmt: skip
@seed_option
@click.option("--workers", type=int, default=2, show_default=True)
@click.option("--weights", type=FOLDER, help="Folder of detector and recogniser weights.")
@out_option()
@debug_option
def command(
    data: tuple[Path, ...],
    irs: Path | None,
    synthetic: int,
    turn: float,
    seed: int,
    workers: int,
    weights: Path | None,
    out: Path,
) -> None:
    """Detect and read pages once and store them for all trainings."""
    from pinpoint_models.paths import weights_folder
    from pinpoint_train.corpus.page_sources import annotated_tasks, irs_tasks, synthetic_tasks
    from pinpoint_train.corpus.prepare import make_shards

    if not (data or irs or synthetic):
        raise OptionError("No pages to read: give --data, --irs or --synthetic.")
    tasks = [task for folder in data for task in annotated_tasks(folder, turn, seed)]
    if irs is not None:
        tasks += irs_tasks(irs, seed)
    tasks += synthetic_tasks(synthetic, seed)
    make_shards(tasks, weights or weights_folder(), out, workers)
