"""The decode stage of an `.mlpackage`, its keys and values in states."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from pinpoint_runtimes.chunks import Chunk, chunks
from pinpoint_runtimes.errors import SessionError
from pinpoint_runtimes.mil.session import MilProgram
from pinpoint_runtimes.runtime import RuntimeOptions, StageFile
from pinpoint_runtimes.session import Array, check_rows, check_truncation

INPUTS = ("ids", "visual", "position", "valid")


class MilKVCache:
    """A decode stage with state inside, evaluated on the CPU.

    The capacity is the third axis of the states. Arguments and errors are those of `MilProgram`;
    besides, SessionError when the stage is no decode stage or holds fewer rows than `capacity`.
    """

    def __init__(
        self,
        stage: StageFile,
        capacity: int = 1,
        options: RuntimeOptions | None = None,
        *,
        round_fp16: bool = True,
    ) -> None:
        self.path, self.length = stage.path, 0
        program = MilProgram(stage, options or RuntimeOptions(), round_fp16)
        specs = {spec.name: spec for spec in (*stage.inputs, *stage.outputs)}
        rows = {shape[2] for shape in program.states.values() if len(shape) == 4}
        if len(rows) != 1 or specs.keys() != {*INPUTS, "logits"}:
            raise SessionError(
                f"{stage.path}: this is no decode stage: it needs {', '.join(INPUTS)}, logits and "
                "states of equal capacity."
            )
        self.capacity = rows.pop()
        if self.capacity < capacity:
            raise SessionError(
                f"{stage.path}: its cache holds {self.capacity} rows, {capacity} are needed."
            )
        self._sizes = _row_numbers(stage)
        self._vocabulary = int(specs["logits"].shape[1])
        self._width = int(specs["visual"].shape[1])
        self._program: MilProgram | None = program
        self._states: dict[str, Tensor] = program.empty_states()

    def run(self, ids: Array, visual: Array) -> NDArray[np.float32]:
        """Append rows; see `KVCache.run`."""
        program = self._open()
        logits = np.zeros((1, self._vocabulary), np.float32)
        for chunk in self._chunks(ids, visual):
            logits = program.run(self._feeds(chunk), self._states)["logits"]
            self.length += chunk.valid
        return np.asarray(logits[0], np.float32)

    def trace(self, ids: Array, visual: Array) -> Iterator[tuple[str, Array]]:
        """Append rows and give (name, copy) of every tensor computed, run by run."""
        program = self._open()
        for chunk in self._chunks(ids, visual):
            yield from program.trace(self._feeds(chunk), self._states)
            self.length += chunk.valid

    def _open(self) -> MilProgram:
        if self._program is None:
            raise SessionError(f"{self.path}: the cache is closed.")
        return self._program

    def _chunks(self, ids: Array, visual: Array) -> list[Chunk]:
        free = self.capacity - self.length
        where = str(self.path)
        check_rows(
            where, ids, visual, vocabulary=self._vocabulary, width=self._width, free_rows=free
        )
        return list(chunks(ids, visual, vocabulary=self._vocabulary, sizes=self._sizes, free=free))

    def _feeds(self, chunk: Chunk) -> dict[str, Array]:
        return {
            "ids": chunk.ids,
            "visual": chunk.visual,
            "position": np.array([self.length], np.int32),
            "valid": np.array([chunk.valid], np.int32),
        }

    def truncate(self, length: int) -> None:
        """Forget all rows from `length` on."""
        check_truncation(str(self.path), length, self.length)
        self.length = length

    def close(self) -> None:
        """Let go of the package and the states."""
        self._program, self._states = None, {}


def _row_numbers(stage: StageFile) -> list[int]:
    """Return every q that the stage takes, from its buckets or its fixed shape."""
    ids = next(spec for spec in stage.inputs if spec.name == "ids")
    size = ids.shape[1]
    sizes = [int(bucket[size]) for bucket in stage.buckets] if isinstance(size, str) else [size]
    if 1 not in sizes:
        raise SessionError(f"{stage.path}: it takes {sizes or 'no'} rows at once; 1 must be one.")
    return sizes
