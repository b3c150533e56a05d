"""Quantize a Core ML program's weights in blocks, by coremltools; Core ML expands them as it runs.

What a layer multiplies with is quantized, other tables stay: rounding rotary angles helps nobody.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pinpoint_edge.errors import ExportError
from pinpoint_quantization.blocks import check_columns
from pinpoint_quantization.recipe import StageRecipe

SMALLEST = 2048  # values; coremltools' own bound for what is worth quantizing


def quantize_program(model: Any, stage: str, recipe: StageRecipe) -> Any:
    """Return an MLModel of iOS 18 with the weights of its linear layers in integers.

    Raises OptionError for a block that divides no row, ExportError when there is nothing to
    quantize, a weight was left as it was, or a block holds zeros alone, which coremltools divides
    by.
    """
    from coremltools.optimize import coreml as optimize

    found = optimize.get_weights_metadata(model, weight_threshold=SMALLEST)
    matrices = {
        name: weight.val.shape
        for name, weight in found.items()
        if weight.val.ndim == 2 and any(child.op_type == "linear" for child in weight.child_ops)
    }
    if not matrices:
        raise ExportError(f"Stage {stage} has no weights that can be kept in {recipe.weights}.")
    for name, shape in matrices.items():
        check_columns(f"Stage {stage}, {name}", shape[1], recipe.block)
    how = optimize.OpLinearQuantizerConfig(
        mode="linear_symmetric" if recipe.symmetric else "linear",
        dtype=recipe.weights,
        granularity="per_block",
        block_size=recipe.block,
        weight_threshold=SMALLEST,
    )
    config = optimize.OptimizationConfig(
        global_config=how, op_name_configs={name: None for name in found if name not in matrices}
    )
    try:
        with np.errstate(invalid="raise", divide="raise"):
            quantized = optimize.linear_quantize_weights(model, config)
    except FloatingPointError as error:
        raise ExportError(
            f"Stage {stage} has weights with a block of zeros, which coremltools cannot quantize; "
            "keep the stage in float16."
        ) from error
    expanded = count(quantized)
    if expanded != len(matrices):
        raise ExportError(
            f"coremltools quantized {expanded} of {len(matrices)} weights of stage {stage}; "
            "another version of it may do better."
        )
    return quantized


def count(model: Any) -> int:
    """Return how many weights a program keeps in blocks of integers."""
    (function,) = model.get_spec().mlProgram.functions.values()
    (block,) = function.block_specializations.values()
    return sum(op.type == "constexpr_blockwise_shift_scale" for op in block.operations)
