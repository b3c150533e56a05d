"""Options and loading of a bundle, for the commands that run one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from pinpoint_edge.document import Document
    from pinpoint_edge.reader import PinPoint

F = TypeVar("F", bound=Callable[..., Any])

_EVIDENCE = (
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
)
_RUNTIME = (
    click.option(
        "--runtime",
        metavar="NAME",
        help="Runtime of the stages: onnx, executorch, executorch-native, litert, coreml, mil, "
        "torch; default: the bundle's own.",
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


def runtime_options(function: F) -> F:
    """Add the options that choose how a bundle is run."""
    for option in reversed(_RUNTIME):
        function = option(function)
    return function


def evidence_options(function: F) -> F:
    """Add the options that bound the evidence, and those of the runtime."""
    function = runtime_options(function)
    for option in reversed(_EVIDENCE):
        function = option(function)
    return function


def load_reader(
    bundle: str, runtime: str | None, providers: tuple[str, ...], threads: int | None
) -> PinPoint:
    """Load the bundle as the options of `runtime_options` say; raises PinPointError."""
    from pinpoint_edge.reader import PinPoint

    return PinPoint.load(
        bundle, runtime=runtime, providers=list(providers) or None, threads=threads
    )


def open_document(
    bundle: str,
    pages: tuple[str, ...],
    runtime: str | None,
    providers: tuple[str, ...],
    threads: int | None,
) -> Document:
    """Load the bundle and look at the pages once; raises PinPointError."""
    return load_reader(bundle, runtime, providers, threads).open([*pages])
