"""Real lines for the glance encoder out of the corpus: `pinpoint-distill lines`.

A line is kept when the recogniser was sure of its reading, which then is the teacher's text.
Pages kept for dev give no line.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from pinpoint_data.splits import is_dev
from pinpoint_edge.vision.regions import TEXT
from pinpoint_train.corpus.corpus import read_shard, shards
from pinpoint_train.corpus.features import Crop, write_lines

SURE = 0.9


def confident_lines(
    corpus: Path, names: tuple[str, ...], per_page: int
) -> Iterator[tuple[Crop, str]]:
    """Lines of the training pages, at most `per_page` a page, evenly spread over it."""
    for shard in shards(corpus, names or None):
        for record in read_shard(shard):
            if is_dev(record.id):
                continue
            sure = [
                index
                for index, text in enumerate(record.texts)
                if text.strip() and record.confidences[index] >= SURE
                if record.kinds[index] == TEXT
            ]
            step = max(len(sure) / per_page, 1.0)
            picked = sorted({sure[int(i * step)] for i in range(int(len(sure) / step))})
            for index in picked:
                yield record.crops[index], record.texts[index]


@click.command("lines", epilog="Example: pinpoint-distill lines --corpus cache --out cache/lines")
@click.option(
    "--corpus", required=True, type=click.Path(exists=True, file_okay=False, path_type=Path)
)
@click.option("--set", "names", multiple=True, help="Only these sets of the corpus. Repeatable.")
@click.option("--per-page", type=click.IntRange(min=1), default=80, show_default=True)
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path))
def main(corpus: Path, names: tuple[str, ...], per_page: int, out: Path) -> None:
    """Cut confident lines out of the corpus for `pinpoint-distill glance --lines`."""
    write_lines(out, confident_lines(corpus, names, per_page))
