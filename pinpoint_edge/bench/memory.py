"""The memory that this process takes: its peak, and what it holds after each stage of a page."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

from pinpoint_edge.runtime.stages import Observer, Tensors

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

    memory = _MemoryByStage()
    memory.add("program")
    opened = Bundle.open(bundle, check_backends=runtime is None)
    reader = PinPoint.from_bundle(opened, BundleSource(opened, providers, threads, runtime))
    with reader, reader.observed(memory):
        memory.add("bundle")
        reader.open(page).ask(question)
    return list(memory.found.values())


class _MemoryByStage(Observer):
    """Notes the memory after each run."""

    def __init__(self) -> None:
        self.found: dict[str, StageMemory] = {}

    def add(self, stage: str) -> None:
        """Note the memory now; a stage keeps its first place and its last figures."""
        self.found[stage] = StageMemory(
            stage, _from_status("VmRSS"), _from_status("RssFile"), peak_rss()
        )

    def loaded(self, stage: str) -> None:
        if stage == "decode":
            self.add("decode loaded")

    def ran(self, stage: str, inputs: Tensors, outputs: Tensors) -> None:
        if stage == "decode":
            stage = "prompt" if inputs["ids"].size > 1 else "answer"
        self.add(stage)


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
