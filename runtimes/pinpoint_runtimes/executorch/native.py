"""ExecuTorch without torch: `.pte` stages through the C++ runner in `cpp/`, on numpy arrays.

Same files and same answers as the executorch runtime, whose Python bindings import torch. Build the
runner once with `python -m pinpoint_runtimes.executorch.build`.
"""

from pinpoint_runtimes.executorch.abi import NativeProgram, library
from pinpoint_runtimes.executorch.program import ProgramKVCache, ProgramSession
from pinpoint_runtimes.runtime import RuntimeOptions, StageFile


class ExecutorchNativeRuntime:
    """The C++ runner as a `Runtime`."""

    name = "executorch-native"
    targets = ("executorch",)

    def check(self) -> None:
        """Raise BackendMissing unless the library is built and loads."""
        library()

    def session(self, stage: StageFile, options: RuntimeOptions) -> "ExecutorchNativeSession":
        """Load a vision stage."""
        return ExecutorchNativeSession(stage, options.threads)

    def kv_cache(
        self, stage: StageFile, capacity: int, options: RuntimeOptions
    ) -> "ExecutorchNativeKVCache":
        """Load the decode stage with an empty cache of the capacity it was lowered for."""
        return ExecutorchNativeKVCache(stage, capacity, options.threads)


class ExecutorchNativeSession(ProgramSession):
    """A stage in a `.pte` file.

    Args:
        stage: the file and its contract.
        threads: of the pool that all such stages of the process share; as it is when None.

    Raises:
        SessionError: the file is damaged, or not that of the contract.
        BackendMissing: the runner is not built, or lacks a backend that the file was lowered for.
    """

    def __init__(self, stage: StageFile, threads: int | None = None) -> None:
        super().__init__(stage, NativeProgram(stage.path, threads))


class ExecutorchNativeKVCache(ProgramKVCache):
    """A decode stage in a `.pte` file, with its state.

    Args:
        stage, threads: as in `ExecutorchNativeSession`.
        capacity: rows that are needed; the file's own number counts.

    Raises:
        SessionError: also when the file holds fewer rows than needed.
        BackendMissing: see `ExecutorchNativeSession`.
    """

    def __init__(self, stage: StageFile, capacity: int, threads: int | None = None) -> None:
        super().__init__(stage, capacity, NativeProgram(stage.path, threads))
