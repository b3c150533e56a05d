"""Merge products with the same input into one: query, key and value; gate and up.

A decode step is many small products; each has a start of its own and rounds the input again. Rows
of the result do not depend on each other, so one merged product gives the same bits.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import onnx_ir as ir

from pinpoint_quantization.onnx.constants import constant

PRODUCT = "MatMulNBits"


def merge_products(model: ir.Model) -> int:
    """Merge, in place, the MatMulNBits with the same input and form; return how many remain.

    Weights with another use (a tied table) are not merged.
    """
    groups: dict[tuple[object, ...], list[ir.Node]] = defaultdict(list)
    for node in model.graph:
        if node.op_type == PRODUCT and all(map(_own, _stored(node))):
            form = tuple(node.attributes[n].as_int() for n in ("K", "bits", "block_size"))
            accuracy = node.attributes["accuracy_level"].as_int()
            groups[node.inputs[0], form, accuracy, len(node.inputs)].append(node)
    for nodes in groups.values():
        if len(nodes) > 1:
            _merge(model.graph, nodes)
    return sum(node.op_type == PRODUCT for node in model.graph)


def _stored(node: ir.Node) -> list[ir.Value]:
    """Return the initializers of a product: behind a cast, where they are stored in float16."""
    found = []
    for value in node.inputs[1:]:
        assert value is not None
        made = value.producer()
        source = value if made is None else made.inputs[0]
        assert source is not None
        found.append(source)
    return found


def _own(value: ir.Value) -> bool:
    return value.const_value is not None and len(value.uses()) == 1


def _merge(graph: ir.Graph, nodes: list[ir.Node]) -> None:
    first = nodes[0]
    casts, inputs = [], [first.inputs[0]]
    for parts in zip(*map(_stored, nodes), strict=True):
        arrays = [part.const_value.numpy() for part in parts if part.const_value is not None]
        joined = np.concatenate(arrays)
        name = parts[0].name or ""
        for part in parts:
            assert part.name is not None
            del graph.initializers[part.name]
        value = constant(graph, name, joined)
        if joined.dtype == np.float16:
            casts.append(ir.node("Cast", [value], {"to": ir.DataType.FLOAT}))
            value = casts[-1].outputs[0]
        inputs.append(value)
    sizes = [node.attributes["N"].as_int() for node in nodes]
    attributes = {name: a for name, a in first.attributes.items() if name != "N"}
    product = ir.Node(
        first.domain,
        PRODUCT,
        inputs,
        [*attributes.values(), ir.AttrInt64("N", sum(sizes))],
        name=first.name,
    )
    rows = constant(graph, f"{inputs[1].name}.rows", np.array(sizes, np.int64))  # type: ignore[union-attr]
    split = ir.Node(
        "",
        "Split",
        [product.outputs[0], rows],
        [ir.AttrInt64("axis", -1)],
        num_outputs=len(nodes),
        name=f"{first.name} split",
    )
    old = [node.outputs[0] for node in nodes]
    for value, new in zip(old, split.outputs, strict=True):
        new.name, new.type, new.shape = value.name, value.type, value.shape
    stale = [made for node in nodes for v in node.inputs[1:] if v and (made := v.producer())]
    graph.insert_before(first, [*casts, product, split])
    for value, new in zip(old, split.outputs, strict=True):
        ir.convenience.replace_all_uses_with(value, new)
    graph.remove([*nodes, *stale], safe=True)
