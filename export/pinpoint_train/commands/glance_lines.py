"""`pinpoint-train glance-lines`: real lines for the glance encoder."""

from __future__ import annotations

from pathlib import Path

import click

from pinpoint_train.commands.options import corpus_option, debug_option, out_option, sets_option


@click.command(
    "glance-lines",
    epilog="Example: pinpoint-train glance-lines --corpus cache --out cache/lines",
)
@corpus_option
@sets_option
@click.option("--per-page", type=click.IntRange(min=1), default=80, show_default=True)
@out_option()
@debug_option
def command(corpus: Path, names: tuple[str, ...], per_page: int, out: Path) -> None:
    """Cut confidently read lines out of the corpus for `pinpoint-train glance --lines`."""
    from pinpoint_train.lines.glance_lines import confident_lines, write_lines

    write_lines(out, confident_lines(corpus, names, per_page))
