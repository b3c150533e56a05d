"""ExecuTorch without torch: `.pte` stages through the C++ runner of `native/`, on numpy arrays.

Same files and same answers as the executorch runtime, whose Python bindings import torch. Build the
runner once with `python -m pinpoint_runtimes.native_build`.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pinpoint_runtimes.chunks import chunks
from pinpoint_runtimes.errors import SessionError
from pinpoint_runtimes.executorch_abi import Program, Tensor, library
from pinpoint_runtimes.runtime import Options, StageFile
from pinpoint_runtimes.session import (
    Array,
    TensorSpec,
    bucket_name,
    check_bucket,
    check_feeds,
    check_rows,
    check_truncation,
)

DYNAMIC = "forward"  # the method of a stage without buckets: it takes any size up to a bound


class ExecutorchNativeRuntime:
    """The C++ runner as a `Runtime`."""

    name = "executorch-native"
    targets = ("executorch",)

    def check(self) -> None:
        """Raise BackendMissing unless the library is built and loads."""
        library()

    def session(self, stage: StageFile, options: Options) -> "ExecutorchNativeSession":
        """Load a vision stage."""
        return ExecutorchNativeSession(stage, options.threads)

    def kv_cache(
        self, stage: StageFile, capacity: int, options: Options
    ) -> "ExecutorchNativeKVCache":
        """Load the decode stage with an empty cache of the capacity it was lowered for."""
        return ExecutorchNativeKVCache(stage, capacity, options.threads)


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
    except TypeError:  # a type that numpy does not have
        return False


def _check_method(
    program: Program, path: Path, method: str, stage: StageFile, sizes: Mapping[str, int]
) -> None:
    """Raise unless a method is there, has its backends and fits the contract at these sizes."""
    if method not in program.methods:
        raise SessionError(
            f"{path}: it has no method {method}, only {', '.join(program.methods)}; it is no file "
            "of this bundle."
        )
    program.check_backends(method)
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
    """Run a method on tensors of the contract, whatever types the file holds."""
    tensors = program.signature(method).inputs
    cast = [array.astype(t.dtype, copy=False) for array, t in zip(arrays, tensors, strict=True)]
    results = program.run(method, cast)
    return [
        result.astype(spec.dtype, copy=False)
        for result, spec in zip(results, stage.outputs, strict=True)
    ]


class ExecutorchNativeSession:
    """A stage in a `.pte` file: a method a bucket, or one that takes any size.

    Args:
        stage: the file and its contract.
        threads: of the pool that all such stages of the process share; as it is when None.

    Raises:
        SessionError: the file is damaged, or not that of the contract.
        BackendMissing: the runner is not built, or lacks a backend that the file was lowered for.
    """

    def __init__(self, stage: StageFile, threads: int | None = None) -> None:
        self.inputs, self.outputs = stage.inputs, stage.outputs
        self._stage, self._where = stage, str(stage.path)
        self._program = Program(stage.path, threads)
        for sizes in stage.buckets or ({},):
            method = bucket_name(sizes) if stage.buckets else DYNAMIC
            _check_method(self._program, stage.path, method, stage, sizes)

    def run(self, feeds: Mapping[str, Array]) -> dict[str, Array]:
        """Run the stage; see `Session.run`."""
        sizes = check_feeds(self._where, self.inputs, feeds)
        check_bucket(self._where, sizes, self._stage.buckets)
        method = bucket_name(sizes) if self._stage.buckets else DYNAMIC
        arrays = [feeds[spec.name] for spec in self.inputs]
        results = _run(self._program, method, self._stage, arrays)
        return {spec.name: array for spec, array in zip(self.outputs, results, strict=True)}

    def close(self) -> None:
        """Free the stage."""
        self._program.close()


class ExecutorchNativeKVCache:
    """A decode stage that keeps its keys and values in mutable buffers.

    Args:
        stage: file and contract in the "state" form: ids, visual, position, valid -> logits.
        capacity: rows that are needed; the file's own number counts.
        threads: as in `ExecutorchNativeSession`.

    Raises:
        SessionError: also when the file holds fewer rows than needed.
        BackendMissing: see `ExecutorchNativeSession`.
    """

    def __init__(self, stage: StageFile, capacity: int, threads: int | None = None) -> None:
        self._stage, self._where = stage, str(stage.path)
        shapes = {spec.name: spec.shape for spec in (*stage.inputs, *stage.outputs)}
        if list(shapes) != ["ids", "visual", "position", "valid", "logits"]:
            raise SessionError(
                f"{stage.path}: this is no decode stage with state inside: it needs ids, visual, "
                f"position, valid and logits, not {', '.join(shapes)}."
            )
        self._vocabulary, self._width = int(shapes["logits"][1]), int(shapes["visual"][1])
        self._program = Program(stage.path, threads)
        self._methods = self._by_rows()
        self.capacity, self.length = self._rows(), 0
        if self.capacity < capacity:
            raise SessionError(
                f"{stage.path}: its cache holds {self.capacity} rows, {capacity} are needed; "
                "export it with a larger capacity or shorten the prompt."
            )

    def _by_rows(self) -> dict[int, str]:
        """Return the method for every number of rows that one run may append."""
        if not self._stage.buckets:
            _check_method(self._program, self._stage.path, DYNAMIC, self._stage, {})
            bound = self._program.signature(DYNAMIC).inputs[0].shape[1]
            return dict.fromkeys(range(1, bound + 1), DYNAMIC)
        for sizes in self._stage.buckets:
            _check_method(self._program, self._stage.path, bucket_name(sizes), self._stage, sizes)
        return {sizes["q"]: bucket_name(sizes) for sizes in self._stage.buckets}

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
                f"{self._where}: its methods name no caches of one capacity; it is no decode stage "
                "of this version."
            )
        return sizes.pop()

    def run(self, ids: Array, visual: Array) -> NDArray[np.float32]:
        """Append rows; see `KVCache.run`."""
        check_rows(
            self._where,
            ids,
            visual,
            vocabulary=self._vocabulary,
            width=self._width,
            free_rows=self.capacity - self.length,
        )
        length, sizes = self.length, tuple(self._methods)
        logits = np.empty(0, np.float32)
        for chunk in chunks(
            ids, visual, vocabulary=self._vocabulary, sizes=sizes, free=self.capacity - length
        ):
            position, valid = np.array([length], np.int32), np.array([chunk.valid], np.int32)
            feeds = [chunk.ids, chunk.visual, position, valid]
            [scores] = _run(self._program, self._methods[chunk.size], self._stage, feeds)
            logits, length = scores[0], length + chunk.valid
        self.length = length
        return logits

    def truncate(self, length: int) -> None:
        """Forget all rows from `length` on."""
        check_truncation(self._where, length, self.length)
        self.length = length

    def close(self) -> None:
        """Free the stage and its state."""
        self._program.close()
