"""What this package's sessions add to a stage's time, against the runtime called directly.

Both run in turn in one process on all the inputs that a question to a real page gives a stage, so
that the ratio holds on a busy machine; the median of the pairwise ratios is the figure.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.bundle import Bundle
from pinpoint_edge.reader import PinPoint
from pinpoint_edge.runtime.sessions import BundleSource, runtime_for, stage_file
from pinpoint_runtimes import KVCache, Session
from pinpoint_runtimes.direct import direct
from pinpoint_runtimes.runtime import Options

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
        session = chosen.session(file, Options(threads))
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
    bundle: Bundle,
    page: str,
    question: str,
    runtime: str | None,
    threads: int,
    wrap: Callable[[KVCache], KVCache] = lambda cache: cache,
) -> dict[str, list[Feeds]]:
    """Answer the question and return the inputs of each vision stage's runs.

    wrap: what the decode stage's cache is put into.
    """
    source = _Capturing(BundleSource(bundle, None, threads, runtime), wrap)
    with PinPoint.from_bundle(bundle, source) as reader:
        reader.open(page).ask(question)
    return source.feeds


class _Capturing:
    """A source whose vision sessions keep their inputs."""

    def __init__(self, source: BundleSource, wrap: Callable[[KVCache], KVCache]) -> None:
        self._source, self._wrap = source, wrap
        self.feeds: dict[str, list[Feeds]] = {stage: [] for stage in VISION}

    def session(self, stage: str) -> Session:
        return _CapturingSession(stage, self._source.session(stage), self.feeds)

    def kv_cache(self, capacity: int) -> KVCache:
        return self._wrap(self._source.kv_cache(capacity))

    def close(self) -> None:
        self._source.close()


class _CapturingSession:
    def __init__(self, stage: str, session: Session, kept: dict[str, list[Feeds]]) -> None:
        self.inputs, self.outputs = session.inputs, session.outputs
        self._stage, self._session, self._kept = stage, session, kept

    def run(self, feeds: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        self._kept[self._stage].append({name: np.array(array) for name, array in feeds.items()})
        return self._session.run(feeds)

    def close(self) -> None:
        self._session.close()
