"""What `ask` and `extract` share: the options of a reading and how the document is opened."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from pinpoint_edge.document import Document

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS = (
    click.option(
        "--token-budget",
        type=click.IntRange(min=1),
        metavar="N",
        help="Tokens of evidence at most.",
    ),
    click.option(
        "--coverage",
        type=click.FloatRange(0, 1, min_open=True),
        metavar="R",
        help="Share of the relevance at which the choice of regions ends.",
    ),
    click.option(
        "--threads", type=click.IntRange(min=1), metavar="N", help="Threads of the runtime."
    ),
    click.option(
        "--provider",
        "providers",
        multiple=True,
        metavar="NAME",
        help="ONNX Runtime execution provider, best first; may be given several times.",
    ),
)


def reading_options(function: F) -> F:
    """Add the options of a reading to a command."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def open_document(
    bundle: str, pages: tuple[str, ...], providers: tuple[str, ...], threads: int | None
) -> Document:
    """Load the bundle and look at the pages once; raises PinPointError."""
    from pinpoint_edge.pipeline import PinPoint

    reader = PinPoint.load(Path(bundle), providers=list(providers) or None, threads=threads)
    return reader.open([*pages])
