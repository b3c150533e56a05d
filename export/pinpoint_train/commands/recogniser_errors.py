"""`pinpoint-train recogniser-errors`: count the errors of recognisers."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pinpoint_edge.errors import OptionError
from pinpoint_train.commands.options import FOLDER, NEW_FILE, debug_option

if TYPE_CHECKING:
    from pinpoint_train.measuring.recogniser_errors import ErrorSummary, Read


@click.command(
    "recogniser-errors",
    epilog="Example: pinpoint-train recogniser-errors --line-crops cache --after runs/recogniser",
)
@click.option(
    "--line-crops", "folder", required=True, type=FOLDER,
    help="Folder of `pinpoint-train line-crops`; its folder `dev` is read.",
)  # fmt: skip
@click.option(
    "--before", type=FOLDER,
    help="Folder of the recogniser to compare with; the shipped one by default.",
)  # fmt: skip
@click.option(
    "--after", multiple=True, type=FOLDER, help="Folder of a fine-tuned recogniser. Repeatable."
)
@click.option("--set", "names", multiple=True, help="Only these folders of `dev`. Repeatable.")
@click.option("--small/--no-small", default=True, help="Also read with PP-OCRv6 small.")
@click.option("--lines", type=click.IntRange(min=1), default=800, show_default=True)
@click.option("--out", type=NEW_FILE, help="Write it as JSON.")
@debug_option
def command(
    folder: Path,
    before: Path | None,
    after: tuple[Path, ...],
    names: tuple[str, ...],
    small: bool,
    lines: int,
    out: Path | None,
) -> None:
    """Count errors by spaces, case and other on at most --lines lines of each set."""
    from rich.console import Console

    from pinpoint_edge.storage.atomic import write_json
    from pinpoint_models.paths import weights_folder
    from pinpoint_models.weights import load_characters
    from pinpoint_train.lines.line_crops import read_sets, spread
    from pinpoint_train.measuring.recogniser_errors import Small, Tiny, measure, show, summary

    characters, cache = load_characters(weights_folder()), folder / "graphs"
    readers: dict[str, Read] = {"tiny": Tiny(before or weights_folder(), characters, cache)}
    readers |= {weights.name: Tiny(weights, characters, cache) for weights in after}
    if small:
        readers["small"] = Small()
    sets = read_sets(folder / "dev")
    if unknown := set(names) - set(sets):
        raise OptionError(f"{folder / 'dev'} holds no {min(unknown)}: choose from {sorted(sets)}.")
    console = Console(width=120)
    results: dict[str, dict[str, ErrorSummary]] = {}
    for name in names or sets:
        chosen = spread(sets[name], lines)
        results[name] = summary(measure(readers, chosen), chosen)
        console.print(show(name, results[name], chosen))
    if out is not None:
        write_json(out, {k: {r: asdict(row) for r, row in v.items()} for k, v in results.items()})
