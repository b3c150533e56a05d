"""Measurement of bundles side by side: size, time, memory and answers.

Times are taken in turns, bundle after bundle on one page in one process, so that their ratios hold
on a busy machine. Memory is measured in a separate process for each stage.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pinpoint_edge.bench.latency import FIRST_QUESTION, NEXT_QUESTION
from pinpoint_edge.bundle import Bundle
from pinpoint_edge.errors import BackendError
from pinpoint_edge.evaluation import metrics
from pinpoint_edge.evaluation.dataset import AnnotatedPage
from pinpoint_edge.evaluation.metrics import Estimate
from pinpoint_edge.evaluation.summary import Spread, spread
from pinpoint_edge.reader import PinPoint
from pinpoint_quantization.calibration.collect import collect
from pinpoint_quantization.calibration.pages import CalibrationPage
from pinpoint_quantization.recipe import STAGES
from pinpoint_quantization.report.memory import WHOLE
from pinpoint_quantization.search.verify import anls_of, answers_of, identical, page_of_each

OnStep = Callable[[object], None]


@dataclass(frozen=True)
class Times:
    """Milliseconds of a page opened and asked once, and of a further question on it.

    page_ratio, next_ratio: medians of the ratios to the first bundle, turn by turn.
    """

    page: Spread
    next_question: Spread
    page_ratio: float
    next_ratio: float


@dataclass(frozen=True)
class Answers:
    """ANLS with its interval over pages, and the difference from the first bundle's answers.

    difference: ANLS less that of the first bundle, paired; identical: share of the questions.
    """

    questions: int
    anls: Estimate
    difference: Estimate
    identical: float


@dataclass(frozen=True)
class BundleReport:
    """The figures of one bundle; None for those that were not measured.

    Attributes:
        stages: bytes by stage; the rest of `size` is for the host.
        memory: peak bytes of a process that runs one stage, and of one that asks a question.
    """

    bundle: str
    target: str
    recipe: str
    size: int
    stages: dict[str, int]
    times: Times | None = None
    answers: Answers | None = None
    memory: dict[str, int | None] | None = None

    def to_json(self) -> dict[str, Any]:
        """Return JSON values."""
        from pinpoint_edge.evaluation.summary import plain

        found: dict[str, Any] = plain(asdict(self))
        return found


def describe(bundle: Bundle) -> BundleReport:
    """Return the figures of a bundle that need no run."""
    manifest = bundle.manifest
    sizes = {
        stage: sum(manifest.files[name].size for name in (entry.file, *entry.data))
        for stage, entry in manifest.stages.items()
    }
    return BundleReport(manifest.name, manifest.target, manifest.recipe.name, bundle.size, sizes)


def measure_times(
    bundles: Sequence[Bundle],
    page: str,
    *,
    runs: int,
    runtime: str | None = None,
    threads: int | None = None,
    on_run: OnStep = lambda run: None,
) -> list[Times]:
    """Open and ask `page` with each bundle in turn, `runs` times after one that warms up."""
    pages: list[list[float]] = [[] for _ in bundles]
    nexts: list[list[float]] = [[] for _ in bundles]
    with ExitStack() as stack:
        readers = [
            stack.enter_context(PinPoint.load(b.folder, runtime=runtime, threads=threads))
            for b in bundles
        ]
        for run in range(runs + 1):
            for turn in range(len(readers)):
                which = (turn + run) % len(readers)  # each goes first now and then
                opening, following = _time(readers[which], page)
                if run:
                    pages[which].append(opening)
                    nexts[which].append(following)
            on_run(run)
    return [
        Times(spread(ours), spread(further), _ratio(ours, pages[0]), _ratio(further, nexts[0]))
        for ours, further in zip(pages, nexts, strict=True)
    ]


def _time(reader: PinPoint, page: str) -> tuple[float, float]:
    """Return the milliseconds of opening and asking a page, and of a further question on it."""
    start = time.perf_counter()
    document = reader.open(page)
    document.ask(FIRST_QUESTION)
    middle = time.perf_counter()
    document.ask(NEXT_QUESTION)
    return (middle - start) * 1e3, (time.perf_counter() - middle) * 1e3


def _ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    return metrics.percentile([a / b for a, b in zip(ours, theirs, strict=True)], 50)


def measure_answers(
    bundles: Sequence[Bundle],
    pages: Sequence[AnnotatedPage],
    kept: Path,
    *,
    runtime: str | None = None,
    threads: int | None = None,
    on_page: OnStep = lambda page: None,
) -> list[Answers]:
    """Ask each bundle all questions; kept: an existing folder for the answers, for later runs."""
    found = [
        answers_of(b, pages, kept, runtime=runtime, threads=threads, on_page=on_page)
        for b in bundles
    ]
    groups, theirs = page_of_each(pages), anls_of(pages, found[0])
    compared = []
    for answers in found:
        ours = anls_of(pages, answers)
        compared.append(
            Answers(
                len(ours),
                metrics.bootstrap_interval(ours, groups=groups),
                metrics.paired_bootstrap(ours, theirs, groups=groups),
                identical(answers, found[0]),
            )
        )
    return compared


def measure_memory(
    bundle: Bundle,
    page: str,
    *,
    runtime: str | None = None,
    threads: int | None = None,
    on_stage: OnStep = lambda stage: None,
) -> dict[str, int | None]:
    """Return the peak bytes of a process that runs a stage on its inputs from `page`, by stage.

    None where the system has no such figure. Raises BackendError when such a process fails.
    """
    found: dict[str, int | None] = {}
    with tempfile.TemporaryDirectory() as folder:
        feeds = Path(folder) / "feeds.npz"
        pages = [CalibrationPage(page, ((FIRST_QUESTION, None),))]
        collect(bundle, pages, runtime=runtime, threads=threads).save(feeds)
        for stage in (*STAGES, WHOLE):
            request = {
                "bundle": str(bundle.folder), "stage": stage, "feeds": str(feeds), "page": page,
                "runtime": runtime, "threads": threads,
            }  # fmt: skip
            found[stage] = _peak_of(stage, request)
            on_stage(stage)
    return found


def _peak_of(stage: str, request: dict[str, Any]) -> int | None:
    done = subprocess.run(
        [sys.executable, "-m", "pinpoint_quantization.report.memory", json.dumps(request)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["it left no message"]
        raise BackendError(f"Stage {stage} could not be run in a process of its own: {lines[-1]}.")
    peak: int | None = json.loads(done.stdout.splitlines()[-1])["peak"]
    return peak
