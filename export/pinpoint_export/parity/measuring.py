"""Running an artifact beside the reference, on every size that it was lowered for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from functools import partial
from typing import TYPE_CHECKING

from pinpoint_edge.errors import BackendError, ExportError
from pinpoint_export.parity.comparison import Outputs, Tier, check, tier_of
from pinpoint_export.parity.figures import Array
from pinpoint_export.parity.stage_parity import StageParity
from pinpoint_runtimes import BackendMissing, RuntimeFailure, Session
from pinpoint_runtimes.runtime import Runtime, RuntimeOptions, StageFile
from pinpoint_runtimes.session import bucket_name

if TYPE_CHECKING:
    from torch import Tensor, nn

    from pinpoint_models.stages import Sizes, StageProgram


def measure_stage(
    program: StageProgram, file: StageFile, runtime: Runtime, weights: str = "float32"
) -> StageParity:
    """Measure a lowered stage against the program that it was lowered from.

    A vision stage runs the program's samples of every bucket. The decode stage runs through the
    runtime's KV cache (see `agreement`), and as a plain graph too where its state stands in its
    contract and the tier asks for it, so that keys and values are compared as well.

    Args:
        weights: the type of the weights by the recipe; it gives the tier.

    Raises:
        ExportError: the stage cannot be loaded or run.
        BackendError: the runtime is not installed.
    """
    tier = tier_of(weights, program.name)
    with _named(program.name, runtime.name):
        if not program.state:
            with closing(runtime.session(file, RuntimeOptions())) as session:
                return measure(program, session, file.buckets or program.buckets, weights)
        from pinpoint_export.parity.agreement import measure_decode

        parity = measure_decode(program, file, runtime, tier)
        if tier.random_states and _gives_whole_states(program, file):
            with closing(runtime.session(file, RuntimeOptions())) as session:
                states = measure(program, session, program.buckets, weights)
            parity = parity.with_tensors(states.tensors)
        return parity


def measure(
    program: StageProgram,
    session: Session,
    buckets: tuple[Sizes, ...] = (),
    weights: str = "float32",
) -> StageParity:
    """Measure a loaded artifact on the program's samples; the worst figures are kept.

    Only the rows of a state output that the inputs define are compared: what an artifact leaves
    behind them is its own affair.
    """
    tier = tier_of(weights, program.name)
    variant = _Variant(program, tier)
    parity = StageParity(program.name, tier.name)
    for sizes in buckets or program.buckets:
        inputs = program.sample(sizes)
        found = session.run({name: tensor.numpy() for name, tensor in inputs.items()})
        tensors = check(
            _defined(program, inputs, run_reference(program, inputs)),
            _defined(program, inputs, found),
            tier,
            partial(variant.run, inputs),
            where=bucket_name(sizes),
        )
        parity = parity.with_tensors(tensors)
    return parity


def run_reference(
    program: StageProgram, inputs: Mapping[str, Tensor], module: nn.Module | None = None
) -> dict[str, Array]:
    """Run the program's module (or a variant of it) eagerly and name its outputs."""
    import torch

    with torch.inference_mode():
        result = (module or program.module)(*inputs.values())
    tensors = (result,) if isinstance(result, torch.Tensor) else tuple(result)
    return {
        spec.name: tensor.numpy() for spec, tensor in zip(program.outputs, tensors, strict=True)
    }


def _gives_whole_states(program: StageProgram, file: StageFile) -> bool:
    """Whether a file gives the program's outputs; the form "rows" gives the new rows alone."""
    ours, theirs = program.outputs, file.outputs
    return {spec.name for spec in ours} == {spec.name for spec in theirs} and [
        spec.shape for spec in ours
    ] == [spec.shape for spec in theirs]


class _Variant:
    """The program in the tier's own precision, made and run when it is first asked for."""

    def __init__(self, program: StageProgram, tier: Tier) -> None:
        self._program, self._precision = program, tier.precision
        self._module: nn.Module | None = None
        self._last: tuple[Mapping[str, Tensor], Outputs] | None = None

    def run(self, inputs: Mapping[str, Tensor]) -> Outputs:
        """Run inputs of f32; those of the last call are not run again for another tensor."""
        from pinpoint_export.parity.precision import VARIANTS

        if self._last is not None and self._last[0] is inputs:
            return self._last[1]
        if self._module is None:
            self._module = VARIANTS[self._precision](self._program.module)
        wide = self._precision == "f64"
        given = {k: v.double() if wide and v.is_floating_point() else v for k, v in inputs.items()}
        outputs = run_reference(self._program, given, self._module)
        self._last = (inputs, _defined(self._program, inputs, outputs))
        return self._last[1]


def _defined(program: StageProgram, inputs: Mapping[str, Tensor], outputs: Outputs) -> Outputs:
    """Cut the states to the rows that the inputs define."""
    if program.state_rows is None:
        return outputs
    rows, states = program.state_rows(inputs), set(program.state.values())
    return {k: v[:, :, :rows] if k in states else v for k, v in outputs.items()}


@contextmanager
def _named(stage: str, runtime: str) -> Iterator[None]:
    """Turn a runtime's failure into an error that names the stage."""
    try:
        yield
    except BackendMissing as error:
        raise BackendError(str(error)) from error
    except RuntimeFailure as error:
        raise ExportError(
            f"The parity of stage {stage} cannot be measured with the runtime {runtime}: {error}"
        ) from error
