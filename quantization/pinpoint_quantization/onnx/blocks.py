"""Quantize an ONNX graph's weights in blocks: ONNX Runtime's MatMulNBits, GatherBlockQuantized.

Products compute in int8: ONNX Runtime rounds their input to int8, with a scale for each block of
each row (accuracy level 4). Where the recipe keeps activations, int4 multiplies in float32; int8,
for which that is slow, multiplies a split input (`pinpoint_quantization.onnx.split_inputs`). A
table that is looked up and multiplied with is stored once. Scales that fit float16 are stored in it
and
cast: ONNX Runtime takes scales in the type of the activations, and folds the cast when it loads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx_ir as ir
from numpy.typing import NDArray

from pinpoint_edge.errors import ExportError, OptionError
from pinpoint_quantization.blocks import Blocks, check_columns, quantize
from pinpoint_quantization.module_patterns import check_patterns
from pinpoint_quantization.onnx.constants import constant
from pinpoint_quantization.onnx.split_inputs import SplitInputs, add_parts
from pinpoint_quantization.onnx.weights import module_of, noted_module, weighted
from pinpoint_quantization.recipe import BITS, KEEPING, StageRecipe

DOMAIN = "com.microsoft"
INTEGER, FLOAT = 4, 1  # MatMulNBits' accuracy levels: int8 or float32 products


@dataclass(frozen=True)
class _Stored:
    """A quantized matrix in a graph: its arrays with the values that hold them."""

    blocks: Blocks
    accuracy: int
    parts: list[tuple[NDArray[Any], ir.Value]]

    @classmethod
    def of(cls, graph: ir.Graph, name: str, blocks: Blocks, accuracy: int) -> _Stored:
        scales: NDArray[Any] = blocks.scales.astype(np.float16)
        if not np.array_equal(scales.astype(np.float32), blocks.scales):
            scales = blocks.scales
        arrays = (blocks.packed, scales, blocks.zero_points)
        names = (f"{name}.integers", f"{name}.scales", f"{name}.zeros")
        return cls(
            blocks,
            accuracy,
            [
                (array, constant(graph, name, array))
                for name, array in zip(names, arrays, strict=True)
                if array is not None
            ],
        )

    @property
    def size(self) -> int:
        return sum(array.nbytes for array, _ in self.parts)

    def values(self) -> tuple[list[ir.Node], list[ir.Value]]:
        """Return the nodes that cast float16 scales, and the inputs of a product."""
        casts, values = [], []
        for array, value in self.parts:
            if array.dtype == np.float16:
                casts.append(ir.node("Cast", [value], {"to": ir.DataType.FLOAT}))
                value = casts[-1].outputs[0]
            values.append(value)
        return casts, values


def product_of(kind: str, activations: str) -> tuple[int, bool]:
    """Return how weights of a type multiply: the accuracy level, and whether inputs are split."""
    kept = activations in KEEPING
    return (FLOAT, False) if kept and kind != "int8" else (INTEGER, kept)


def quantize_graph(model: ir.Model, stage: str, recipe: StageRecipe) -> int:
    """Quantize, in place, the weights that the recipe wants in integers; return their bytes.

    model: as torch's exporter gives it, with notes that name the modules. Raises OptionError for a
    pattern that fits no module or a block that does not divide a row, ExportError when there is
    nothing to quantize.
    """
    lookups = [node for node in model.graph if _is_lookup(node)]
    products = [node for node in model.graph if _is_product(node)]
    modules = {node: noted_module(node) for node in (*lookups, *products)}
    tables = {node.inputs[0]: modules[node] for node in lookups}
    for node in products:  # a product with a table belongs to the table's module
        modules[node] = tables.get(node.inputs[1], modules[node])
    others = {module_of(value.name or "") for _, value in weighted(model.graph)}
    check_patterns(stage, recipe, {*modules.values(), *others} - {""})
    _check_convolutions(model, stage, recipe)
    model.graph.opset_imports[DOMAIN] = 1
    done: dict[ir.Value, _Stored] = {}
    inputs = SplitInputs(model.graph)
    for node, module in modules.items():
        kind = recipe.weights_of(module)
        if kind not in BITS:
            continue
        accuracy, split = product_of(kind, recipe.activations)
        value = node.inputs[0] if _is_lookup(node) else node.inputs[1]
        assert value is not None
        if value not in done:
            blocks = _blocks(value, node, stage, module, BITS[kind], recipe)
            done[value] = _Stored.of(model.graph, value.name or module, blocks, accuracy)
        if _is_lookup(node):
            new = _lookup(model.graph, node, done[value])
        else:
            new = _product(node, done[value], inputs if split else None)
        _replace(model.graph, node, new)
    for value in done:
        if value.name is not None and not value.uses():
            del model.graph.initializers[value.name]
    if not done:
        raise ExportError(
            f"Stage {stage} has no weights that can be kept in {recipe.weights}; change the recipe."
        )
    return sum(stored.size for stored in done.values())


def _check_convolutions(model: ir.Model, stage: str, recipe: StageRecipe) -> None:
    """Raise OptionError for an integer convolution: ONNX Runtime has none in blocks."""
    for node, value in weighted(model.graph):
        module = module_of(value.name or "")
        if node.op_type.startswith("Conv") and recipe.weights_of(module) in BITS:
            raise OptionError(
                f"Stage {stage}, module {module}: ONNX Runtime convolves with float weights, or "
                'integers throughout a stage (activations = "static"); name it float16 or float32 '
                "in the recipe."
            )


def _is_lookup(node: ir.Node) -> bool:
    return node.op_type == "Gather" and _is_matrix(node.inputs[0])


def _is_product(node: ir.Node) -> bool:
    return node.op_type in ("MatMul", "Gemm") and _is_matrix(node.inputs[1])


def _is_matrix(value: ir.Value | None) -> bool:
    if value is None or value.const_value is None or not value.is_initializer():
        return False
    return len(value.const_value.shape) == 2 and value.dtype == ir.DataType.FLOAT


def _blocks(
    value: ir.Value, node: ir.Node, stage: str, module: str, bits: int, recipe: StageRecipe
) -> Blocks:
    """Quantize a weight along the axis that a product sums over."""
    assert value.const_value is not None
    weights = value.const_value.numpy()
    # A lookup's table and a Gemm's transposed matrix already have a row for each output.
    transposed = _is_product(node) and not _flag(node, "transB")
    rows = weights.T if transposed else weights
    check_columns(f"Stage {stage}, module {module}", rows.shape[1], recipe.block)
    return quantize(rows, bits, recipe.block, symmetric=recipe.symmetric)


def _flag(node: ir.Node, name: str) -> bool:
    attribute = node.attributes.get(name)
    return attribute is not None and attribute.as_int() == 1


def _product(node: ir.Node, stored: _Stored, inputs: SplitInputs | None) -> list[ir.Node]:
    blocks = stored.blocks
    rows, count = blocks.scales.shape
    attributes = {
        "K": count * blocks.block,
        "N": rows,
        "bits": blocks.bits,
        "block_size": blocks.block,
        "accuracy_level": stored.accuracy,
    }
    taken = node.inputs[0]
    assert taken is not None
    before, taken = ([], taken) if inputs is None else inputs.write(taken, blocks.block)
    casts, values = stored.values()
    product = ir.node("MatMulNBits", [taken, *values], attributes, domain=DOMAIN)
    nodes = [*before, *casts, product, *([] if inputs is None else add_parts(product))]
    bias = node.inputs[2] if len(node.inputs) > 2 else None
    return nodes if bias is None else [*nodes, ir.node("Add", [nodes[-1].outputs[0], bias])]


def _lookup(graph: ir.Graph, node: ir.Node, stored: _Stored) -> list[ir.Node]:
    """Look up rows of a matrix that a product may share; a view gives it two axes."""
    casts, values = stored.values()
    views = []
    for (array, part), value in zip(stored.parts, values, strict=True):
        shape = np.array([len(array), array.size // len(array)], np.int64)
        views.append(ir.node("Reshape", [value, constant(graph, f"{part.name}.shape", shape)]))
    integers, scales, *zeros = (view.outputs[0] for view in views)
    attributes = {
        "bits": stored.blocks.bits,
        "block_size": stored.blocks.block,
        "gather_axis": 0,
        "quantize_axis": 1,
    }
    inputs = [integers, node.inputs[1], scales, *zeros]
    return [*casts, *views, ir.node("GatherBlockQuantized", inputs, attributes, domain=DOMAIN)]


def _replace(graph: ir.Graph, node: ir.Node, new: Sequence[ir.Node]) -> None:
    replace: Callable[..., None] = ir.convenience.replace_nodes_and_values
    result = new[-1].outputs[0]
    result.name = node.outputs[0].name
    replace(graph, node, [node], list(new), list(node.outputs), [result])
