"""Options of the commands that run a bundle."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypedDict

import click

from pinpoint_edge.errors import OptionError

if TYPE_CHECKING:
    from pinpoint_edge.document import Document
    from pinpoint_edge.reader import PinPoint
    from pinpoint_edge.result import Answer
    from pinpoint_edge.vision.look import TextLayer

Command = Callable[..., Any]
RECOMMENDED = -1.0


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


@dataclass(frozen=True)
class Run:
    """A bundle, how it is run, and how documents are opened and asked with it."""

    bundle: str
    run_on: RunOn
    limits: Limits
    password: str | None
    text_layer: TextLayer = "auto"
    full_page: bool = False
    free: bool = False
    alternatives: int = 0
    least: float | None = None
    """Confidence that answers must reach; RECOMMENDED is the bundle's own."""

    def load(self, jobs: int = 1) -> PinPoint:
        """Load the bundle, as one of `jobs` readers that share the cores; raises PinPointError."""
        from pinpoint_edge.reader import PinPoint

        run_on = self.run_on.copy()
        if run_on["threads"] is None and jobs > 1:
            run_on["threads"] = max(1, (os.cpu_count() or 1) // jobs)
        return PinPoint.load(self.bundle, **run_on)

    @contextmanager
    def opened(self, reader: PinPoint, pages: Sequence[str], quiet: bool) -> Iterator[Document]:
        """Open a document, and show the pages that are looked at; raises PinPointError."""
        from pinpoint_edge.commands.terminal import page_progress

        with page_progress(quiet) as on_page:
            yield reader.open(
                [*pages], password=self.password, text_layer=self.text_layer, on_page=on_page
            )

    def ask(self, document: Document, question: str) -> Answer:
        """Ask an open document; raises PinPointError."""
        from pinpoint_edge.document.strategy import every_region

        strategy = every_region if self.full_page else None
        return document.ask(
            question, **self.limits, free=self.free, strategy=strategy,
            alternatives=self.alternatives, least=self._least(document),
        )  # fmt: skip

    def _least(self, document: Document) -> float:
        """The confidence that an answer must reach; OptionError where none is recommended."""
        if self.least != RECOMMENDED:
            return self.least or 0.0
        manifest = document.engine.manifest
        if manifest.threshold is None:
            raise OptionError(
                f"The bundle '{manifest.name}' recommends no confidence; give --least a number."
            )
        return manifest.threshold.least

    def identity(self) -> dict[str, object]:
        """Return what decides the answers: the bundle's digest and the settings."""
        from pinpoint_edge.bundle import Bundle

        digest = Bundle.open(self.bundle, check_backends=False).digest
        settings = {**self.limits, "full_page": self.full_page, "free": self.free}
        settings |= {"text_layer": self.text_layer}
        further = {"alternatives": self.alternatives or None, "least": self.least}
        settings |= {name: value for name, value in further.items() if value is not None}
        return {"bundle": digest, "settings": settings}


class Confidence(click.ParamType):  # type: ignore[type-arg]
    """A number of 0 to 1, or "recommended"."""

    name = "confidence"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        if value == "recommended":
            return RECOMMENDED
        return float(click.FloatRange(0, 1).convert(value, param, ctx))


def sureness_options(function: Command) -> Command:
    """Add the options of how sure an answer must be, and of the answers beside it."""
    for option in (
        click.option(
            "--least", type=Confidence(), metavar="CONFIDENCE",
            help="Withhold answers that are less sure: 0 to 1, or recommended, the bundle's own.",
        ),
        click.option(
            "--alternatives", type=click.IntRange(0, 10), default=0, metavar="N",
            help="Give the N next best answers as well.",
        ),
    ):  # fmt: skip
        function = option(function)
    return function


@dataclass(frozen=True)
class Batch:
    """How many documents are taken: each file as one, the format, jobs at once, no progress."""

    each: bool
    format: str | None
    jobs: int
    quiet: bool


def document_options(function: Command) -> Command:
    """Add the options for many documents, as `batch`, of opening them, and of the evidence."""

    @click.option(
        "--password",
        metavar="TEXT",
        envvar="PINPOINT_PASSWORD",
        help="Opens encrypted PDFs; or set PINPOINT_PASSWORD.",
    )
    @click.option(
        "--text-layer",
        type=click.Choice(("auto", "ignore", "require")),
        default="auto",
        help="Of a PDF: take it where it agrees with what is seen, never, or refuse other pages.",
    )
    @click.option("--each", is_flag=True, help="Take each PAGE for a document of its own.")
    @click.option(
        "--format",
        "form",
        type=click.Choice(("jsonl", "csv")),
        help="Of the results of many; default: by the name of --output, else jsonl.",
    )
    @click.option(
        "--jobs",
        type=click.IntRange(min=1),
        default=1,
        metavar="N",
        help="Documents to read at once; each job loads the bundle.",
    )
    @click.option("-q", "--quiet", is_flag=True, help="Print answers alone, and no progress.")
    @evidence_options
    @functools.wraps(function)
    def command(*, each: bool, form: str | None, jobs: int, quiet: bool, **rest: Any) -> Any:
        return function(batch=Batch(each, form, jobs, quiet), **rest)

    return command  # fmt: skip
