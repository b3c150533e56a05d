"""Capture of every stage's inputs while a bundle answers a question about a real page."""

from itertools import pairwise
from pathlib import Path

import numpy as np

from pinpoint_edge import PinPoint
from pinpoint_edge.bundle import Bundle
from pinpoint_edge.runtime.bundle_source import BundleSource
from pinpoint_edge.runtime.stages import Observer, Tensors
from pinpoint_runtimes.session import Array

ROWS = 24
"""Rows of the prompt that go to `decode`, the last STEPS of them one by one."""
STEPS = 4


class InputRecorder(Observer):
    """Keeps the first inputs of each size of a vision stage, and the rows of the prompt."""

    def __init__(self) -> None:
        self.feeds: dict[str, dict[tuple[tuple[int, ...], ...], dict[str, Array]]] = {}
        self.rows: list[tuple[Array, Array]] = []

    def ran(self, stage: str, inputs: Tensors, outputs: Tensors) -> None:
        if stage == "decode":
            self.rows.append((inputs["ids"].copy(), inputs["visual"].copy()))
            return
        shapes = tuple(array.shape for array in inputs.values())
        copies = {name: array.copy() for name, array in inputs.items()}
        self.feeds.setdefault(stage, {}).setdefault(shapes, copies)


def capture(bundle: Path, page: Path, question: str) -> dict[str, Array]:
    """Answer a question and return each stage's inputs, named `stage/run/tensor`.

    A vision stage gets a run for each size that the page needs; `decode` gets the first ROWS rows
    of the prompt, the last STEPS of them one by one.
    """
    opened = Bundle.open(bundle)
    native = "executorch-native" if opened.manifest.target == "executorch" else None
    recorder = InputRecorder()
    reader = PinPoint.from_bundle(opened, BundleSource(opened, threads=1, runtime=native))
    with reader, reader.observed(recorder):
        reader.open(page).ask(question)
        vocabulary = reader.manifest.vocabulary
    inputs = {
        f"{stage}/{number}/{name}": array
        for stage, runs in recorder.feeds.items()
        for number, feeds in enumerate(runs.values())
        for name, array in feeds.items()
    }
    return inputs | decode_runs(recorder.rows, vocabulary)


def decode_runs(rows: list[tuple[Array, Array]], vocabulary: int) -> dict[str, Array]:
    """Cut the rows of a KV cache into one long run and some steps.

    rows: ids i32 (q,) and visual f32 (V, width) of each run; an id >= vocabulary picks a visual
    token of its own run.
    """
    ids, first = [], 0
    for given, visual in rows:
        ids.append(np.where(given >= vocabulary, given + first, given).astype(np.int32))
        first += len(visual)
    all_ids, tokens = np.concatenate(ids), np.concatenate([visual for _, visual in rows])
    end = min(len(all_ids), ROWS)
    cuts = [0, *range(max(1, end - STEPS), end + 1)]
    runs: dict[str, Array] = {}
    for number, (start, stop) in enumerate(pairwise(cuts)):
        runs[f"decode/{number}/ids"] = all_ids[start:stop]
        runs[f"decode/{number}/visual"] = tokens
    return runs
