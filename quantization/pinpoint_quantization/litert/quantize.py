"""Quantize a .tflite file by ai-edge-quantizer, and check the result.

LiteRT's kernels take symmetric weights: int8 with a scale for each channel (a row of a matrix) or
for the whole tensor, int4 with a scale for each block or channel. It has no kernels for blocks of
int8, so a recipe's block applies to int4 alone and int8 has channels. `activations` says how the
input of a layer with integer weights is rounded:

    dynamic  to int8 at run time, with a range for each row; depthwise convolutions, which have no
             such kernel, keep their weights in float32
    static   to int8, and the output too, in measured ranges
    (`pinpoint_quantization.litert.ranges`);
             between layers all is float32
    kept     as dynamic: there is no product of integers with floats
    float    not at all: the integers are expanded to float32 when the file is loaded, as float16 is

A stage has the same input and output types as in float32. Scales of blocks are absmax / 7 in
float16. ai-edge-quantizer would round them to bfloat16, which suits XNNPACK but not LiteRT's plain
kernels.
"""

from __future__ import annotations

import contextlib
import io
import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pinpoint_edge.errors import ExportError
from pinpoint_quantization.blocks import check_columns, quantize
from pinpoint_quantization.litert.ranges import Range, measure_ranges
from pinpoint_quantization.litert.weights import (
    LOOKUP,
    Array,
    LitertWeight,
    bytes_of,
    float_weights,
    opened,
)
from pinpoint_quantization.module_patterns import check_patterns
from pinpoint_quantization.recipe import BITS, FLOAT_BITS, RUNNING, StageRecipe

Feeds = Mapping[str, Array]

SMALLEST = 1024
"""Values of a weight that is worth quantizing; scales and single rows stay in float32."""
BLOCKS = (32, 64, 128, 256)
TYPES = ("float32", "float16", *BITS)
_TOOL_NAMES = {"TRANSPOSE_CONV": "CONV_2D_TRANSPOSE"}  # the rest as LiteRT calls them


def refusal(stage: str, recipe: StageRecipe) -> str | None:
    """Return None for a recipe that LiteRT has the kernels for, otherwise the missing kernel."""
    types = recipe.types()
    if lacking := sorted(types - set(TYPES)):
        return f"LiteRT keeps weights in {', '.join(TYPES)}, the recipe asks for {lacking[0]}"
    if not types & BITS.keys():
        return None
    if not recipe.symmetric:
        return "LiteRT's kernels take symmetric weights alone, without a zero point"
    if stage != "decode" and "int4" in types:
        return "LiteRT has no int4 kernels for all convolutions; only decode can be kept in int4"
    if stage == "decode" and recipe.activations == "static":
        return "the decode stage can round its inputs as it runs, but not in ranges set before"
    if "int4" in types and recipe.granularity == "block":
        if recipe.block not in BLOCKS:
            return (
                f"LiteRT has blocks of {', '.join(map(str, BLOCKS))} weights, "
                f"the recipe asks for {recipe.block}"
            )
        if recipe.activations == "float":
            return (
                "LiteRT multiplies blocks of int4 with rounded inputs alone; write "
                'activations = "dynamic" or granularity = "channel"'
            )
    return None


def kept_as(recipe: StageRecipe, module: str, shape: Sequence[int], kinds: Collection[str]) -> str:
    """Return the type that a weight gets, by its module and the operators that take it.

    A recipe does not apply to a table without a module, such as the rotary angles.
    """
    if math.prod(shape) < SMALLEST or (not module and set(kinds) <= {LOOKUP}):
        return "float32"
    kept = recipe.weights_of(module)
    alone = "DEPTHWISE_CONV_2D" in kinds and recipe.activations in RUNNING
    return "float32" if kept in BITS and alone else kept


def quantize_file(
    path: Path,
    stage: str,
    recipe: StageRecipe,
    parameters: Mapping[str, Array],
    calibration: Sequence[Feeds] = (),
) -> int:
    """Quantize a float32 file in place; return the bytes of the quantized weights with scales.

    Args:
        path: a file of litert-torch.
        recipe: one that `refusal` lets pass.
        parameters: of the stage's module, f32 by their names, for the modules of the recipe.
        calibration: inputs of the stage from real documents, for activations = "static".

    Raises:
        OptionError: a pattern fits no module, a block does not divide a row, or calibration inputs
            are missing.
        ExportError: there is nothing to quantize, or the quantizer left a weight unchanged.
    """
    ranges = None
    if recipe.activations == "static":
        ranges = measure_ranges(path, stage, calibration)
    made = path.with_name(path.name + ".quantized")
    with opened(path) as model:
        weights = float_weights(model, parameters)
        check_patterns(stage, recipe, {weight.module for weight in weights if weight.module})
        plan = [planned for weight in weights if (planned := _plan(weight, stage, recipe))]
        if not plan:
            raise ExportError(
                f"Stage {stage} has no weights that can be kept in {recipe.weights}; change the "
                "recipe."
            )
        try:
            _quantize(path, made, plan, recipe, ranges)
            with opened(made, write=True) as quantized:
                size = sum(_finish(quantized, stage, planned) for planned in plan)
            made.chmod(path.stat().st_mode)
            made.replace(path)
        finally:
            made.unlink(missing_ok=True)
    return size


@dataclass(frozen=True)
class _Planned:
    """A weight with its new type; block: weights that share a scale, 0 for a channel."""

    weight: LitertWeight
    kind: str
    block: int

    def blocks(self) -> tuple[Array, Array]:
        """Return integers -7 to 7, i8 (N, K), and the scales of blocks, f16 (N, K / block)."""
        blocks = quantize(self.weight.values, BITS["int4"], self.block, symmetric=True)
        return blocks.integers()[0], blocks.scales.astype(np.float16)


def _plan(weight: LitertWeight, stage: str, recipe: StageRecipe) -> _Planned | None:
    """Return the plan for a weight, None when it stays in float32."""
    kind = kept_as(recipe, weight.module, weight.values.shape, weight.operators)
    if kind == "float32":
        return None
    block = recipe.block if kind == "int4" and recipe.granularity == "block" else 0
    if block:
        check_columns(f"Stage {stage}, module {weight.module}", weight.values.shape[1], block)
    return _Planned(weight, kind, block)


def _quantize(
    path: Path,
    made: Path,
    plan: Sequence[_Planned],
    recipe: StageRecipe,
    ranges: Mapping[str, Range] | None,
) -> None:
    """Write the file by ai-edge-quantizer, with a rule for each group of weights of one kind."""
    from ai_edge_quantizer import quantizer

    tool: Any = quantizer.Quantizer(str(path))
    groups: dict[tuple[str, str, int], list[str]] = {}
    for planned in plan:
        for operator, result in planned.weight.uses:
            groups.setdefault((operator, planned.kind, planned.block), []).append(result)
    for (operator, kind, block), results in groups.items():
        # A rule finds operators by the names of their outputs, each followed by a semicolon.
        scope = f"^(?:{'|'.join(map(re.escape, results))});$"
        _add_rule(tool, scope, operator, kind, block, recipe)
    measured = None
    if ranges is not None:
        measured = {
            name: {"min": np.array([low]), "max": np.array([high])}
            for name, (low, high) in ranges.items()
        }
    with contextlib.redirect_stderr(io.StringIO()), np.errstate(all="ignore"):
        tool.quantize(
            measured,
            serialize_to_path=str(made),
            enable_progress_bar=False,
            enable_progress_report=False,
        )


def _add_rule(
    tool: Any, scope: str, operator: str, kind: str, block: int, recipe: StageRecipe
) -> None:
    from ai_edge_quantizer import qtyping, quantizer

    name = _TOOL_NAMES.get(operator, operator)
    if kind == "float16":
        cast = quantizer.AlgorithmName.FLOAT_CASTING
        tool.add_weight_only_config(scope, name, 16, algorithm_key=cast)
        return
    shared = "TENSORWISE" if recipe.granularity == "tensor" else "CHANNELWISE"
    granularity = qtyping.QuantGranularity(f"BLOCKWISE_{block}" if block else shared)
    if recipe.activations == "float":
        tool.add_weight_only_config(scope, name, BITS[kind], granularity)
    elif recipe.activations == "static" and operator != LOOKUP:
        tool.add_static_config(scope, name, 8, BITS[kind], granularity)
    else:
        tool.add_dynamic_config(scope, name, BITS[kind], granularity)


def _finish(model: Any, stage: str, planned: _Planned) -> int:
    """Return the bytes of a quantized weight with its scales; write the weights in blocks.

    Raises ExportError unless the weight has the planned type and is stored once.
    """
    from ai_edge_litert import schema_py_generated as schema

    tensors = [model.Subgraphs(graph).Tensors(i) for graph, i in planned.weight.tensors]
    held = [bytes_of(model, buffer) for buffer in {tensor.Buffer() for tensor in tensors}]
    wanted = getattr(schema.TensorType, planned.kind.upper())
    count = planned.weight.values.size * (BITS | FLOAT_BITS)[planned.kind] // 8
    if any(tensor.Type() != wanted for tensor in tensors) or [h.size for h in held] != [count]:
        raise ExportError(
            f"ai-edge-quantizer left a weight of stage {stage}, module {planned.weight.module}, as "
            f"it was, or stored it {len(held)} times; another version of it may do better."
        )
    if planned.kind == "float16":
        return count
    if not planned.block:
        return count + int(tensors[0].Quantization().ScaleAsNumpy().nbytes)
    integers, scales = planned.blocks()
    low, high = integers.ravel()[::2], integers.ravel()[1::2]
    held[0][:] = (low & 15 | high << 4).view(np.uint8)
    for (graph, _), tensor in zip(planned.weight.tensors, tensors, strict=True):
        _scales_of_blocks(model, graph, tensor)[:] = scales.ravel()
    return count + scales.nbytes


def _scales_of_blocks(model: Any, graph: int, tensor: Any) -> Array:
    """Return the scales of a weight in blocks, f16, as they lie in the file."""
    from ai_edge_litert import schema_py_generated as schema

    details = tensor.Quantization().Details()
    blocks = schema.BlockwiseQuantization()
    blocks.Init(details.Bytes, details.Pos)
    held = model.Subgraphs(graph).Tensors(blocks.Scales())
    return bytes_of(model, held.Buffer()).view(np.float16)
