"""`pinpoint-train elements`: train the element head of `detect`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pinpoint_train.commands.options import FOLDER, run_options

if TYPE_CHECKING:
    from pinpoint_train.training.run import TrainingRun


@click.command(
    "elements",
    epilog="Example: pinpoint-train elements --irs irs_forms --minutes 12",
)
@click.option(
    "--irs", "forms", type=FOLDER, help="Folder of fillable IRS PDFs, whose boxes are ticked."
)
@click.option(
    "--plain", "folders", multiple=True, type=FOLDER,
    help="Annotated folder of pages without a check box, such as receipts. Repeatable.",
)  # fmt: skip
@click.option(
    "--weights", type=FOLDER, help="Folder of the text detector; the shipped one by default."
)
@click.option(
    "--pages", type=click.IntRange(min=1), default=1000, show_default=True,
    help="Number of pages to draw windows from.",
)  # fmt: skip
@run_options("runs/elements")
def command(
    run: TrainingRun,
    forms: Path | None,
    folders: tuple[Path, ...],
    weights: Path | None,
    pages: int,
) -> None:
    """Train the element head of `detect` on generated and filled pages."""
    from pinpoint_data.splits import is_kept
    from pinpoint_edge.evaluation.dataset import load_dataset
    from pinpoint_models.detector import Detector
    from pinpoint_models.paths import weights_folder
    from pinpoint_train.elements.windows import Sources, pool_of
    from pinpoint_train.training.elements import train

    files = sorted(forms.glob("*.pdf")) if forms else []
    plain = [
        Path(path)
        for folder in folders
        for path in sorted({page.path for page in load_dataset(folder / "qa.jsonl")})
        if not is_kept(f"{folder.resolve().name}/{Path(path).name}")
    ]
    folder = weights or weights_folder()
    pool = pool_of(run.seed, Sources(files, plain), folder, pages, run.threads)
    train(run, Detector.load(folder), pool, files)
