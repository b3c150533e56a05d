"""ExecuTorch through its Python bindings, which import torch: stages as `.pte` programs."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from weakref import WeakSet

import numpy as np

from pinpoint_runtimes.errors import BackendMissing, SessionError
from pinpoint_runtimes.executorch.program import (
    MethodSignature,
    ProgramKVCache,
    ProgramSession,
    Tensor,
)
from pinpoint_runtimes.runtime import RuntimeOptions, StageFile
from pinpoint_runtimes.session import Array

INSTALL = "pip install 'pinpoint-edge[executorch]'"


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

    def session(self, stage: StageFile, options: RuntimeOptions) -> "ExecutorchSession":
        """Load a vision stage."""
        return ExecutorchSession(stage, options.threads)

    def kv_cache(
        self, stage: StageFile, capacity: int, options: RuntimeOptions
    ) -> "ExecutorchKVCache":
        """Load the decode stage with an empty cache of the capacity it was lowered for."""
        return ExecutorchKVCache(stage, capacity, options.threads)


_programs: "WeakSet[BindingsProgram]" = WeakSet()


class BindingsProgram:
    """An open `.pte` file whose methods load on first use; see `Program`.

    Args:
        path: the file.
        threads: of the pool that all programs of the process share; unchanged when None.

    Raises:
        SessionError: the file is damaged, or loaded methods hold a pool of another size.
        BackendMissing: ExecuTorch is not installed, or lacks a delegate of the file.
    """

    def __init__(self, path: Path, threads: int | None = None) -> None:
        self.path = path
        bindings = _bindings()
        import torch  # after the bindings, whose error is clearer when both are missing

        self._check_backends(bindings)
        self._set_threads(bindings, threads)
        try:
            self._program: Any = bindings._load_program(
                str(path), program_verification=bindings.Verification.InternalConsistency
            )
        except RuntimeError as error:
            raise SessionError(
                f"{path}: ExecuTorch cannot load this stage: {_first_line(error)}."
            ) from error
        count = self._program.num_methods()
        self.methods = tuple(self._program.get_method_name(number) for number in range(count))
        self._tensor: Any = torch.from_numpy
        self._signatures: dict[str, MethodSignature] = {}
        self._loaded: dict[str, Any] = {}
        _programs.add(self)

    def _check_backends(self, bindings: Any) -> None:
        """Raise BackendMissing for a delegate that is not in this ExecuTorch.

        The bindings do not name a missing delegate, so its name is read from the file.
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
        """Set the size of the thread pool, which all programs share and loaded methods hold."""
        if threads is None or threads == bindings._threadpool_get_thread_count():
            return
        if threads < 1:
            raise SessionError(f"{self.path}: cannot run on {threads} threads; give 1 or more.")
        if any(program._loaded for program in _programs):
            raise SessionError(
                f"{self.path}: ExecuTorch runs on {bindings._threadpool_get_thread_count()} "
                f"threads in this process and cannot change to {threads} while stages are loaded; "
                "close them first or give the same number."
            )
        bindings._unsafe_reset_threadpool(threads)

    def signature(self, method: str) -> MethodSignature:
        """Describe a method; see `Program.signature`."""
        if method not in self._signatures:
            meta = self._open().method_meta(method)

            def tensors(count: int, read: Any) -> tuple[Tensor, ...]:
                found = (read(number) for number in range(count))
                return tuple(Tensor.of(tensor.dtype(), tensor.sizes()) for tensor in found)

            self._signatures[method] = MethodSignature(
                tensors(meta.num_inputs(), meta.input_tensor_meta),
                tensors(meta.num_outputs(), meta.output_tensor_meta),
                tensors(meta.num_attributes(), meta.attribute_tensor_meta),
            )
        return self._signatures[method]

    def run(self, method: str, arrays: Sequence[Array]) -> list[Array]:
        """Run a method; see `Program.run`."""
        loaded = self._method(method)
        # They use the caller's memory, which a method only reads; torch warns of read-only arrays.
        tensors = [self._tensor(np.require(array, requirements=["C", "W"])) for array in arrays]
        try:
            results = loaded(tensors, clone_outputs=True)
        except RuntimeError as error:
            raise SessionError(
                f"{self.path}: the stage failed to run: {_first_line(error)}."
            ) from error
        return [result.numpy() for result in results]

    def _method(self, name: str) -> Any:
        program = self._open()
        if name not in self._loaded:
            try:
                self._loaded[name] = program.load_method(name)
            except RuntimeError as error:
                raise SessionError(
                    f"{self.path}: ExecuTorch cannot load method {name}: {_first_line(error)}."
                ) from error
        return self._loaded[name]

    def _open(self) -> Any:
        if self._program is None:
            raise SessionError(f"{self.path}: the stage is closed.")
        return self._program

    def close(self) -> None:
        """Free the methods and the program."""
        self._loaded.clear()
        self._program = None


class ExecutorchSession(ProgramSession):
    """A stage in a `.pte` file.

    Args:
        stage: the file and its contract.
        threads: as in `BindingsProgram`, with its errors.
    """

    def __init__(self, stage: StageFile, threads: int | None = None) -> None:
        super().__init__(stage, BindingsProgram(stage.path, threads))


class ExecutorchKVCache(ProgramKVCache):
    """A decode stage in a `.pte` file, with its state.

    Args:
        stage, threads: as in `ExecutorchSession`.
        capacity: rows that are needed; the file's own number counts.
    """

    def __init__(self, stage: StageFile, capacity: int, threads: int | None = None) -> None:
        super().__init__(stage, capacity, BindingsProgram(stage.path, threads))


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
