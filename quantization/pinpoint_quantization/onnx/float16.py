"""Store float weights of an ONNX graph in float16, cast to float32 when it loads: half the size.

ONNX Runtime computes in float32 on a CPU, so only the weights are rounded, to 11 bits.
"""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from pinpoint_edge.errors import ExportError
from pinpoint_quantization.module_patterns import check_patterns
from pinpoint_quantization.onnx.constants import constant
from pinpoint_quantization.onnx.weights import module_of, weighted
from pinpoint_quantization.recipe import BITS, StageRecipe

LARGEST = float(np.finfo(np.float16).max)


def store_float16(model: ir.Model, stage: str, recipe: StageRecipe) -> int:
    """Store, in place, the weights that the recipe wants in float16; return their bytes.

    model: as torch's exporter gives it, its weights named after their modules; integers of the
    recipe, if any, are in place (`pinpoint_quantization.onnx.blocks.quantize_graph`). Raises
    OptionError for a pattern that fits no module, ExportError when there is nothing to store in
    float16 or a weight is beyond its range.
    """
    found = {value: module_of(value.name or "") for _, value in weighted(model.graph)}
    if not recipe.types() & BITS.keys():  # otherwise `quantize_graph` checked them
        check_patterns(stage, recipe, {module for module in found.values() if module})
    size = 0
    for value, module in found.items():
        if recipe.weights_of(module) == "float16":
            size += _store(model.graph, value, f"Stage {stage}, module {module}")
    if not size:
        raise ExportError(
            f"Stage {stage} has no weights that can be kept in float16; change the recipe."
        )
    return size


def _store(graph: ir.Graph, value: ir.Value, where: str) -> int:
    assert value.const_value is not None
    weights = value.const_value.numpy()
    if float(np.abs(weights).max()) > LARGEST:
        raise ExportError(f"{where}: a weight lies beyond float16; keep the module in float32.")
    halves = weights.astype(np.float16)
    half = constant(graph, f"{value.name}.half", halves)
    cast = ir.node("Cast", [half], {"to": ir.DataType.FLOAT})
    wide = cast.outputs[0]
    wide.shape, wide.type = value.shape, ir.TensorType(ir.DataType.FLOAT)
    first = next(node for node in graph if value in node.inputs)
    graph.insert_before(first, cast)
    for node, place in list(value.uses()):
        node.replace_input_with(place, wide)
    assert value.name is not None
    del graph.initializers[value.name]
    wide.name = value.name
    return halves.nbytes
