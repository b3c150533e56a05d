"""A session and a KV cache over an open ExecuTorch program, which both runtimes share.

A program holds a method for each bucket, or one method, "forward", that takes any size up to a
bound. The decode stage keeps its keys and values in the program's mutable buffers.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from pinpoint_runtimes.chunks import Chunk
from pinpoint_runtimes.errors import SessionError
from pinpoint_runtimes.kv_cache import ROW_INPUTS, ChunkedKVCache
from pinpoint_runtimes.runtime import StageFile
from pinpoint_runtimes.session import Array, FeedCheck, TensorSpec, bucket_name

DYNAMIC = "forward"  # the method of a stage without buckets
# numpy's names by ExecuTorch's ScalarType
DTYPES = {
    0: "uint8",
    1: "int8",
    2: "int16",
    3: "int32",
    4: "int64",
    5: "float16",
    6: "float32",
    7: "float64",
    11: "bool",
}


@dataclass(frozen=True)
class Tensor:
    """A tensor as a program describes it: a dynamic size is given as its upper bound."""

    dtype: str
    shape: tuple[int, ...]

    @classmethod
    def of(cls, code: int, shape: Sequence[int]) -> "Tensor":
        """Name a ScalarType; a type that numpy lacks keeps its number."""
        return cls(DTYPES.get(code, f"type {code}"), tuple(shape))


@dataclass(frozen=True)
class MethodSignature:
    """The inputs and outputs of a method in order, and the named mutable buffers."""

    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    state: tuple[Tensor, ...]


class Program(Protocol):
    """An open `.pte` file. A method's mutable buffers live as long as the program."""

    methods: tuple[str, ...]

    def signature(self, method: str) -> MethodSignature:
        """Describe a method; raises SessionError for inputs or outputs that are no tensors."""
        ...

    def run(self, method: str, arrays: Sequence[Array]) -> list[Array]:
        """Run a method on arrays of its input types and shapes; the outputs are copies."""
        ...

    def close(self) -> None:
        """Free the program with its state; using it afterwards raises SessionError."""
        ...


def _sized(dim: int | str, sizes: Mapping[str, int]) -> int | None:
    """Return a size of the contract, which may be computed ("w/8", "N+1"); None when it is free."""
    if isinstance(dim, int):
        return dim
    parts = re.fullmatch(r"(\w+?)(?:([/+])(\d+))?", dim)
    if parts is None or parts[1] not in sizes:
        return None
    size = sizes[parts[1]]
    if parts[2] == "/":
        return size // int(parts[3])
    return size + int(parts[3]) if parts[2] == "+" else size


def _fits(spec: TensorSpec, tensor: Tensor, sizes: Mapping[str, int], *, given: bool) -> bool:
    wanted = [_sized(dim, sizes) for dim in spec.shape]
    if len(wanted) != len(tensor.shape):
        return False
    if any(want not in (None, size) for want, size in zip(wanted, tensor.shape, strict=True)):
        return False
    try:
        pair = (spec.dtype, tensor.dtype) if given else (tensor.dtype, spec.dtype)
        return bool(np.can_cast(*pair, "same_kind"))  # float32 in a float16 file, and so on
    except TypeError:  # a type that numpy lacks
        return False


def _check_method(
    program: Program, method: str, stage: StageFile, sizes: Mapping[str, int]
) -> None:
    """Raise SessionError unless a method is there and fits the contract at these sizes."""
    path = stage.path
    if method not in program.methods:
        raise SessionError(
            f"{path}: it has no method {method}, only {', '.join(program.methods)}; it is no file "
            "of this bundle."
        )
    signature = program.signature(method)
    for kind, specs, tensors in (
        ("input", stage.inputs, signature.inputs),
        ("output", stage.outputs, signature.outputs),
    ):
        if len(specs) != len(tensors):
            raise SessionError(
                f"{path}: method {method} has {len(tensors)} {kind}s, the bundle names "
                f"{len(specs)}; it is no file of this bundle."
            )
        for spec, tensor in zip(specs, tensors, strict=True):
            if not _fits(spec, tensor, sizes, given=kind == "input"):
                raise SessionError(
                    f"{path}: {kind} {spec.name} of method {method} is {tensor.dtype} "
                    f"{tensor.shape}, the bundle says {spec.dtype} {spec.shape}; it is no file of "
                    "this bundle."
                )


def _run(program: Program, method: str, stage: StageFile, arrays: Sequence[Array]) -> list[Array]:
    """Run a method on tensors of the contract; the file can hold other types."""
    tensors = program.signature(method).inputs
    results = program.run(method, _cast(arrays, tensors))
    return _cast(results, stage.outputs)


def _cast(arrays: Sequence[Array], wanted: Sequence[Tensor | TensorSpec]) -> list[Array]:
    return [
        array if array.dtype == want.dtype else array.astype(want.dtype)
        for array, want in zip(arrays, wanted, strict=True)
    ]


class ProgramSession:
    """A stage of a program: a method for each bucket, or one for any size.

    Raises SessionError when the program is not that of the contract.
    """

    def __init__(self, stage: StageFile, program: Program) -> None:
        self.inputs, self.outputs = stage.inputs, stage.outputs
        self._stage, self._program = stage, program
        self._check = FeedCheck(str(stage.path), stage.inputs, stage.buckets)
        for sizes in stage.buckets or ({},):
            method = bucket_name(sizes) if stage.buckets else DYNAMIC
            _check_method(program, method, stage, sizes)

    def run(self, feeds: Mapping[str, Array]) -> dict[str, Array]:
        """Run the stage; see `Session.run`."""
        bucket = self._check(feeds)
        method = bucket if self._stage.buckets else DYNAMIC
        arrays = [feeds[spec.name] for spec in self.inputs]
        results = _run(self._program, method, self._stage, arrays)
        return {spec.name: array for spec, array in zip(self.outputs, results, strict=True)}

    def close(self) -> None:
        """Free the stage."""
        self._program.close()


class ProgramKVCache(ChunkedKVCache):
    """A decode stage of a program that keeps its keys and values in mutable buffers.

    Args:
        stage: file and contract in the "state" form: ids, visual, position, valid -> logits.
        capacity: rows that are needed; the program's own number counts.

    Raises SessionError, also when the program holds fewer rows than needed.
    """

    def __init__(self, stage: StageFile, capacity: int, program: Program) -> None:
        names = [spec.name for spec in (*stage.inputs, *stage.outputs)]
        if names != [*ROW_INPUTS, "logits"]:
            raise SessionError(
                f"{stage.path}: this is no decode stage with state inside: it needs "
                f"{', '.join(ROW_INPUTS)} and logits, not {', '.join(names)}."
            )
        self._stage, self._program = stage, program
        self._methods = self._by_rows()
        super().__init__(stage, sizes=[*self._methods], rows=self._rows(), capacity=capacity)

    def _by_rows(self) -> dict[int, str]:
        """Return the method for every number of rows that one run may append."""
        named = {sizes["q"]: bucket_name(sizes) for sizes in self._stage.buckets}
        if DYNAMIC in self._program.methods:  # one method keeps the state of all sizes
            bound = self._program.signature(DYNAMIC).inputs[0].shape[1]
            named = dict.fromkeys(named or range(1, bound + 1), DYNAMIC)
        for rows, method in named.items():
            sizes = {"q": rows} if method != DYNAMIC else {}
            _check_method(self._program, method, self._stage, sizes)
        if not named:
            _check_method(self._program, DYNAMIC, self._stage, {})
        return named

    def _rows(self) -> int:
        """Return the rows of the caches (1, heads, rows, head_size), as each method has them."""
        sizes = {
            tensor.shape[2]
            for method in self._methods.values()
            for tensor in self._program.signature(method).state
            if len(tensor.shape) == 4
        }
        if len(sizes) != 1:
            raise SessionError(
                f"{self._stage.path}: its methods name no caches of one capacity; it is no decode "
                "stage of this version."
            )
        return sizes.pop()

    def _append(self, chunk: Chunk, position: int) -> Array:
        feeds = [*chunk.feeds(position).values()]
        [logits] = _run(self._program, self._methods[chunk.size], self._stage, feeds)
        return logits

    def close(self) -> None:
        """Free the stage and its state."""
        super().close()
        self._program.close()
