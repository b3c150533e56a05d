"""Options of the commands that run a bundle."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypedDict

import click

Command = Callable[..., Any]


class RunOn(TypedDict):
    """What `PinPoint.load` takes beside the bundle."""

    runtime: str | None
    threads: int | None
    providers: list[str] | None


class Limits(TypedDict):
    """What `Document.ask` takes to bound the evidence; None stands for the bundle's own."""

    coverage: float | None
    token_budget: int | None


def runtime_options(function: Command) -> Command:
    """Add the options that choose how a bundle is run; the command gets them as `run_on`."""

    @click.option(
        "--runtime",
        metavar="NAME",
        help="Runtime of the stages: onnx, executorch, executorch-native, litert, coreml, mil, "
        "torch; default: the bundle's own.",
    )
    @click.option(
        "--threads", type=click.IntRange(min=1), metavar="N", help="Threads of the runtime."
    )
    @click.option(
        "--provider", "providers", multiple=True, metavar="NAME",
        help="ONNX Runtime execution provider, best first; may be given several times.",
    )  # fmt: skip
    @functools.wraps(function)
    def command(
        *, runtime: str | None, threads: int | None, providers: tuple[str, ...], **rest: Any
    ) -> Any:
        run_on = RunOn(runtime=runtime, threads=threads, providers=list(providers) or None)
        return function(run_on=run_on, **rest)

    return command


def evidence_options(function: Command) -> Command:
    """Add the options that bound the evidence, as `limits`, and those of the runtime."""

    @click.option(
        "--token-budget",
        type=click.IntRange(min=1),
        metavar="N",
        help="Tokens of evidence at most.",
    )
    @click.option(
        "--coverage", type=click.FloatRange(0, 1, min_open=True), metavar="R",
        help="Share of the relevance at which the choice of regions ends.",
    )  # fmt: skip
    @runtime_options
    @functools.wraps(function)
    def command(*, token_budget: int | None, coverage: float | None, **rest: Any) -> Any:
        return function(limits=Limits(coverage=coverage, token_budget=token_budget), **rest)

    return command
