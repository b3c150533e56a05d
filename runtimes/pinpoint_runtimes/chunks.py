"""Chunks of a prompt for a decode stage of fixed sizes; a short chunk is filled up.

Such a stage takes `ids` i32 (1, q), `visual` f32 (q, width), `position` i32 (1,) and `valid` i32
(1,) for a few q. A chunk has at most q visual tokens, so it brings only its own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinpoint_runtimes.session import Array

FILL_FROM = 5
"""Rows from which one filled-up run is faster than single steps: a run of 64 costs about five."""


@dataclass(frozen=True)
class Chunk:
    """One run: `valid` of the q rows count.

    ids i32 (1, q); visual f32 (q, width); an id >= vocabulary picks from this chunk's `visual`.
    """

    ids: NDArray[np.int32]
    visual: NDArray[np.float32]
    valid: int

    @property
    def size(self) -> int:
        """The stage's q."""
        return int(self.ids.shape[1])

    def feeds(self, position: int) -> dict[str, Array]:
        """Return the stage's inputs; position: of the first row in the cache."""
        return {
            "ids": self.ids,
            "visual": self.visual,
            "position": np.array([position], np.int32),
            "valid": np.array([self.valid], np.int32),
        }


def chunks(
    ids: Array, visual: Array, *, vocabulary: int, sizes: Sequence[int], free: int
) -> Iterator[Chunk]:
    """Cut rows into runs of the given sizes, whose smallest is 1.

    Args:
        ids: i32 (n,); an id >= vocabulary picks the visual token `id - vocabulary`.
        visual: f32 (V, width).
        sizes: every q that the stage takes.
        free: rows free in the cache, at least n; a filled-up run must fit as well.
    """
    start = 0
    while start < len(ids):
        left = len(ids) - start
        size = _size(left, sorted(sizes), free - start)
        rows = ids[start : start + size]
        yield _chunk(rows, visual, vocabulary, size)
        start += len(rows)


def _size(left: int, sizes: Sequence[int], free: int) -> int:
    whole = max(size for size in sizes if size <= left)
    filled = [size for size in sizes if left < size <= free]
    if filled and left // whole >= FILL_FROM:
        return filled[0]
    return whole


def _chunk(rows: Array, visual: Array, vocabulary: int, size: int) -> Chunk:
    ids = np.zeros((1, size), np.int32)
    own = np.zeros((size, visual.shape[1]), np.float32)
    ids[0, : len(rows)] = rows
    picked = np.flatnonzero(rows >= vocabulary)
    own[: len(picked)] = visual[rows[picked] - vocabulary]
    ids[0, picked] = vocabulary + np.arange(len(picked), dtype=np.int32)
    return Chunk(ids, own, len(rows))
