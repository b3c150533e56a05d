"""Named constants of an ONNX graph, each stored once."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx_ir as ir
from numpy.typing import ArrayLike, NDArray


def constant(graph: ir.Graph, name: str, values: ArrayLike) -> ir.Value:
    """Return the graph's initializer of this name; add it with the values if there is none."""
    if name in graph.initializers:
        return graph.initializers[name]
    array: NDArray[Any] = np.asarray(values)
    tensor = ir.tensor(array, name=name)
    kind, shape = ir.TensorType(tensor.dtype), ir.Shape(array.shape)
    value = ir.Value(name=name, shape=shape, type=kind, const_value=tensor)
    graph.register_initializer(value)
    return value
