"""Making of a calibration set: real pages run through a bundle, the inputs of stages are kept."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import numpy as np

from pinpoint_edge.bundle import Bundle
from pinpoint_edge.bundle.folder import file_digest
from pinpoint_edge.errors import DataError
from pinpoint_edge.generation import prompt
from pinpoint_edge.reader import PinPoint
from pinpoint_edge.runtime.sessions import BundleSource
from pinpoint_edge.runtime.stages import Observer, Tensors
from pinpoint_quantization.calibration.calibration_set import About, CalibrationSet, Feeds
from pinpoint_quantization.calibration.pages import CalibrationPage

RUNS_A_PAGE = 4  # of a stage that runs in batches, so that a dense page does not outweigh others


def collect(
    bundle: Bundle,
    pages: Sequence[CalibrationPage],
    *,
    runtime: str | None = None,
    threads: int | None = None,
    on_page: Callable[[object], None] = lambda page: None,
) -> CalibrationSet:
    """Ask the questions of the pages and return the inputs of each stage.

    A prompt ends with the true answer where it is known, otherwise with the model's own. Raises
    DataError when no page brings an input, and the errors of opening a page.
    """
    if not pages:
        raise DataError("There are no pages to calibrate on; give at least one.")
    recorder = _Recorder(bundle.manifest.d_llm)
    kept: dict[str, list[Feeds]] = {}
    reader = PinPoint.from_bundle(bundle, BundleSource(bundle, None, threads, runtime))
    with reader, reader.observed(recorder):
        for page in pages:
            document = reader.open(page.path)
            for question, words in page.questions:
                answer = document.ask(question)
                if answer.tokens.prompt:
                    said = (answer.text or "") if words is None else words
                    ending = prompt.answer_ids(reader.engine.tokenizer, said or prompt.NOT_FOUND)
                    recorder.end_prompt(answer.tokens.prompt, ending)
            for stage, runs in recorder.taken().items():
                kept.setdefault(stage, []).extend(_spread(runs, RUNS_A_PAGE))
            on_page(page)
    answers = recorder.lengths
    if recorder.prompts:
        kept["decode"] = recorder.prompts
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


def _page_digest(page: CalibrationPage) -> str:
    digest = file_digest(page.file)
    number = page.path.removeprefix(str(page.file))
    return hashlib.sha256(f"{digest}{number}".encode()).hexdigest()


def _spread(runs: Sequence[Feeds], most: int) -> list[Feeds]:
    """Return at most so many of the runs, from the first to the last."""
    if len(runs) <= most:
        return list(runs)
    places = np.linspace(0, len(runs) - 1, most).round().astype(int)
    return [runs[place] for place in places]


class _Recorder(Observer):
    """Keeps the inputs of the vision stages until they are taken, and whole prompts.

    d_llm: width of a visual token.
    """

    def __init__(self, d_llm: int) -> None:
        self.prompts: list[Feeds] = []
        self.lengths: list[int] = []
        self._feeds: dict[str, list[Feeds]] = {}
        self._ids = np.zeros(0, np.int32)  # what the cache holds
        self._visual = np.zeros((1, d_llm), np.float32)

    def ran(self, stage: str, inputs: Tensors, outputs: Tensors) -> None:
        if stage == "decode":
            held = self._ids[: int(inputs["position"][0])]
            self._ids = np.concatenate([held, inputs["ids"]]).astype(np.int32)
            self._visual = np.array(inputs["visual"], np.float32)
            return
        runs = self._feeds.setdefault(stage, [])
        runs.append({name: np.array(array) for name, array in inputs.items()})

    def end_prompt(self, length: int, ending: Sequence[int]) -> None:
        """Keep the first `length` ids of the cache, and the ids that should follow them."""
        ids = np.concatenate([self._ids[:length], np.asarray(ending, np.int32)])
        self.prompts.append({"ids": ids.astype(np.int32), "visual": self._visual})
        self.lengths.append(len(ending))

    def taken(self) -> dict[str, list[Feeds]]:
        """Return the inputs that were kept, and keep none of them any longer."""
        found, self._feeds = self._feeds, {}
        return found
