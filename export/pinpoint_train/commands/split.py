"""`pinpoint-train split`: choose the held-out documents of annotated sets."""

from __future__ import annotations

from pathlib import Path

import click

from pinpoint_train.commands.options import NEW_FOLDER, corpus_option, debug_option, seed_option


@click.command(
    "split",
    epilog="Example: pinpoint-train split --corpus cache --set sroie --set fcc_adbuy",
)
@corpus_option
@click.option("--set", "names", multiple=True, required=True, help="Set to divide. Repeatable.")
@seed_option
@click.option("--out", type=NEW_FOLDER, help="[default: the lists of the package]")
@debug_option
def command(corpus: Path, names: tuple[str, ...], seed: int, out: Path | None) -> None:
    """Choose the dev documents of annotated sets, by company or station, and write the lists."""
    from pinpoint_data.splits import FOLDER
    from pinpoint_train.corpus.held_out_documents import write_lists

    for line in write_lists(corpus, names, seed, out or FOLDER):
        click.echo(line)
