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
from pinpoint_edge.runtime.bundle_source import BundleSource
from pinpoint_edge.runtime.stages import Observer, Tensors
from pinpoint_quantization.calibration.calibration_set import About, CalibrationSet, Feeds, spread
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
    recorder = PromptRecorder(bundle.manifest.d_llm)
    kept: dict[str, list[Feeds]] = {}
    reader = PinPoint.from_bundle(bundle, BundleSource(bundle, None, threads, runtime))
    with reader, reader.observed(recorder):
        for page in pages:
            document = reader.open(page.path)
            for question, true_answer in page.questions:
                answer = document.ask(question)
                if answer.tokens.prompt:
                    text = answer.text if true_answer is None else true_answer
                    ending = prompt.answer_ids(reader.engine.tokenizer, text or prompt.NOT_FOUND)
                    recorder.end_prompt(answer.tokens.prompt, ending)
            for stage, runs in recorder.take_runs().items():
                chosen = spread(len(runs), RUNS_A_PAGE)
                kept.setdefault(stage, []).extend(runs[place] for place in chosen)
            on_page(page)
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
        tuple(recorder.lengths),
    )
    return CalibrationSet(about, {stage: tuple(runs) for stage, runs in kept.items()})


def _page_digest(page: CalibrationPage) -> str:
    digest = file_digest(page.file)
    number = page.path.removeprefix(str(page.file))
    return hashlib.sha256(f"{digest}{number}".encode()).hexdigest()


class PromptRecorder(Observer):
    """Keeps the inputs of the vision stages until they are taken, and whole prompts.

    d_llm: width of a visual token.

    Attributes:
        prompts: runs of the decode stage, each with its ending; lengths: ids of each ending.
    """

    def __init__(self, d_llm: int) -> None:
        self.prompts: list[Feeds] = []
        self.lengths: list[int] = []
        self._feeds: dict[str, list[Feeds]] = {}
        self._ids = np.zeros(0, np.int32)  # of the rows in the KV cache
        self._no_visual = self._visual = np.zeros((1, d_llm), np.float32)

    def ran(self, stage: str, inputs: Tensors, outputs: Tensors) -> None:
        if stage == "decode":
            held = self._ids[: int(inputs["position"][0])]
            self._ids = np.concatenate([held, inputs["ids"]]).astype(np.int32)
            visual = inputs["visual"]
            self._visual = np.array(visual, np.float32) if len(visual) else self._no_visual
            return
        runs = self._feeds.setdefault(stage, [])
        runs.append({name: np.array(array) for name, array in inputs.items()})

    def end_prompt(self, length: int, ending: Sequence[int]) -> None:
        """Keep the first `length` ids of the KV cache with the ids of their true ending."""
        ids = np.concatenate([self._ids[:length], np.asarray(ending, np.int32)])
        self.prompts.append({"ids": ids.astype(np.int32), "visual": self._visual})
        self.lengths.append(len(ending))

    def take_runs(self) -> dict[str, list[Feeds]]:
        """Return the kept inputs of the vision stages, and forget them."""
        found, self._feeds = self._feeds, {}
        return found
