"""The decode stage of an `.mlpackage`, its keys and values in states."""

from collections.abc import Iterator

from torch import Tensor

from pinpoint_runtimes.chunks import Chunk
from pinpoint_runtimes.errors import SessionError
from pinpoint_runtimes.kv_cache import ROW_INPUTS, ChunkedKVCache
from pinpoint_runtimes.mil.session import MilProgram
from pinpoint_runtimes.runtime import RuntimeOptions, StageFile
from pinpoint_runtimes.session import Array


class MilKVCache(ChunkedKVCache):
    """A decode stage with state inside, evaluated on the CPU.

    The capacity is the third axis of the states. Arguments and errors are those of `MilProgram`,
    and SessionError when the stage is no decode stage or holds fewer rows than `capacity`.
    """

    def __init__(
        self,
        stage: StageFile,
        capacity: int = 1,
        options: RuntimeOptions | None = None,
        *,
        round_fp16: bool = True,
    ) -> None:
        program = MilProgram(stage, options or RuntimeOptions(), round_fp16)
        names = {spec.name for spec in (*stage.inputs, *stage.outputs)}
        rows = {shape[2] for shape in program.states.values() if len(shape) == 4}
        if len(rows) != 1 or names != {*ROW_INPUTS, "logits"}:
            raise SessionError(
                f"{stage.path}: this is no decode stage: it needs {', '.join(ROW_INPUTS)}, logits "
                "and states of equal capacity."
            )
        super().__init__(stage, sizes=_row_numbers(stage), rows=rows.pop(), capacity=capacity)
        self.path = stage.path
        self._program: MilProgram | None = program
        self._states: dict[str, Tensor] = program.empty_states()

    def _append(self, chunk: Chunk, position: int) -> Array:
        assert self._program is not None
        return self._program.run(chunk.feeds(position), self._states)["logits"]

    def trace(self, ids: Array, visual: Array) -> Iterator[tuple[str, Array]]:
        """Append rows and give (name, copy) of every tensor computed, run by run."""
        for chunk, position in self._chunks(ids, visual):
            assert self._program is not None
            yield from self._program.trace(chunk.feeds(position), self._states)
        self.length += ids.size

    def close(self) -> None:
        """Free the package and the states."""
        super().close()
        self._program, self._states = None, {}


def _row_numbers(stage: StageFile) -> list[int]:
    """Return every q that the stage takes, from its buckets or its fixed shape."""
    ids = next(spec for spec in stage.inputs if spec.name == "ids")
    size = ids.shape[1]
    sizes = [int(bucket[size]) for bucket in stage.buckets] if isinstance(size, str) else [size]
    if 1 not in sizes:
        raise SessionError(f"{stage.path}: it takes {sizes or 'no'} rows at once; 1 must be one.")
    return sizes
