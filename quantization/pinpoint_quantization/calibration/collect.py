"""Collecting a calibration set: real pages go through the pipeline, stages' inputs are kept."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from pinpoint_edge.bundle import Bundle
from pinpoint_edge.bundle.folder import file_digest
from pinpoint_edge.errors import DataError
from pinpoint_edge.generation import prompt
from pinpoint_edge.generation.generator import Answerer
from pinpoint_edge.reader import PinPoint
from pinpoint_edge.runtime.sessions import BundleSource
from pinpoint_edge.vision.stages import StageSource
from pinpoint_quantization.calibration.calibration_set import About, Array, CalibrationSet, Feeds
from pinpoint_quantization.calibration.pages import Asked
from pinpoint_runtimes import KVCache, Session

RUNS_A_PAGE = 4  # of a stage that runs in batches: a dense page must not outweigh the others


def collect(
    bundle: Bundle,
    pages: Sequence[Asked],
    *,
    runtime: str | None = None,
    threads: int | None = None,
    on_page: Callable[[object], None] = lambda page: None,
) -> CalibrationSet:
    """Ask the pages their questions and return what each stage got.

    Prompts end with the true answer where it is known, otherwise with the model's own. Raises
    DataError when no page gave anything, and what reading the pages raises.
    """
    if not pages:
        raise DataError("There are no pages to calibrate on; give at least one.")
    source = _Recording(BundleSource(bundle, None, threads, runtime))
    kept: dict[str, list[Feeds]] = {}
    answers: list[int] = []
    with PinPoint.from_bundle(bundle, source) as reader:
        recorder = _Prompts(reader.answerer)
        reader.answerer = recorder
        for page in pages:
            document = reader.open(page.path)
            for question, answer in page.questions:
                recorder.ending = answer
                document.ask(question)
            for stage, runs in source.taken().items():
                kept.setdefault(stage, []).extend(_spread(runs, RUNS_A_PAGE))
            on_page(page)
    if recorder.runs:
        kept["decode"] = recorder.runs
        answers = recorder.lengths
    if not kept:
        raise DataError("The pages gave no stage any input; take pages with print on them.")
    manifest = bundle.manifest
    about = About(
        tuple(_page_digest(page) for page in pages),
        manifest.files[manifest.tokenizer].sha256,
        manifest.vocabulary,
        manifest.d_llm,
        tuple(answers),
    )
    return CalibrationSet(about, {stage: tuple(runs) for stage, runs in kept.items()})


def _page_digest(page: Asked) -> str:
    digest = file_digest(page.file)
    number = page.path.removeprefix(str(page.file))
    return hashlib.sha256(f"{digest}{number}".encode()).hexdigest()


def _spread(runs: Sequence[Feeds], most: int) -> list[Feeds]:
    """Return at most so many of the runs, from the first to the last."""
    if len(runs) <= most:
        return list(runs)
    places = np.linspace(0, len(runs) - 1, most).round().astype(int)
    return [runs[place] for place in places]


class _Recording:
    """A source whose vision sessions keep their inputs until they are taken."""

    def __init__(self, source: StageSource) -> None:
        self._source = source
        self._feeds: dict[str, list[Feeds]] = {}

    def session(self, stage: str) -> Session:
        return _RecordingSession(self._source.session(stage), self._feeds.setdefault(stage, []))

    def kv_cache(self, capacity: int) -> KVCache:
        return self._source.kv_cache(capacity)

    def close(self) -> None:
        self._source.close()

    def taken(self) -> dict[str, list[Feeds]]:
        """Return what was kept, and keep none of it any longer."""
        found = {stage: list(runs) for stage, runs in self._feeds.items() if runs}
        for runs in self._feeds.values():
            runs.clear()
        return found


class _RecordingSession:
    def __init__(self, session: Session, kept: list[Feeds]) -> None:
        self.inputs, self.outputs = session.inputs, session.outputs
        self._session, self._kept = session, kept

    def run(self, feeds: Mapping[str, Array]) -> dict[str, Array]:
        self._kept.append({name: np.array(array) for name, array in feeds.items()})
        return self._session.run(feeds)

    def close(self) -> None:
        self._session.close()


class _Prompts(Answerer):
    """An answerer that keeps its prompts, each with the answer that it should have or gave."""

    def __init__(self, answerer: Answerer) -> None:
        vars(self).update(vars(answerer))
        self.ending: str | None = None
        self.runs: list[Feeds] = []
        self.lengths: list[int] = []

    def answer(self, built: prompt.Prompt, visual: Any, *rest: Any, **options: Any) -> Any:
        decoded = super().answer(built, visual, *rest, **options)
        words = decoded.text if self.ending is None else self.ending or prompt.NOT_FOUND
        ids = prompt.answer_ids(self.tokenizer, words)
        seen = visual if len(visual) else np.zeros((1, self._d_llm), np.float32)
        self.runs.append(
            {
                "ids": np.concatenate([built.ids, np.asarray(ids, np.int32)]).astype(np.int32),
                "visual": np.asarray(seen, np.float32),
            }
        )
        self.lengths.append(len(ids))
        return decoded
