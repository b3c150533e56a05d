"""The memory that this process takes: its peak, and what it holds after each stage of a page."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.bench.passing import PassingCache
from pinpoint_edge.vision.stages import StageSource
from pinpoint_runtimes import KVCache, Session

_STATUS = Path("/proc/self/status")


@dataclass(frozen=True)
class StageMemory:
    """Bytes after the last run of a stage: what is resident, and the peak until then.

    `mapped_bytes` is what of the resident memory are pages of files, weights and libraries,
    which the system shares and may drop. What it doesn't tell is None (all but Linux: the peak
    alone).
    """

    stage: str
    resident_bytes: int | None
    mapped_bytes: int | None
    peak_bytes: int | None


def peak_rss() -> int | None:
    """Return the peak resident set size in bytes; None where the system doesn't tell (Windows).

    Linux tells it in /proc/self/status (VmHWM), elsewhere getrusage does; on Linux the latter may
    still hold the peak of the process that started this one. Mapped weights count once touched.
    """
    return _from_status("VmHWM") or _from_rusage()


def by_stage(
    bundle: str,
    page: str,
    question: str,
    *,
    threads: int | None = None,
    providers: list[str] | None = None,
    runtime: str | None = None,
) -> list[StageMemory]:
    """Answer a question as `pinpoint ask` does; return the memory after each step, in order.

    The steps: the program's import, the bundle's loading, each vision stage, decode's loading,
    the prompt and the answer. Only a process that did nothing before gives the figures of one
    question. Raises what loading and asking raise.
    """
    from pinpoint_edge.bundle import Bundle
    from pinpoint_edge.reader import PinPoint
    from pinpoint_edge.runtime.sessions import BundleSource

    marks = _Marks()
    marks.add("program")
    opened = Bundle.open(bundle, check_backends=runtime is None)
    source = _WatchedSource(BundleSource(opened, providers, threads, runtime), marks)
    with PinPoint.from_bundle(opened, source) as reader:
        marks.add("bundle")
        reader.open(page).ask(question)
    return list(marks.found.values())


class _Marks:
    def __init__(self) -> None:
        self.found: dict[str, StageMemory] = {}

    def add(self, stage: str) -> None:
        """Note the memory now; a stage keeps its first place and its last figures."""
        self.found[stage] = StageMemory(
            stage, _from_status("VmRSS"), _from_status("RssFile"), peak_rss()
        )


class _WatchedSource:
    """A source whose sessions note the memory after each run."""

    def __init__(self, source: StageSource, marks: _Marks) -> None:
        self._source, self._marks = source, marks

    def session(self, stage: str) -> Session:
        return _WatchedSession(stage, self._source.session(stage), self._marks)

    def kv_cache(self, capacity: int) -> KVCache:
        cache = self._source.kv_cache(capacity)
        self._marks.add("decode loaded")
        return _WatchedCache(cache, self._marks)

    def close(self) -> None:
        self._source.close()


class _WatchedSession:
    def __init__(self, stage: str, session: Session, marks: _Marks) -> None:
        self.inputs, self.outputs = session.inputs, session.outputs
        self._stage, self._session, self._marks = stage, session, marks

    def run(self, feeds: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        outputs = self._session.run(feeds)
        self._marks.add(self._stage)
        return outputs

    def close(self) -> None:
        self._session.close()


class _WatchedCache(PassingCache):
    def __init__(self, cache: KVCache, marks: _Marks) -> None:
        super().__init__(cache)
        self._marks = marks

    def run(self, ids: NDArray[Any], visual: NDArray[Any]) -> NDArray[np.float32]:
        logits = super().run(ids, visual)
        self._marks.add("prompt" if len(ids) > 1 else "answer")
        return logits


def _from_status(name: str) -> int | None:
    try:
        match = re.search(rf"^{name}:\s+(\d+) kB$", _STATUS.read_text(), re.MULTILINE)
    except OSError:
        return None
    return int(match[1]) * 1024 if match else None


def _from_rusage() -> int | None:
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
