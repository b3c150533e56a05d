"""Keep float weights of an ONNX graph in float16 and widen them as it loads: half the room.

ONNX Runtime computes in float32 on a CPU, so the weights' rounding, 11 bits, is all that changes.
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

    model: fresh from torch's exporter, its weights named after their modules; integers of the
    recipe, if it has any, are in place already (`onnx_blocks.quantize_graph`). Raises OptionError
    for a pattern that no module fits, ExportError when there was nothing to store so or a weight
    lies beyond float16.
    """
    found = {value: module_of(value.name or "") for _, value in weighted(model.graph)}
    if not recipe.types() & BITS.keys():  # otherwise `quantize_graph` saw all modules, and checked
        check_patterns(stage, recipe, {module for module in found.values() if module})
    size = 0
    for value, module in found.items():
        if recipe.weights_of(module) == "float16":
            size += _halve(model.graph, value, f"Stage {stage}, module {module}")
    if not size:
        raise ExportError(
            f"Stage {stage} has no weights that can be kept in float16; change the recipe."
        )
    return size


def _halve(graph: ir.Graph, value: ir.Value, where: str) -> int:
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
