"""Quantize a Core ML program: the weights that a recipe names become integers or palettes.

Core ML expands both into the float type that it computes in. The result is counted and weighed,
because coremltools could leave weights unchanged without an error.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from pinpoint_edge.errors import ExportError
from pinpoint_quantization.coreml.blocks import Integers, to_integers
from pinpoint_quantization.coreml.palettes import SHORTEST, Palette, to_palette
from pinpoint_quantization.coreml.weights import CoreMLWeight, Modules
from pinpoint_quantization.module_patterns import check_patterns
from pinpoint_quantization.recipe import BITS, PALETTE_BITS, StageRecipe

EXPANDS = {"constexpr_blockwise_shift_scale": "data", "constexpr_lut_to_dense": "indices"}
"""The operations that expand a weight, with the input that holds it."""
ALIGNED = 64  # bytes of an array's metadata in a weight file, and its alignment
MIL_BITS = {21: 8, 25: 4, 35: 4, 38: 6}  # by MIL.proto's DataType: int8, int4, uint4, uint6


def quantize_program(model: Any, stage: str, recipe: StageRecipe, modules: Modules) -> Any:
    """Return an MLModel of iOS 18 with the weights that the recipe names in fewer bits.

    Raises OptionError for a pattern that fits no module or a block that does not divide a row,
    ExportError when there is nothing to quantize or the result is not as planned.
    """
    # The function behind coremltools' own quantizers: it applies a pass to a model's program.
    from coremltools.converters.mil.mil.passes.graph_pass import AbstractGraphPass
    from coremltools.models.utils import _apply_graph_pass

    check_patterns(stage, recipe, modules.paths)
    planned: list[tuple[CoreMLWeight, Integers | Palette]] = []

    class Replace(AbstractGraphPass):  # type: ignore[misc]
        def apply(self, program: Any) -> None:
            for weight in modules.weights(program):
                kind = recipe.weights_of(weight.module)
                if (smaller := _smaller(weight, kind, recipe, stage)) is not None:
                    planned.append((weight, smaller))
            for function in program.functions.values():
                with function:
                    for weight, smaller in planned:
                        _replace(function, weight, smaller)

    before = _file_size(model)
    quantized = _apply_graph_pass(model, Replace())
    if not planned:
        raise ExportError(
            f"Stage {stage} has no weights that can be kept in {recipe.coarsest}; change the "
            "recipe."
        )
    _check(quantized, stage, before, planned)
    return quantized


def _smaller(
    weight: CoreMLWeight, kind: str, recipe: StageRecipe, stage: str
) -> Integers | Palette | None:
    if kind in BITS:
        return to_integers(weight.values, kind, recipe, f"Stage {stage}, module {weight.module}")
    if kind in PALETTE_BITS and weight.values[0].size >= SHORTEST:
        return to_palette(weight.values, kind)
    return None


def _replace(function: Any, weight: CoreMLWeight, smaller: Integers | Palette) -> None:
    constant = weight.operation
    expanded = smaller.insert(constant, weight.dtype)
    function.replace_uses_of_var_after_op(
        anchor_op=constant,
        old_var=constant.outputs[0],
        new_var=expanded,
        no_check_var_types=True,
    )
    function.remove_ops([constant])


def _check(
    model: Any, stage: str, before: int, planned: list[tuple[CoreMLWeight, Integers | Palette]]
) -> None:
    """Raise ExportError unless a program expands the planned weights and shrank accordingly."""
    wanted = Counter(f"{smaller.bits} bits" for _, smaller in planned)
    found = Counter(f"{bits} bits" for bits in expanded_bits(model))
    saved = sum(w.values.size * w.dtype.itemsize - s.size(w.dtype) for w, s in planned)
    arrays = sum(1 + 2 for _ in planned)  # one array becomes up to three
    surplus = _file_size(model) - (before - saved)
    if wanted != found or surplus > 2 * ALIGNED * arrays:
        raise ExportError(
            f"Stage {stage}: coremltools wrote {_counted(found)} where {_counted(wanted)} were "
            f"wanted, and {surplus} bytes more than these take; another version may do better."
        )


def _counted(weights: Counter[str]) -> str:
    return " and ".join(f"{n} weights of {kind}" for kind, n in sorted(weights.items())) or "none"


def expanded_bits(model: Any) -> list[int]:
    """Return the bits of each weight that an MLModel's program expands, in its order."""
    (function,) = model.get_spec().mlProgram.functions.values()
    (block,) = function.block_specializations.values()
    bits = []
    for operation in block.operations:
        if operation.type in EXPANDS:
            [argument] = operation.inputs[EXPANDS[operation.type]].arguments
            bits.append(MIL_BITS[argument.value.type.tensorType.dataType])
    return bits


def _file_size(model: Any) -> int:
    return (Path(model.weights_dir) / "weight.bin").stat().st_size
