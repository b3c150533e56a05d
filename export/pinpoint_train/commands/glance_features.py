"""`pinpoint-train glance-features`: the inputs of the aligner."""

from __future__ import annotations

from pathlib import Path

import click

from pinpoint_train.commands.options import (
    FOLDER,
    corpus_option,
    debug_option,
    out_option,
    seed_option,
    sets_option,
    threads_option,
)


@click.command(
    "glance-features",
    epilog="Example: pinpoint-train glance-features --corpus cache --glance runs/glance",
)
@corpus_option
@sets_option
@click.option(
    "--glance", "weights", required=True, type=FOLDER, help="Folder of a trained glance encoder."
)
@seed_option
@threads_option
@out_option()
@debug_option
def command(
    corpus: Path, names: tuple[str, ...], weights: Path, seed: int, threads: int, out: Path
) -> None:
    """Run the glance encoder over the corpus and store the inputs of the aligner."""
    import torch

    from pinpoint_models.glance import load_glance
    from pinpoint_train.corpus.glance_features import write_features

    torch.set_num_threads(threads)
    for line in write_features(corpus, names, load_glance(weights), seed, out):
        click.echo(line)
