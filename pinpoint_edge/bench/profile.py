"""Where a stage's time goes: by type of operator and operator by operator, on a real page.

The question is answered once, and what its stages were run on is kept. Each stage is then loaded
again with ONNX Runtime's profiler and run on the same inputs. The prompt ("prefill") and the steps
after it ("decode") are listed apart, because other operators rule there.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.bench.overhead import VISION, Feeds
from pinpoint_edge.bundle import Bundle
from pinpoint_edge.errors import BackendError, BundleError
from pinpoint_edge.reader import PinPoint
from pinpoint_edge.runtime.bundle_source import BundleSource, runtime_for, stage_file
from pinpoint_edge.runtime.stages import Observer, Tensors
from pinpoint_runtimes import RuntimeFailure, Session
from pinpoint_runtimes.onnx.profile import ProfiledRun, finish

STAGES = (*VISION, "prefill", "decode")
BETWEEN = "(between operators)"


@dataclass(frozen=True)
class Share:
    """One operator, or all of a type: how often it runs for a question, its time and its share.

    `ms` is the median over the runs; `shapes` are those of an operator's inputs.
    """

    name: str
    kind: str
    calls: int
    ms: float
    share: float
    shapes: tuple[str, ...] = ()


@dataclass(frozen=True)
class StageProfile:
    """One stage: what it runs for one question, in milliseconds, with the longest first.

    `runs` of the stage make up one question (batches of crops, steps of an answer); `kinds` sums
    operators by type and ends with what the runtime spends between them.
    """

    stage: str
    runs: int
    ms: float
    kinds: tuple[Share, ...]
    operators: tuple[Share, ...]


@dataclass(frozen=True)
class Rows:
    """One run of the decode stage: ids appended after `start` rows, and the visual tokens."""

    start: int
    ids: NDArray[np.int32]
    visual: NDArray[np.float32]
    is_prompt: bool


def measure(
    bundle: Bundle,
    page: str,
    question: str,
    *,
    stages: Sequence[str] = STAGES,
    threads: int = 1,
    runs: int = 5,
    on_stage: Callable[[str], None] = lambda stage: None,
) -> list[StageProfile]:
    """Profile `stages` of a bundle on the inputs that `question` to `page` gives them.

    Raises BackendError for a bundle of another target than onnx, and what answering raises.
    """
    if bundle.manifest.target != "onnx":
        raise BackendError(
            f"The bundle '{bundle.manifest.name}' was exported for {bundle.manifest.target}: "
            "operators are timed by ONNX Runtime's profiler alone; profile a bundle of the target "
            "onnx, whose graphs hold the same modules."
        )
    runtime_for(bundle, None)  # says what is missing before any work is done
    kept = _Kept()
    reader = PinPoint.from_bundle(bundle, BundleSource(bundle, None, threads))
    with reader, reader.observed(kept):
        reader.open(page).ask(question)
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for stage in VISION:
            if stage in stages:
                runs_of = _vision(bundle, stage, kept.feeds[stage], threads, runs, Path(folder))
                found.append(summed(stage, runs_of))
                on_stage(stage)
        if {"prefill", "decode"} & {*stages}:
            if not kept.rows:
                raise BundleError(
                    f"The language model was not asked: nothing on {page} seems to answer "
                    f"'{question}'; ask another question (--question)."
                )
            parts = _decode(bundle, kept.rows, threads, runs, Path(folder))
            for stage, runs_of in parts.items():
                if stage in stages and runs_of[0]:
                    found.append(summed(stage, runs_of))
                    on_stage(stage)
    return found


class _Kept(Observer):
    """Keeps the inputs of every stage."""

    def __init__(self) -> None:
        self.feeds: dict[str, list[Feeds]] = {stage: [] for stage in VISION}
        self.rows: list[Rows] = []

    def ran(self, stage: str, inputs: Tensors, outputs: Tensors) -> None:
        if stage != "decode":
            self.feeds[stage].append({name: np.array(array) for name, array in inputs.items()})
            return
        ids = inputs["ids"]
        # A prompt is read in one run or several, each of many rows, before the first single row.
        is_prompt = ids.size > 1 and all(rows.is_prompt for rows in self.rows)
        start = int(inputs["position"][0])
        self.rows.append(Rows(start, ids.copy(), inputs["visual"].copy(), is_prompt))


def _vision(
    bundle: Bundle, stage: str, batches: Sequence[Feeds], threads: int, runs: int, folder: Path
) -> list[list[ProfiledRun]]:
    from pinpoint_runtimes.onnx.runtime import OnnxSession

    path = stage_file(bundle, stage).path
    try:
        session: Session = OnnxSession(path, threads=threads, profile=folder / stage)
        for _ in range(runs + 1):
            for feeds in batches:
                session.run(feeds)
        return _questions(finish(session), len(batches))  # type: ignore[arg-type]
    except RuntimeFailure as error:
        raise BundleError(f"Stage {stage} failed: {error}") from error


def _decode(
    bundle: Bundle, rows: Sequence[Rows], threads: int, runs: int, folder: Path
) -> dict[str, list[list[ProfiledRun]]]:
    from pinpoint_runtimes.onnx.runtime import OnnxKVCache

    path = stage_file(bundle, "decode").path
    capacity = max(row.start + row.ids.size for row in rows)
    try:
        cache = OnnxKVCache(path, None, threads, capacity, profile=folder / "decode")
        for _ in range(runs + 1):
            for row in rows:
                cache.truncate(row.start)
                cache.run(row.ids, row.visual)
        questions = _questions(finish(cache), len(rows))
    except RuntimeFailure as error:
        raise BundleError(f"Stage decode failed: {error}") from error
    return {
        part: [
            [run for run, row in zip(question, rows, strict=True) if row.is_prompt == prompt]
            for question in questions
        ]
        for part, prompt in (("prefill", True), ("decode", False))
    }


def _questions(runs: Sequence[ProfiledRun], count: int) -> list[list[ProfiledRun]]:
    """Cut the runs into those of one question each; the first, which packs weights, is left out."""
    return [list(runs[at : at + count]) for at in range(count, len(runs), count)]


def summed(stage: str, questions: Sequence[Sequence[ProfiledRun]]) -> StageProfile:
    """Sum up the runs of a stage, given question by question, each with the same runs."""
    total = median(sum(run.ms for run in runs) for runs in questions)
    between = median(
        sum(run.ms - sum(o.ms for o in run.operators) for run in runs) for runs in questions
    )
    kinds: dict[str, list[list[float]]] = defaultdict(lambda: [[] for _ in questions])
    nodes: dict[str, list[list[float]]] = defaultdict(lambda: [[] for _ in questions])
    about: dict[str, tuple[str, tuple[str, ...]]] = {}
    for number, runs in enumerate(questions):
        for run in runs:
            for operator in run.operators:
                kinds[operator.kind][number].append(operator.ms)
                nodes[operator.node][number].append(operator.ms)
                about[operator.node] = (operator.kind, operator.shapes)
    by_kind = [_share(kind, kind, times, total) for kind, times in kinds.items()]
    by_node = [
        _share(node, about[node][0], times, total, about[node][1]) for node, times in nodes.items()
    ]
    rest = Share(BETWEEN, BETWEEN, 0, between, between / total if total else 0.0)
    return StageProfile(
        stage, len(questions[0]), total, (*_longest(by_kind), rest), (*_longest(by_node),)
    )


def _share(
    name: str,
    kind: str,
    times: Sequence[Sequence[float]],
    total: float,
    shapes: tuple[str, ...] = (),
) -> Share:
    ms = median(map(sum, times))
    return Share(name, kind, len(times[0]), ms, ms / total if total else 0.0, shapes)


def _longest(shares: Iterable[Share]) -> list[Share]:
    return sorted(shares, key=lambda share: (-share.ms, share.name))
