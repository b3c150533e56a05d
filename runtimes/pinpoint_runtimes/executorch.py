"""ExecuTorch through its Python bindings, which bring torch: stages as `.pte` programs.

A program holds a method a bucket, loaded when it is first run; or one method, "forward", that takes
any size up to a bound. The decode stage keeps its keys and values in the program's own buffers.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from weakref import WeakSet

import numpy as np
from numpy.typing import NDArray

from pinpoint_runtimes.chunks import chunks
from pinpoint_runtimes.errors import BackendMissing, SessionError
from pinpoint_runtimes.runtime import Options, StageFile
from pinpoint_runtimes.session import (
    Array,
    bucket_name,
    check_bucket,
    check_feeds,
    check_rows,
    check_truncation,
)

INSTALL = "pip install 'pinpoint-edge[executorch]'"
DYNAMIC = "forward"  # the method of a stage without buckets

# The numbers of ExecuTorch's scalar types.
DTYPES = {0: "uint8", 1: "int8", 3: "int32", 4: "int64", 5: "float16", 6: "float32", 11: "bool"}


def _bindings() -> Any:
    """Return ExecuTorch's bindings, which take a second to import, or raise BackendMissing."""
    try:
        from executorch.extension.pybindings import portable_lib
    except ImportError as error:
        raise BackendMissing(f"The executorch runtime cannot start: {error}; {INSTALL}.") from error
    return portable_lib


class ExecutorchRuntime:
    """ExecuTorch as a `Runtime`."""

    name = "executorch"
    targets: tuple[str, ...] = ("executorch",)

    def check(self) -> None:
        """Raise BackendMissing unless ExecuTorch's Python bindings load."""
        _bindings()

    def session(self, stage: StageFile, options: Options) -> "ExecutorchSession":
        """Load a vision stage."""
        return ExecutorchSession(stage, options.threads)

    def kv_cache(self, stage: StageFile, capacity: int, options: Options) -> "ExecutorchKVCache":
        """Load the decode stage with an empty cache of the capacity it was lowered for."""
        return ExecutorchKVCache(stage, capacity, options.threads)


_programs: "WeakSet[_Program]" = WeakSet()


class _Program:
    """A `.pte` file whose methods are checked against the contract and loaded on first use."""

    def __init__(self, stage: StageFile, threads: int | None) -> None:
        self.path, self._stage = stage.path, stage
        bindings = _bindings()
        self._check_backends(bindings)
        self._set_threads(bindings, threads)
        try:
            self._program: Any = bindings._load_program(
                str(self.path), program_verification=bindings.Verification.InternalConsistency
            )
        except RuntimeError as error:
            raise SessionError(
                f"{self.path}: ExecuTorch cannot load this stage: {_first_line(error)}."
            ) from error
        self._methods: dict[str, Any] = {}
        _programs.add(self)

    def _check_backends(self, bindings: Any) -> None:
        """Raise BackendMissing for a delegate that is not in this ExecuTorch.

        The bindings tell only that some delegate was not found, so its name is read from the file.
        """
        registered = bindings._get_registered_backend_names()
        for name in sorted(_delegates(self.path)):
            if name not in registered:
                raise BackendMissing(
                    f"{self.path}: it is lowered for the delegate {name}, which this ExecuTorch "
                    f"lacks (it has {', '.join(sorted(registered))}); run it on a device that has "
                    "it, or export it for another delegate."
                )

    def _set_threads(self, bindings: Any, threads: int | None) -> None:
        """Size the thread pool, which all programs share and which loaded methods hold on to."""
        if threads is None or threads == bindings._threadpool_get_thread_count():
            return
        if threads < 1:
            raise SessionError(f"{self.path}: cannot run on {threads} threads; give 1 or more.")
        if any(program._methods for program in _programs):
            raise SessionError(
                f"{self.path}: ExecuTorch runs on {bindings._threadpool_get_thread_count()} "
                f"threads in this process and cannot change to {threads} while stages are loaded; "
                "close them first or give the same number."
            )
        bindings._unsafe_reset_threadpool(threads)

    def check(self, method: str, sizes: Mapping[str, int]) -> Any:
        """Return a method's description; raise SessionError unless it fits the contract."""
        program = self._loaded()
        names = [program.get_method_name(number) for number in range(program.num_methods())]
        if method not in names:
            raise SessionError(
                f"{self.path}: it has no method {method}, only {', '.join(names)}; it is no file "
                "of this bundle."
            )
        meta = program.method_meta(method)
        for kind, specs, count, tensor in (
            ("input", self._stage.inputs, meta.num_inputs(), meta.input_tensor_meta),
            ("output", self._stage.outputs, meta.num_outputs(), meta.output_tensor_meta),
        ):
            if count != len(specs):
                raise SessionError(
                    f"{self.path}: method {method} has {count} {kind}s, the bundle names "
                    f"{len(specs)}; it is no file of this bundle."
                )
            for number, spec in enumerate(specs):
                found = tensor(number)
                dtype, shape = DTYPES.get(found.dtype(), "unknown"), tuple(found.sizes())
                cast = (spec.dtype, dtype) if kind == "input" else (dtype, spec.dtype)
                if not (_castable(*cast) and _fits(spec.shape, shape, sizes)):
                    raise SessionError(
                        f"{self.path}: {kind} {spec.name} of method {method} is {dtype} {shape}, "
                        f"the bundle says {spec.dtype} {spec.shape}; it is no file of this bundle."
                    )
        return meta

    def run(self, method: str, feeds: Sequence[Array]) -> list[Array]:
        """Run a method on tensors of the contract and give such tensors, which are copies."""
        import torch

        loaded, dtypes = self._method(method)
        tensors = [
            torch.from_numpy(np.array(feed, dtype, order="C"))
            for feed, dtype in zip(feeds, dtypes, strict=True)
        ]
        try:
            results = loaded(tensors, clone_outputs=True)
        except RuntimeError as error:
            raise SessionError(
                f"{self.path}: the stage failed to run: {_first_line(error)}."
            ) from error
        return [
            result.numpy().astype(spec.dtype, copy=False)
            for result, spec in zip(results, self._stage.outputs, strict=True)
        ]

    def _method(self, name: str) -> tuple[Any, list[str]]:
        program = self._loaded()
        if name not in self._methods:
            try:
                method = program.load_method(name)
            except RuntimeError as error:
                raise SessionError(
                    f"{self.path}: ExecuTorch cannot load method {name}: {_first_line(error)}."
                ) from error
            meta = program.method_meta(name)
            inputs = range(meta.num_inputs())
            dtypes = [DTYPES[meta.input_tensor_meta(number).dtype()] for number in inputs]
            self._methods[name] = (method, dtypes)
        found: tuple[Any, list[str]] = self._methods[name]
        return found

    def _loaded(self) -> Any:
        if self._program is None:
            raise SessionError(f"{self.path}: the stage is closed.")
        return self._program

    def close(self) -> None:
        """Free the methods and the program."""
        self._methods.clear()
        self._program = None


class ExecutorchSession:
    """A stage in a `.pte` file: a method a bucket, or one that takes any size.

    Args:
        stage: the file and its contract.
        threads: of the pool that all such stages of the process share; as it is when None.

    Raises:
        SessionError: the file is damaged, is not that of the contract, or the pool is in use with
            another number of threads.
        BackendMissing: ExecuTorch is not installed, or lacks a delegate of the file.
    """

    def __init__(self, stage: StageFile, threads: int | None = None) -> None:
        self.inputs, self.outputs = stage.inputs, stage.outputs
        self._stage, self._program = stage, _Program(stage, threads)
        for sizes in stage.buckets or ({},):
            self._program.check(self._name(sizes), sizes)

    def _name(self, sizes: Mapping[str, int]) -> str:
        return bucket_name(sizes) if self._stage.buckets else DYNAMIC

    def run(self, feeds: Mapping[str, Array]) -> dict[str, Array]:
        """Run the stage; see `Session.run`."""
        where = str(self._stage.path)
        sizes = check_feeds(where, self.inputs, feeds)
        check_bucket(where, sizes, self._stage.buckets)
        arrays = [feeds[spec.name] for spec in self.inputs]
        results = self._program.run(self._name(sizes), arrays)
        return {spec.name: array for spec, array in zip(self.outputs, results, strict=True)}

    def close(self) -> None:
        """Free the stage."""
        self._program.close()


class ExecutorchKVCache:
    """A decode stage that keeps its keys and values in mutable buffers.

    Args:
        stage: file and contract in the "state" form: ids, visual, position, valid -> logits.
        capacity: rows that are needed; the file's own number counts.
        threads: as in `ExecutorchSession`.

    Raises:
        SessionError: also when the file holds fewer rows than needed.
        BackendMissing: see `ExecutorchSession`.
    """

    def __init__(self, stage: StageFile, capacity: int, threads: int | None = None) -> None:
        self._sizes: Sequence[int]
        self._where = str(stage.path)
        shapes = {spec.name: spec.shape for spec in (*stage.inputs, *stage.outputs)}
        if list(shapes) != ["ids", "visual", "position", "valid", "logits"]:
            raise SessionError(
                f"{stage.path}: this is no decode stage with state inside: it needs ids, visual, "
                f"position, valid and logits, not {', '.join(shapes)}."
            )
        self._vocabulary, self._width = int(shapes["logits"][1]), int(shapes["visual"][1])
        self._program = _Program(stage, threads)
        meta = self._program.check(DYNAMIC, {})
        longest = int(meta.input_tensor_meta(0).sizes()[1])
        self._sizes = [sizes["q"] for sizes in stage.buckets] or range(1, longest + 1)
        self.capacity, self.length = self._rows(meta), 0
        if self.capacity < capacity:
            raise SessionError(
                f"{stage.path}: its cache holds {self.capacity} rows, {capacity} are needed; "
                "export it with a larger capacity or shorten the prompt."
            )

    def _rows(self, meta: Any) -> int:
        """Return the rows of the program's caches (1, heads, rows, head_size)."""
        tensors = [meta.attribute_tensor_meta(n).sizes() for n in range(meta.num_attributes())]
        rows = {int(sizes[2]) for sizes in tensors if len(sizes) == 4}
        if len(rows) != 1:
            raise SessionError(
                f"{self._where}: it names no caches of one capacity; it is no decode stage of this "
                "version."
            )
        return rows.pop()

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
        length, logits = self.length, np.empty((1, 0), np.float32)
        free = self.capacity - length
        for part in chunks(ids, visual, vocabulary=self._vocabulary, sizes=self._sizes, free=free):
            position, valid = np.array([length], np.int32), np.array([part.valid], np.int32)
            [logits] = self._program.run(DYNAMIC, [part.ids, part.visual, position, valid])
            length += part.valid
        self.length = length
        return np.array(logits[0], np.float32)

    def truncate(self, length: int) -> None:
        """Forget all rows from `length` on."""
        check_truncation(self._where, length, self.length)
        self.length = length

    def close(self) -> None:
        """Free the stage and its state."""
        self._program.close()


def _delegates(path: Path) -> set[str]:
    """Return the names of the delegates that a program asks for, none if it is no program.

    Layout of the file (ExecuTorch's schema/extended_header.h): "ET12" at byte 4, "eh00" at byte 8,
    the size of the program, which all names lie in, as u64 at byte 16.
    """
    try:
        with path.open("rb") as file:
            header = file.read(64)
            if header[4:6] != b"ET" or header[8:12] != b"eh00":
                return set()
            file.seek(0)
            program = file.read(int.from_bytes(header[16:24], "little"))
    except OSError as error:
        raise SessionError(f"{path}: cannot be read: {error.strerror}.") from error
    return {name.decode() for name in re.findall(rb"([A-Z]\w+Backend)\0", program)}


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0].rstrip(".")


def _castable(given: str, wanted: str) -> bool:
    """Tell whether tensors of one type may be handed over as another: float16 for float32, ..."""
    if "unknown" in (given, wanted):
        return False
    return bool(np.can_cast(given, wanted, "same_kind"))


def _fits(wanted: Sequence[int | str], shape: Sequence[int], sizes: Mapping[str, int]) -> bool:
    """Tell whether a shape is as the contract says; a dimension without a size is free."""
    if len(wanted) != len(shape):
        return False
    return all(_size(dim, sizes) in (None, size) for dim, size in zip(wanted, shape, strict=True))


def _size(dim: int | str, sizes: Mapping[str, int]) -> int | None:
    """Return a size of the contract, which may be computed ("w/8", "N+1"); None when free."""
    if isinstance(dim, int):
        return dim
    parts = re.fullmatch(r"(\w+?)(?:([/+])(\d+))?", dim)
    if parts is None or parts[1] not in sizes:
        return None
    name, sign, number = parts.groups()
    if sign is None:
        return sizes[name]
    return sizes[name] // int(number) if sign == "/" else sizes[name] + int(number)
