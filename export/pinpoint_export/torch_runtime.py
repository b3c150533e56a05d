"""The `torch` runtime: the reference itself in the place of a bundle's stages.

It runs the shipped weights, whatever the bundle's target; a bundle that was lowered from others is
refused, so that nobody takes one model's answers for another's.
"""

from __future__ import annotations

from functools import lru_cache

from pinpoint_export.bundling.digests import weights_digest
from pinpoint_models.paths import weights_folder
from pinpoint_models.reference import load_program
from pinpoint_models.stages import StageProgram
from pinpoint_runtimes.errors import SessionError
from pinpoint_runtimes.runtime import RuntimeOptions, StageFile
from pinpoint_runtimes.torch import TorchKVCache, TorchSession


class TorchRuntime:
    """Torch as a `Runtime` for bundles of every target."""

    name = "torch"
    targets = ("onnx", "executorch", "coreml", "litert")

    def check(self) -> None:
        """Do nothing: this module cannot be imported without torch."""

    def session(self, stage: StageFile, options: RuntimeOptions) -> TorchSession:
        """Load the reference of a vision stage."""
        program = _program(stage, options)
        return TorchSession(program.module, program.inputs, program.outputs, program.name)

    def kv_cache(self, stage: StageFile, capacity: int, options: RuntimeOptions) -> TorchKVCache:
        """Load the reference of the language model with an empty cache."""
        return TorchKVCache(_program(stage, options).module, capacity)


def _program(stage: StageFile, options: RuntimeOptions) -> StageProgram:
    import torch

    if options.threads is not None:
        torch.set_num_threads(options.threads)
    program, digest = _loaded(stage.name)
    if stage.weights != digest:
        raise SessionError(
            f"the torch runtime has the shipped weights of {stage.name}, {stage.path.name} was "
            "lowered from others; export the bundle again, or leave --runtime torch out."
        )
    return program


@lru_cache(maxsize=5)
def _loaded(name: str) -> tuple[StageProgram, str]:
    program = load_program(name, weights_folder())
    return program, weights_digest(program.module)
