"""`locate` for runtimes that show no values inside: lower the first half, the first quarter ...

A program that ends with the output of one of its modules is lowered and run like any other, so a
few lowerings bisect to the first module whose output comes out wrong. This finds what the target
makes wrong; a file that was damaged after lowering needs a runtime that can trace.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from pinpoint_export.parity.comparison import UNLIKE_DB, Tier
from pinpoint_export.parity.figures import Array, sqnr_db
from pinpoint_export.parity.locate import ROWS, VISUALS, Divergence, reference_tensors
from pinpoint_export.targets import Target
from pinpoint_models.stages import StageProgram
from pinpoint_quantization.recipe import Recipe, StageRecipe
from pinpoint_runtimes import TensorSpec
from pinpoint_runtimes.runtime import Runtime, RuntimeOptions, StageFile

CAPACITY = 64


class Truncated(nn.Module):
    """A module that gives the output of one of its submodules instead of its own."""

    def __init__(self, module: nn.Module, name: str) -> None:
        super().__init__()
        self.module, self.name = module, name

    def forward(self, *inputs: Tensor) -> Tensor:
        """Run the module up to its end; what comes behind the submodule is dead in a graph."""
        kept: list[Tensor] = []

        def keep(_: nn.Module, __: object, output: Any) -> None:
            kept.append(output[0] if isinstance(output, tuple) else output)

        hook = self.module.get_submodule(self.name).register_forward_hook(keep)
        try:
            self.module(*inputs)
        finally:
            hook.remove()
        return kept[0]


def locate_by_lowering(
    program: StageProgram,
    target: Target,
    recipe: StageRecipe,
    runtime: Runtime,
    tier: Tier,
    report: Callable[[str], None] = lambda line: None,
) -> Divergence | None:
    """Bisect over the submodules, in the order in which they run.

    Returns the first whose output a lowered program gets wrong, None when the last one is right.
    The sizes are the stage's smallest; the decode stage is lowered with its caches as inputs.
    Raises LoweringError, RuntimeFailure.
    """
    inputs = _inputs(program)
    tensors = [t for t in reference_tensors(program, inputs, tier) if _is_module(t.name)]
    found: dict[int, float] = {}

    def is_right(number: int) -> bool:
        tensor = tensors[number]
        with tempfile.TemporaryDirectory() as folder:
            output = _run_part(program, inputs, tensor.name, target, recipe, runtime, Path(folder))
        ratio = sqnr_db(tensor.array, output.squeeze())
        found[number] = max(min(ratio, -UNLIKE_DB), UNLIKE_DB)
        right = ratio >= tensor.bar_db
        report(f"{tensor.name}: {found[number]:.1f} dB, {'right' if right else 'wrong'}")
        return right

    right, wrong = -1, len(tensors) - 1
    if is_right(wrong):
        return None
    while wrong - right > 1:
        middle = (right + wrong) // 2
        if is_right(middle):
            right = middle
        else:
            wrong = middle
    first = Divergence(tensors[wrong].name, found[wrong], tensors[wrong].bar_db)
    if right < 0:
        return first
    return Divergence(first.module, first.sqnr_db, first.bar_db, tensors[right].name, found[right])


def part(program: StageProgram, inputs: Mapping[str, Tensor], module: str) -> StageProgram:
    """Return the program cut behind one module, for the sizes of these inputs only.

    The part of a decode stage has another name: its caches are plain inputs to every target.
    """
    truncated = Truncated(program.module, module).eval()
    output = truncated(*inputs.values())
    return StageProgram(
        name=f"{program.name}-part" if program.state else program.name,
        module=truncated,
        inputs=tuple(
            TensorSpec(spec.name, spec.dtype, tuple(inputs[spec.name].shape))
            for spec in program.inputs
        ),
        outputs=(TensorSpec("part", "float32", tuple(output.shape)),),
        buckets=({},),
        sample=lambda _: dict(inputs),
    )


def _run_part(
    program: StageProgram,
    inputs: Mapping[str, Tensor],
    module: str,
    target: Target,
    recipe: StageRecipe,
    runtime: Runtime,
    folder: Path,
) -> Array:
    cut = part(program, inputs, module)
    artifact = target.lower(cut, Recipe("part", {cut.name: recipe}), folder)
    path = folder / artifact.files[0].name
    path = next((p for p in path.parents if p.suffix == ".mlpackage"), path)
    file = StageFile(path, artifact.inputs, artifact.outputs, artifact.buckets)
    with closing(runtime.session(file, RuntimeOptions())) as session:
        outputs = session.run({name: tensor.numpy() for name, tensor in inputs.items()})
    return outputs["part"]


def _inputs(program: StageProgram) -> dict[str, Tensor]:
    if program.state:
        return program.sample({"q": ROWS, "V": VISUALS, "C": CAPACITY})
    return program.sample(min(program.buckets, key=lambda sizes: sum(sizes.values())))


def _is_module(name: str) -> bool:
    return not name.startswith("output ") and "#" not in name
