"""The inputs that a real page and question bring to every stage, noted while a bundle answers."""

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import numpy as np

from pinpoint_edge import PinPoint
from pinpoint_edge.bench.passing import PassingCache
from pinpoint_edge.bundle import Bundle
from pinpoint_edge.runtime.sessions import BundleSource
from pinpoint_edge.vision.stages import StageSource
from pinpoint_runtimes import KVCache, Session
from pinpoint_runtimes.session import Array

ROWS = 24
"""Rows of the prompt that go to `decode`, the last STEPS of them one by one."""
STEPS = 4


class RecordingSource:
    """A source whose sessions note the first inputs of each size, and the rows of the prompt."""

    def __init__(self, source: StageSource) -> None:
        self._source = source
        self.feeds: dict[str, dict[tuple[tuple[int, ...], ...], dict[str, Array]]] = {}
        self.rows: list[tuple[Array, Array]] = []

    def session(self, stage: str) -> Session:
        """Give a session of a vision stage that notes what it is fed."""
        return _Recording(self._source.session(stage), self.feeds.setdefault(stage, {}))

    def kv_cache(self, capacity: int) -> KVCache:
        """Give a cache that notes the rows it is given."""
        return _RecordingCache(self._source.kv_cache(capacity), self.rows)

    def close(self) -> None:
        """Free all sessions."""
        self._source.close()


class _Recording:
    def __init__(
        self, session: Session, feeds: dict[tuple[tuple[int, ...], ...], dict[str, Array]]
    ) -> None:
        self.inputs, self.outputs = session.inputs, session.outputs
        self._session, self._feeds = session, feeds

    def run(self, feeds: Mapping[str, Array]) -> dict[str, Array]:
        shapes = tuple(array.shape for array in feeds.values())
        self._feeds.setdefault(shapes, {name: array.copy() for name, array in feeds.items()})
        return self._session.run(feeds)

    def close(self) -> None:
        self._session.close()


class _RecordingCache(PassingCache):
    def __init__(self, cache: KVCache, rows: list[tuple[Array, Array]]) -> None:
        super().__init__(cache)
        self._rows = rows

    def run(self, ids: Array, visual: Array) -> Array:
        self._rows.append((ids.copy(), visual.copy()))
        return super().run(ids, visual)


def capture(bundle: Path, page: Path, question: str) -> dict[str, Array]:
    """Answer a question and return each stage's inputs, named `stage/run/tensor`.

    A vision stage gets a run for each size that the page needs; `decode` gets the first ROWS rows
    of the prompt, the last STEPS of them one by one.
    """
    opened = Bundle.open(bundle)
    native = "executorch-native" if opened.manifest.target == "executorch" else None
    source = RecordingSource(BundleSource(opened, threads=1, runtime=native))
    with PinPoint.from_bundle(opened, source) as reader:
        reader.open(page).ask(question)
        vocabulary = reader.manifest.vocabulary
    inputs = {
        f"{stage}/{number}/{name}": array
        for stage, runs in source.feeds.items()
        for number, feeds in enumerate(runs.values())
        for name, array in feeds.items()
    }
    return inputs | decode_runs(source.rows, vocabulary)


def decode_runs(rows: list[tuple[Array, Array]], vocabulary: int) -> dict[str, Array]:
    """Cut the rows that a cache was given into one long run and some steps.

    rows: ids i32 (q,) and visual f32 (V, width) of each call; an id >= vocabulary picks a visual
    token of its own call.
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
