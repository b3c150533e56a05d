"""A reader asked for a long time: whether memory, open files and threads stay as they are."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pinpoint_edge.commands.group import check_installed
from pinpoint_edge.evaluation.metrics import INSTALL_BENCH

if TYPE_CHECKING:
    from pinpoint_edge.commands.bundle_options import RunOn

SAMPLES = 10
WARM = 2  # samples until everything is loaded and every page was seen


@dataclass(frozen=True)
class Sample:
    """The process after a number of questions."""

    questions: int
    resident_bytes: int
    files: int
    threads: int


@dataclass(frozen=True)
class Soaked:
    """The samples of a run, and what did not hold."""

    samples: tuple[Sample, ...]
    faults: tuple[str, ...]


def soak(
    bundle: str,
    pages: Sequence[str],
    questions: Sequence[str],
    count: int,
    growth: float,
    run_on: RunOn,
    asked: Callable[[], None] = lambda: None,
) -> Soaked:
    """Open pages in turn and ask each all questions, `count` in all, with one reader.

    growth: share by which memory may grow after the first fifth. Raises BackendError without
    psutil, and what loading and asking raise.
    """
    check_installed("psutil", "A soak", INSTALL_BENCH)
    import psutil

    from pinpoint_edge.reader import PinPoint

    process = psutil.Process()
    first: dict[tuple[str, str], tuple[str | None, float]] = {}
    samples: list[Sample] = []
    changed = 0
    due = [count * number // SAMPLES for number in range(1, SAMPLES + 1)]
    with PinPoint.load(bundle, **run_on) as reader:
        done = 0
        while done < count:
            for page in pages:
                document = reader.open(page)
                for question in questions:
                    answer = document.ask(question)
                    said = answer.text, answer.confidence
                    changed += first.setdefault((page, question), said) != said
                    done += 1
                    asked()
                    if due and done >= due[0]:
                        del due[0]
                        gc.collect()
                        files = process.num_fds() if hasattr(process, "num_fds") else 0
                        held = process.memory_info().rss
                        samples.append(Sample(done, held, files, process.num_threads()))
                    if done == count:
                        break
                if done == count:
                    break
    return Soaked(tuple(samples), tuple(_faults(samples[WARM - 1 :], growth, changed)))


def _faults(samples: Sequence[Sample], growth: float, changed: int) -> list[str]:
    start, end = samples[0], samples[-1]
    faults = []
    # Memory goes up and down with the sizes of pages: the most of the first half stands for it,
    # and the median of the last samples, since what leaks is in all of them.
    most = max(sample.resident_bytes for sample in samples[: (len(samples) + 1) // 2])
    last = sorted(sample.resident_bytes for sample in samples[-3:])[len(samples[-3:]) // 2]
    if last > most * (1 + growth):
        faults.append(f"memory grew from {most} to {last} bytes")
    for name in ("files", "threads"):
        if getattr(end, name) > getattr(start, name):
            faults.append(f"{name} grew from {getattr(start, name)} to {getattr(end, name)}")
    if changed:
        faults.append(f"{changed} answers were not the first one")
    return faults
