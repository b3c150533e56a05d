"""Products of int8 blocks in an ONNX graph that take their input as it is, written as a pair.

ONNX Runtime multiplies int8 blocks with inputs that it rounds to 8 bits, a scale a block; told to
multiply in float32 it expands the blocks anew for every product (14 ms a step instead of .3). So an
input x goes in twice, below each other: what it would be rounded to, and what that leaves,

    x = h + (x - h),    h = s round(x / s),    s = the block's greatest value / 127,

each of which is rounded in its own range: the sum is x to one part in 30,000.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import onnx_ir as ir

from pinpoint_quantization.onnx.constants import constant

STEPS = 127
_LEAST = np.float32(1e-30)  # a step, for a block of zeros


@dataclass
class Pairs:
    """The inputs of a graph's products that were written as pairs, each once."""

    graph: ir.Graph
    _written: dict[tuple[ir.Value, int], ir.Value] = field(default_factory=dict)

    def write(self, taken: ir.Value, block: int) -> tuple[list[ir.Node], ir.Value]:
        """Return the nodes that write f32 (B, ..., K) as (2 B, ..., K), if any, and the pair."""
        if (taken, block) in self._written:
            return [], self._written[taken, block]
        rows = constant(self.graph, f"pair.blocks.{block}", np.array([-1, block], np.int64))
        last = constant(self.graph, "pair.last", np.array([-1], np.int64))
        part = constant(self.graph, "pair.part", np.float32(1 / STEPS))
        least = constant(self.graph, "pair.least", _LEAST)
        blocks = ir.node("Reshape", [taken, rows])
        size = ir.node("Abs", blocks.outputs)
        most = ir.node("ReduceMax", [size.outputs[0], last])
        share = ir.node("Mul", [most.outputs[0], part])
        step = ir.node("Max", [share.outputs[0], least])
        steps = ir.node("Div", [blocks.outputs[0], step.outputs[0]])
        nearest = ir.node("Round", steps.outputs)
        high = ir.node("Mul", [nearest.outputs[0], step.outputs[0]])
        low = ir.node("Sub", [blocks.outputs[0], high.outputs[0]])
        shape = ir.node("Shape", [taken])
        whole = [ir.node("Reshape", [node.outputs[0], shape.outputs[0]]) for node in (high, low)]
        pair = ir.node("Concat", [node.outputs[0] for node in whole], {"axis": 0})
        self._written[taken, block] = pair.outputs[0]
        nodes = [blocks, size, most, share, step, steps, nearest, high, low, shape, *whole, pair]
        return nodes, pair.outputs[0]


def add_up(product: ir.Node) -> list[ir.Node]:
    """Return the nodes that make one result of the two that a product of a pair gives."""
    halves = ir.node("Split", product.outputs, {"axis": 0, "num_outputs": 2}, num_outputs=2)
    return [halves, ir.node("Add", halves.outputs)]
