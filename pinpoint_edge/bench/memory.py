"""The memory of this process: its peak, and its size after each stage of a page."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pinpoint_edge.errors import BackendError
from pinpoint_edge.evaluation.metrics import INSTALL_BENCH
from pinpoint_edge.runtime.stages import Observer, Tensors

_STATUS = Path("/proc/self/status")


@dataclass(frozen=True)
class StageMemory:
    """Bytes after the last run of a stage: what is resident, and the peak until then.

    `mapped_bytes` is the part of the resident memory that holds pages of files, weights and
    libraries, which the system shares and may drop; None where it is unknown (all but Linux).
    """

    stage: str
    resident_bytes: int
    mapped_bytes: int | None
    peak_bytes: int | None


def peak_rss() -> int | None:
    """Return the peak resident set size in bytes; None where it is unknown.

    On Linux it is in /proc/self/status (VmHWM), which psutil does not read: getrusage may still
    hold the peak of the process that started this one. Mapped weights count once touched.
    """
    return _from_status() or _from_rusage()


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
    from pinpoint_edge.runtime.bundle_source import BundleSource

    memory = MemoryByStage()
    memory.add("program")
    opened = Bundle.open(bundle, check_backends=runtime is None)
    reader = PinPoint.from_bundle(opened, BundleSource(opened, providers, threads, runtime))
    with reader, reader.observed(memory):
        memory.add("bundle")
        reader.open(page).ask(question)
    return list(memory.found.values())


class MemoryByStage(Observer):
    """Notes the memory after each run."""

    def __init__(self) -> None:
        self._process = import_psutil().Process()
        self.found: dict[str, StageMemory] = {}

    def add(self, stage: str) -> None:
        """Note the memory now; a stage keeps its first place and its last figures."""
        now = self._process.memory_info()
        self.found[stage] = StageMemory(stage, now.rss, getattr(now, "shared", None), peak_rss())

    def loaded(self, stage: str) -> None:
        if stage == "decode":
            self.add("decode loaded")

    def ran(self, stage: str, inputs: Tensors, outputs: Tensors) -> None:
        if stage == "decode":
            stage = "prompt" if inputs["ids"].size > 1 else "answer"
        self.add(stage)


def import_psutil() -> Any:
    """Return psutil; raises BackendError without it."""
    try:
        import psutil
    except ImportError as error:
        raise BackendError(f"This needs psutil; run `{INSTALL_BENCH}`.") from error
    return psutil


def _from_status() -> int | None:
    try:
        match = re.search(r"^VmHWM:\s+(\d+) kB$", _STATUS.read_text(), re.MULTILINE)
    except OSError:
        return None
    return int(match[1]) * 1024 if match else None


def _from_rusage() -> int | None:
    try:
        import resource
    except ImportError:  # Windows
        return getattr(import_psutil().Process().memory_info(), "peak_wset", None)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
