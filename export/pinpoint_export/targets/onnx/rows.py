"""Score characters a row of the batch at a time: what the best few are chosen from is large.

The scores of all steps of a batch of wide crops are 70 MB, and as many once they are probabilities;
the four best of each step are a few kilobytes. A Scan over the batch holds an eighth of that, with
the same arithmetic for each row.
"""

import onnx_ir as ir


def choose_by_rows(model: ir.Model) -> int:
    """Put each product -> sum -> Softmax -> TopK over (B, T, classes) into a Scan over B, in place.

    Return how many there were. The product's weights stay where they are, outside of the loop.
    """
    count = 0
    for best in [node for node in model.graph if node.op_type == "TopK"]:
        chain = _chain(best)
        if chain is None:
            continue
        features = chain[0].inputs[0]
        assert features is not None
        shape, kind = features.shape, features.type
        if shape is None or len(shape) != 3 or kind is None:
            continue
        _replace(model.graph, chain, features)
        count += 1
    return count


def _chain(best: ir.Node) -> list[ir.Node] | None:
    """Return the nodes from the product to the choice, if nothing else uses what is between."""
    nodes = [best]
    for kinds in (("Softmax",), ("Add",), ("MatMul", "MatMulNBits")):
        value = nodes[0].inputs[0]
        node = None if value is None else value.producer()
        if value is None or node is None or node.op_type not in kinds:
            return None
        if len(value.uses()) != 1 or value.is_graph_output():
            return None
        nodes.insert(0, node)
    return nodes


def _replace(graph: ir.Graph, chain: list[ir.Node], features: ir.Value) -> None:
    assert features.shape is not None
    row = ir.Value(name="row", type=features.type, shape=ir.Shape(features.shape[1:]))
    replaced: dict[ir.Value, ir.Value] = {features: row}
    body = []
    for node in chain:
        inputs = [None if value is None else replaced.get(value, value) for value in node.inputs]
        copy = ir.Node(
            node.domain, node.op_type, inputs, node.attributes.values(),
            num_outputs=len(node.outputs), name=f"row_{node.name or node.op_type}",
        )  # fmt: skip
        for old, new in zip(node.outputs, copy.outputs, strict=True):
            new.name, new.type = f"row_{old.name}", old.type
            if old.shape is not None:
                new.shape = ir.Shape(old.shape[1:])
            replaced[old] = new
        body.append(copy)
    outputs = [replaced[value] for value in chain[-1].outputs]
    inner = ir.Graph([row], outputs, nodes=body, name="row", opset_imports=graph.opset_imports)
    attributes = [ir.AttrGraph("body", inner), ir.AttrInt64("num_scan_inputs", 1)]
    scan = ir.Node("", "Scan", [features], attributes, num_outputs=len(outputs), name="rows")
    for old, new in zip(chain[-1].outputs, scan.outputs, strict=True):
        new.name, new.type, new.shape = old.name, old.type, old.shape
    ir.convenience.replace_nodes_and_values(
        graph, chain[-1], chain, [scan], chain[-1].outputs, scan.outputs
    )
