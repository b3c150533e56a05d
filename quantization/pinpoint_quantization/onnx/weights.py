"""The weights of an ONNX graph, named after their modules: `layers.0.mlp.up.weight`.

torch's exporter notes the module at the node, and makes a layer's matrix an unnamed constant.
Exported stages lose the notes, because they name more than modules; the names of weights stay.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

import onnx_ir as ir

SCOPES = "pkg.torch.onnx.name_scopes"  # torch's exporter notes the module of a node there
SUFFIX = ".weight"
_WEIGHT_PLACE = {"MatMul": 1, "Gemm": 1, "Conv": 1, "ConvTranspose": 1, "Gather": 0}


def weighted(graph: ir.Graph) -> Iterator[tuple[ir.Node, ir.Value]]:
    """Give the nodes that look up, multiply or convolve with a float weight, and the weight."""
    for node in graph:
        place = _WEIGHT_PLACE.get(node.op_type)
        if place is None or node.domain not in ("", "ai.onnx"):
            continue
        value = node.inputs[place]
        if value is None or value.const_value is None or not value.is_initializer():
            continue
        if value.dtype == ir.DataType.FLOAT and len(value.const_value.shape) >= 2:
            yield node, value


def name_weights(model: ir.Model) -> None:
    """Name each weight after its module, in place; model: as torch's exporter gives it."""
    for node, value in list(weighted(model.graph)):
        module = noted_module(node)
        name = f"{module}{SUFFIX}"
        if not module or (value.name or "").endswith(SUFFIX):
            continue
        if name not in model.graph.initializers:
            value.name = name
            if value.const_value is not None:
                value.const_value.name = name


def note_modules(model: ir.Model) -> None:
    """Note at each node the module in its weight's name, as torch's exporter does."""
    for node, value in weighted(model.graph):
        node.metadata_props[SCOPES] = repr(["", module_of(value.name or ""), node.name or ""])


def noted_module(node: ir.Node) -> str:
    """Return the path of the module that torch's exporter noted, "" without a note."""
    scopes = ast.literal_eval(node.metadata_props.get(SCOPES, "['', '']"))
    return str(scopes[-2])


def module_of(weight: str) -> str:
    """Return the module in a weight's name, "" when there is none."""
    return weight.removesuffix(SUFFIX) if weight.endswith(SUFFIX) else ""
