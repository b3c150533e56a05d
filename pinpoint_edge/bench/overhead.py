"""The time that this package's sessions add to a stage, against the runtime called directly.

Both run in turn in one process on all the inputs that a question to a real page gives a stage, so
that the ratio holds on a busy machine; the median of the pairwise ratios is the figure.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.bundle import Bundle
from pinpoint_edge.reader import PinPoint
from pinpoint_edge.runtime.bundle_source import BundleSource, runtime_for, stage_file
from pinpoint_edge.runtime.stages import Observer, Tensors
from pinpoint_runtimes import Session
from pinpoint_runtimes.direct import direct
from pinpoint_runtimes.runtime import RuntimeOptions

Feeds = dict[str, NDArray[Any]]
VISION = ("detect", "glance", "align", "refine")


@dataclass(frozen=True)
class Overhead:
    """One stage: milliseconds a page of the runtime alone and of the session, and what that adds.

    `added` is the median of the ratios of neighbouring runs less 1: .02 is two percent.
    """

    stage: str
    direct: float
    session: float
    added: float


def measure(
    bundle: Bundle,
    page: str,
    question: str,
    *,
    runtime: str | None = None,
    threads: int = 1,
    runs: int = 50,
    on_stage: Callable[[str], None] = lambda stage: None,
) -> list[Overhead]:
    """Compare the four vision stages on the inputs that `question` to `page` gives them."""
    feeds = captured(bundle, page, question, runtime, threads)
    chosen = runtime_for(bundle, runtime)
    found = []
    for stage in VISION:
        file = stage_file(bundle, stage)
        session = chosen.session(file, RuntimeOptions(threads))
        plain = direct(chosen.name, file, feeds[stage], threads)
        found.append(_compare(stage, plain, session, feeds[stage], runs))
        session.close()
        on_stage(stage)
    return found


def _compare(
    stage: str, plain: Callable[[Feeds], Any], session: Session, batches: list[Feeds], runs: int
) -> Overhead:
    times: list[tuple[float, float]] = []
    for number in range(runs + 2):
        pair = [0.0, 0.0]
        # Who goes first changes, so that neither always finds the cache warm.
        for which in (0, 1) if number % 2 else (1, 0):
            run = session.run if which else plain
            start = time.perf_counter()
            for feeds in batches:
                run(feeds)
            pair[which] = time.perf_counter() - start
        if number >= 2:  # the first runs load and allocate
            times.append((pair[0], pair[1]))
    return Overhead(
        stage,
        median(one for one, _ in times) * 1e3,
        median(other for _, other in times) * 1e3,
        median(other / one for one, other in times) - 1,
    )


def captured(
    bundle: Bundle, page: str, question: str, runtime: str | None, threads: int
) -> dict[str, list[Feeds]]:
    """Answer the question and return the inputs of each vision stage's runs."""
    kept = _Inputs()
    reader = PinPoint.from_bundle(bundle, BundleSource(bundle, None, threads, runtime))
    with reader, reader.observed(kept):
        reader.open(page).ask(question)
    return kept.feeds


class _Inputs(Observer):
    """Keeps the inputs of the vision stages."""

    def __init__(self) -> None:
        self.feeds: dict[str, list[Feeds]] = {stage: [] for stage in VISION}

    def ran(self, stage: str, inputs: Tensors, outputs: Tensors) -> None:
        if stage in self.feeds:
            self.feeds[stage].append({name: np.array(array) for name, array in inputs.items()})
