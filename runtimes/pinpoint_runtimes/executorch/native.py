"""ExecuTorch without torch: `.pte` stages through the C++ runner in `cpp/`, on numpy arrays.

It takes the files of the executorch runtime, whose Python bindings import torch, and gives the same
answers. Build the runner once with `python -m pinpoint_runtimes.executorch.build`.
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

    def session(self, stage: StageFile, options: RuntimeOptions) -> ProgramSession:
        """Load a vision stage.

        Raises SessionError for a damaged file or one of another contract, BackendMissing when the
        runner is not built or lacks a backend that the file was lowered for.
        """
        return ProgramSession(stage, NativeProgram(stage.path, options.threads))

    def kv_cache(self, stage: StageFile, capacity: int, options: RuntimeOptions) -> ProgramKVCache:
        """Load the decode stage with an empty cache of the capacity it was lowered for."""
        return ProgramKVCache(stage, capacity, NativeProgram(stage.path, options.threads))
