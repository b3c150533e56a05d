"""The cache that runtimes of fixed sizes share, over a stage that notes its runs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pinpoint_runtimes import CacheFull, SessionError, TensorSpec
from pinpoint_runtimes.chunks import Chunk
from pinpoint_runtimes.kv_cache import ChunkedKVCache
from pinpoint_runtimes.runtime import StageFile
from pinpoint_runtimes.session import Array

VOCABULARY, WIDTH, ROWS = 10, 3, 100
STAGE = StageFile(
    Path("decode.x"),
    (TensorSpec("ids", "int32", (1, "q")), TensorSpec("visual", "float32", ("q", WIDTH))),
    (TensorSpec("logits", "float32", (1, VOCABULARY)),),
)
NO_VISUAL = np.zeros((0, WIDTH), np.float32)


class NotingCache(ChunkedKVCache):
    """Notes the size, the valid rows and the position of each run; gives its number as logits."""

    def __init__(self, capacity: int = 1) -> None:
        super().__init__(STAGE, sizes=(16, 1), rows=ROWS, capacity=capacity)
        self.runs: list[tuple[int, int, int]] = []
        self.fails = False

    def _append(self, chunk: Chunk, position: int) -> Array:
        if self.fails and self.runs:
            raise SessionError("it fails")
        feeds = chunk.feeds(position)
        self.runs.append((chunk.size, int(feeds["valid"][0]), int(feeds["position"][0])))
        return np.full((1, VOCABULARY), len(self.runs), np.float32)


def ids(count: int) -> Array:
    return np.arange(count, dtype=np.int32) % VOCABULARY


def test_rows_come_in_runs_at_their_positions_and_the_last_logits_count() -> None:
    cache = NotingCache()
    assert cache.run(ids(34), NO_VISUAL).tolist() == [4.0] * VOCABULARY
    assert cache.runs == [(16, 16, 0), (16, 16, 16), (1, 1, 32), (1, 1, 33)]
    assert (cache.capacity, cache.length) == (ROWS, 34)
    cache.truncate(10)
    cache.run(ids(7), NO_VISUAL)
    assert cache.runs[4:] == [(16, 7, 10)]
    assert cache.length == 17


def test_a_run_that_fails_appends_no_rows() -> None:
    cache = NotingCache()
    cache.fails = True
    with pytest.raises(SessionError, match="it fails"):
        cache.run(ids(32), NO_VISUAL)
    assert cache.length == 0


def test_limits_are_checked_before_any_run() -> None:
    cache = NotingCache()
    with pytest.raises(CacheFull, match="101 rows do not fit, 100 are free"):
        cache.run(ids(101), NO_VISUAL)
    with pytest.raises(SessionError, match="cannot truncate 0 rows to 1"):
        cache.truncate(1)
    with pytest.raises(SessionError, match="its cache holds 100 rows, 101 are needed"):
        NotingCache(101)
    cache.close()
    with pytest.raises(SessionError, match="the cache is closed"):
        cache.run(ids(1), NO_VISUAL)
    assert cache.runs == []
