"""Stages in int8 by PT2E and XNNPACK's quantizer: convolutions and linear layers, nothing else.

What lies between them (attention, norms, squeeze-and-excite) computes in float32: that is where
int8 loses letters. "dynamic" rounds what a layer takes as it runs, a range an image or a row;
depthwise and transposed convolutions, for which XNNPACK has no such kernel, stay in float32.
"static" measures ranges before, on feeds of real pages, and rounds what a layer gives as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from pinpoint_edge.errors import DataError, ExportError
from pinpoint_quantization.modules import check_patterns
from pinpoint_quantization.recipe import StageRecipe

Feeds = Mapping[str, NDArray[Any]]

_ATEN = torch.ops.aten
LAYERS = (_ATEN.conv2d.default, _ATEN.conv_transpose2d.input, _ATEN.linear.default)


def quantize_methods(
    methods: dict[str, Any],
    stage: str,
    recipe: StageRecipe,
    inputs: Sequence[str],
    feeds: Sequence[Feeds] | None = None,
) -> int:
    """Replace each exported method by one in int8; return how many weights that makes in all.

    Args:
        methods: ExportedPrograms of one module at several sizes, by name.
        inputs: the names of their inputs, in order.
        feeds: inputs of real pages, of any of the sizes, for static ranges. All sizes share them.

    Raises:
        OptionError: a pattern of the recipe fits no layer.
        DataError: feeds are missing, or have none of the sizes.
        ExportError: a layer was left as it was, or there is none.
    """
    prepared = {
        name: _prepared(program, stage, recipe) for name, program in sorted(methods.items())
    }
    if recipe.activations == "static":
        _share_ranges(list(prepared.values()), stage)
        _calibrate(prepared, methods, stage, inputs, feeds or ())
    return sum(_convert(methods, name, module, stage) for name, module in prepared.items())


def _prepared(program: Any, stage: str, recipe: StageRecipe) -> Any:
    """Return a method with observers around the layers that the recipe names."""
    from executorch.backends.xnnpack.quantizer.xnnpack_quantizer import (
        XNNPACKQuantizer,
        get_symmetric_quantization_config,
    )
    from torchao.quantization.pt2e.quantize_pt2e import prepare_pt2e

    module = program.module()
    layers = {_path(node) for node in module.graph.nodes if node.target in LAYERS}
    check_patterns(stage, recipe, layers)

    def meant(node: Any) -> bool:
        return node.target not in LAYERS or recipe.weights_of(_path(node)) == "int8"

    config = get_symmetric_quantization_config(
        is_per_channel=recipe.granularity != "tensor",
        is_dynamic=recipe.activations == "dynamic",
    )
    quantizer = XNNPACKQuantizer().set_filter_function(meant)
    for layer in LAYERS:
        quantizer.set_operator_type(layer, config)
    return prepare_pt2e(module, quantizer)


def _path(node: Any) -> str:
    """Return the path of the module that a layer's call lies in."""
    stack = list((node.meta.get("nn_module_stack") or {"": ("", None)}).values())
    return str(stack[-1][0]).split("].")[-1]


def _share_ranges(modules: Sequence[Any], stage: str) -> None:
    """Let all sizes observe into the same ranges, so that a page calibrates each of them."""
    first, *others = modules
    names = [node.target for node in first.graph.nodes if node.op == "call_module"]
    for other in others:
        if names != [node.target for node in other.graph.nodes if node.op == "call_module"]:
            raise ExportError(
                f"Stage {stage} is another graph at another size, so that sizes cannot share "
                "ranges; choose dynamic activations."
            )
        for name in names:
            setattr(other, name, getattr(first, name))


def _calibrate(
    prepared: Mapping[str, Any],
    methods: Mapping[str, Any],
    stage: str,
    inputs: Sequence[str],
    feeds: Sequence[Feeds],
) -> None:
    if not feeds:
        raise DataError(
            f"Stage {stage} needs inputs of real pages to measure the ranges of its activations "
            "on; give a calibration set, or choose dynamic activations."
        )
    sizes = {_shapes(program.example_inputs[0]): name for name, program in methods.items()}
    for feed in feeds:
        if missing := [name for name in inputs if name not in feed]:
            raise DataError(
                f"The calibration set has no {', '.join(missing)} for stage {stage}; make it for "
                "this model."
            )
        tensors = [torch.from_numpy(np.ascontiguousarray(feed[name])) for name in inputs]
        name = sizes.get(_shapes(tensors))
        if name is None:
            raise DataError(
                f"The calibration set has inputs of {', '.join(str(t.shape) for t in tensors)} "
                f"for stage {stage}, which is lowered for other sizes; make it for this model."
            )
        prepared[name](*tensors)


def _shapes(tensors: Sequence[Any]) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(tensor.shape) for tensor in tensors)


def _convert(methods: dict[str, Any], name: str, module: Any, stage: str) -> int:
    """Put a method's integers into its place; return how many weights they are."""
    from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e

    example = methods[name].example_inputs[0]
    converted = convert_pt2e(module)
    count = 0
    for node in converted.graph.nodes:
        if node.target in LAYERS:
            weight = node.args[1]
            count += weight.op == "call_function" and "dequantize" in str(weight.target)
    if not count:
        raise ExportError(
            f"Stage {stage} has no layer that XNNPACK keeps in int8; change the recipe."
        )
    methods[name] = torch.export.export(converted, example, strict=False)
    return count
