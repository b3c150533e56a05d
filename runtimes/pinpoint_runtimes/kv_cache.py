"""The KV cache of a decode stage of fixed sizes, which several runtimes have."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from pinpoint_runtimes.chunks import Chunk, chunks
from pinpoint_runtimes.errors import SessionError
from pinpoint_runtimes.runtime import StageFile
from pinpoint_runtimes.session import Array, check_rows, check_truncation

ROW_INPUTS = ("ids", "visual", "position", "valid")


class ChunkedKVCache(ABC):
    """A decode stage that appends rows in runs of a few sizes; a runtime says how one run goes.

    Args:
        stage: the stage and its contract, which has `visual` (q, width) and `logits`
            (1, vocabulary).
        sizes: every q that the stage takes, 1 among them.
        rows: rows that its cache holds.
        capacity: rows that are needed.

    Raises SessionError when the cache holds fewer rows than needed.
    """

    def __init__(self, stage: StageFile, *, sizes: Sequence[int], rows: int, capacity: int) -> None:
        self._where = str(stage.path)
        if rows < capacity:
            raise SessionError(
                f"{self._where}: its cache holds {rows} rows, {capacity} are needed; shorten the "
                "prompt or export the stage with more."
            )
        shapes = {spec.name: spec.shape for spec in (*stage.inputs, *stage.outputs)}
        self._vocabulary, self._width = int(shapes["logits"][1]), int(shapes["visual"][1])
        self._sizes = tuple(sizes)
        self._closed = False
        self.capacity, self.length = rows, 0

    def run(self, ids: Array, visual: Array) -> NDArray[np.float32]:
        """Append rows; see `KVCache.run`."""
        for chunk, position in self._chunks(ids, visual):
            logits = self._append(chunk, position)
        self.length += ids.size
        return np.asarray(logits[0], np.float32)

    def _chunks(self, ids: Array, visual: Array) -> Iterator[tuple[Chunk, int]]:
        """Check the rows and give each run with the position of its first row."""
        if self._closed:
            raise SessionError(f"{self._where}: the cache is closed.")
        position, free = self.length, self.capacity - self.length
        vocabulary, width = self._vocabulary, self._width
        check_rows(self._where, ids, visual, vocabulary=vocabulary, width=width, free_rows=free)
        for chunk in chunks(ids, visual, vocabulary=vocabulary, sizes=self._sizes, free=free):
            yield chunk, position
            position += chunk.valid

    @abstractmethod
    def _append(self, chunk: Chunk, position: int) -> Array:
        """Run the stage once and return the logits f32 (1, vocabulary) of the last valid row."""

    def truncate(self, length: int) -> None:
        """Forget all rows from `length` on."""
        check_truncation(self._where, length, self.length)
        self.length = length

    def close(self) -> None:
        """Free the stage and its state."""
        self._closed = True
