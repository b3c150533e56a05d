"""Vision stages in int8 by torchao's PT2E and XNNPACK's quantizer: convolutions and linear layers.

Other operations (attention, norms, squeeze-and-excite) compute in float32, because int8 loses
letters there. "dynamic" rounds the input of a layer at run time, with a range for each image or
row; depthwise convolutions, for which XNNPACK has no such kernel, stay in float32. "static"
measures ranges on inputs from real pages, and rounds the output of a layer as well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from pinpoint_edge.errors import DataError, ExportError
from pinpoint_quantization.module_patterns import check_patterns
from pinpoint_quantization.recipe import RUNNING, StageRecipe

Feeds = Mapping[str, NDArray[Any]]

_ATEN = torch.ops.aten
LAYERS = (_ATEN.conv2d.default, _ATEN.conv_transpose2d.input, _ATEN.linear.default)


def quantize_methods(
    methods: dict[str, Any],
    stage: str,
    recipe: StageRecipe,
    inputs: Sequence[str],
    feeds: Sequence[Feeds] = (),
) -> int:
    """Replace each exported method by one in int8; return the number of int8 weights.

    Args:
        methods: ExportedPrograms of one module at several sizes, by name.
        inputs: the names of their inputs, in order.
        feeds: inputs of real pages, of any of the sizes, for static ranges; all sizes share them.

    Raises:
        OptionError: a pattern of the recipe fits no layer.
        DataError: feeds are missing, or have none of the sizes.
        ExportError: a layer was left in float, or there is none.
    """
    prepared = {
        name: _prepared(program, stage, recipe) for name, program in sorted(methods.items())
    }
    _share_ranges(list(prepared.values()), stage)
    if recipe.activations == "static":
        _calibrate(prepared, methods, stage, inputs, feeds)
    else:  # the ranges of the weights, which no feed changes
        name = min(methods, key=lambda name: _elements(methods[name].example_inputs[0]))
        prepared[name](*methods[name].example_inputs[0])
    meant = {name: _meant(module, recipe) for name, module in prepared.items()}
    return sum(_convert(methods, name, prepared[name], stage, meant[name]) for name in prepared)


def _prepared(program: Any, stage: str, recipe: StageRecipe) -> Any:
    """Return a method with observers around the layers that the recipe names."""
    from executorch.backends.xnnpack.quantizer.xnnpack_quantizer import (
        XNNPACKQuantizer,
        get_symmetric_quantization_config,
    )
    from torchao.quantization.pt2e.quantize_pt2e import prepare_pt2e
    from torchao.quantization.pt2e.quantizer import QuantizationAnnotation

    module = program.module()
    check_patterns(stage, recipe, {_path(node) for node in _layers(module)})
    dynamic = recipe.activations in RUNNING
    config = get_symmetric_quantization_config(
        is_per_channel=recipe.granularity != "tensor", is_dynamic=dynamic
    )

    class LayerQuantizer(XNNPACKQuantizer):  # type: ignore[misc]
        """Annotates convolutions before a ReLU too, which dynamic rounding passes over."""

        def annotate(self, model: Any) -> Any:
            model = super().annotate(model)
            for node in _meant(model, recipe) if dynamic else ():
                if "quantization_annotation" not in node.meta:
                    taken = {node.args[0]: config.input_activation, node.args[1]: config.weight}
                    node.meta["quantization_annotation"] = QuantizationAnnotation(
                        input_qspec_map=taken, _annotated=True
                    )
            return model

    quantizer = LayerQuantizer().set_filter_function(
        lambda node: node.target not in LAYERS or recipe.weights_of(_path(node)) == "int8"
    )
    for layer in LAYERS:
        quantizer.set_operator_type(layer, config)
    return prepare_pt2e(module, quantizer)


def _layers(module: Any) -> list[Any]:
    return [node for node in module.graph.nodes if node.target in LAYERS]


def _meant(module: Any, recipe: StageRecipe) -> list[Any]:
    """Return the calls whose weights become integers."""
    found = [node for node in _layers(module) if recipe.weights_of(_path(node)) == "int8"]
    if recipe.activations == "static":
        return found
    return [node for node in found if not _is_depthwise(node)]


def _is_depthwise(node: Any) -> bool:
    """Return whether XNNPACK treats a convolution as depthwise: one input channel for an output."""
    weight = node.args[1]
    while "val" not in weight.meta:  # an observer
        weight = weight.args[0]
    return node.target is _ATEN.conv2d.default and weight.meta["val"].shape[1] == 1


def _path(node: Any) -> str:
    """Return the path of the module that makes a layer's call."""
    stack = list((node.meta.get("nn_module_stack") or {"": ("", None)}).values())
    return str(stack[-1][0]).split("].")[-1]


def _share_ranges(modules: Sequence[Any], stage: str) -> None:
    """Share the observers of all sizes, so that a page calibrates each of them."""
    first, *others = modules
    names = [node.target for node in first.graph.nodes if node.op == "call_module"]
    for other in others:
        if names != [node.target for node in other.graph.nodes if node.op == "call_module"]:
            raise ExportError(
                f"Stage {stage} has different graphs at different sizes, which cannot share "
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


def _elements(tensors: Sequence[Any]) -> int:
    return sum(tensor.numel() for tensor in tensors)


def _convert(
    methods: dict[str, Any], name: str, module: Any, stage: str, meant: Sequence[Any]
) -> int:
    """Replace a method by its int8 form; return the number of int8 weights."""
    from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e

    example = methods[name].example_inputs[0]
    wanted = Counter(_path(node) for node in meant)
    converted = convert_pt2e(module)
    found = Counter(
        _path(node) for node in _layers(converted) if "dequantize" in str(node.args[1].target)
    )
    if not wanted:
        raise ExportError(
            f"Stage {stage} has no layer that XNNPACK keeps in int8; change the recipe."
        )
    if found != wanted:
        others = ", ".join(sorted({*(wanted - found), *(found - wanted)}))
        raise ExportError(
            f"XNNPACK's quantizer did not quantize {others} in stage {stage} as planned; keep "
            "them in float32, or use another version of executorch."
        )
    methods[name] = torch.export.export(converted, example, strict=False)
    return found.total()
