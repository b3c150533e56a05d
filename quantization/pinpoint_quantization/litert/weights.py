"""The weights in a .tflite file, and the modules of the stage that they belong to.

litert-torch names a tensor after the classes of the modules around it, so all layers of a stack
have the same names. A weight is found by its values instead: in the order that its operator takes
them, or multiplied by a preceding norm or number that the converter folded in.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

PRODUCTS = ("FULLY_CONNECTED", "CONV_2D", "DEPTHWISE_CONV_2D", "TRANSPOSE_CONV")
LOOKUP = "EMBEDDING_LOOKUP"
_ORDERS: Mapping[int, tuple[tuple[int, ...], ...]] = {
    # torch's (out, in, h, w) as (out, h, w, in); (in, out, h, w) likewise; depthwise (1, h, w, out)
    4: ((0, 2, 3, 1), (1, 2, 3, 0)),
    2: ((0, 1), (1, 0)),
}


@dataclass(frozen=True)
class LitertWeight:
    """A weight in a file: operators multiply with it or look up its rows.

    Attributes:
        module: the path of its module in the stage, "" when no module has these values.
        uses: for each operator that takes it, LiteRT's name of its kind, and the name of its
        output,
            which identifies the operator.
        tensors: (graph, index) of each tensor of the file that holds it.
        values: f32; a row for each output of a FULLY_CONNECTED or each entry of a table.
    """

    module: str
    uses: tuple[tuple[str, str], ...]
    tensors: tuple[tuple[int, int], ...]
    values: Array

    @property
    def operators(self) -> set[str]:
        """The kinds of the operators that take it."""
        return {kind for kind, _ in self.uses}


@contextmanager
def opened(path: Path, *, write: bool = False) -> Iterator[Any]:
    """Give a mapped file as a Model of LiteRT's schema; its arrays end with the context.

    write: changes of its arrays change the file.
    """
    from ai_edge_litert import schema_py_generated as schema

    with path.open("r+b" if write else "rb") as file:
        access = mmap.ACCESS_WRITE if write else mmap.ACCESS_READ
        content = mmap.mmap(file.fileno(), 0, access=access)
        yield schema.Model.GetRootAs(content)


def bytes_of(model: Any, buffer: int) -> Array:
    """Return the bytes of a buffer, u8: inside the flatbuffer, or after it in the file."""
    entry = model.Buffers(buffer)
    if entry.Offset() > 1:
        found: Array = np.frombuffer(entry._tab.Bytes, np.uint8, entry.Size(), entry.Offset())
        return found
    inline = entry.DataAsNumpy() if entry.DataLength() else None
    return np.zeros(0, np.uint8) if inline is None else inline


def kinds() -> dict[int, str]:
    """Return the names of LiteRT's operators by their codes."""
    from ai_edge_litert import schema_py_generated as schema

    return {code: name for name, code in vars(schema.BuiltinOperator).items() if name.isupper()}


def float_weights(model: Any, parameters: Mapping[str, Array]) -> list[LitertWeight]:
    """Find the weights of all graphs; a weight that several operators share counts once.

    parameters: those of the stage's module by their names, and its buffers.
    """
    from ai_edge_litert import schema_py_generated as schema

    names, modules = kinds(), _Modules(parameters)
    uses: dict[int, list[tuple[str, str]]] = {}
    tensors: dict[int, dict[tuple[int, int], Any]] = {}
    for number in range(model.SubgraphsLength()):
        graph = model.Subgraphs(number)
        for operator in map(graph.Operators, range(graph.OperatorsLength())):
            kind = names[model.OperatorCodes(operator.OpcodeIndex()).BuiltinCode()]
            if kind not in (*PRODUCTS, LOOKUP):
                continue
            index = int(operator.Inputs(1))
            tensor = graph.Tensors(index)
            buffer = tensor.Buffer()
            if tensor.Type() == schema.TensorType.FLOAT32 and bytes_of(model, buffer).size:
                result = graph.Tensors(operator.Outputs(0)).Name().decode()
                uses.setdefault(buffer, []).append((kind, result))
                tensors.setdefault(buffer, {})[number, index] = tensor
    weights = []
    for buffer, held in tensors.items():
        shape = next(iter(held.values())).ShapeAsNumpy()
        values = bytes_of(model, buffer).view(np.float32).reshape(shape)
        weights.append(LitertWeight(modules.of(values), tuple(uses[buffer]), tuple(held), values))
    return weights


class _Modules:
    """Finds the module of a weight by its values."""

    def __init__(self, parameters: Mapping[str, Array]) -> None:
        self._by_shape: dict[tuple[int, ...], list[tuple[str, Array]]] = {}
        for name, array in parameters.items():
            for order in _ORDERS.get(array.ndim, ()):
                turned = array.transpose(order)
                self._by_shape.setdefault(turned.shape, []).append((name, turned))

    def of(self, values: Array) -> str:
        known = self._by_shape.get(values.shape, [])
        for same in (_equal, _scaled):
            for name, array in known:
                if same(values, array):
                    return name.rpartition(".")[0]
        return ""


def _equal(values: Array, array: Array) -> bool:
    """Compare arrays of one shape; most differ in the first row."""
    return np.array_equal(values[0], array[0]) and np.array_equal(values, array)


def _scaled(values: Array, array: Array) -> bool:
    """Whether values are the array, its last axis multiplied by some vector."""
    rows, other = values.reshape(-1, values.shape[-1]), array.reshape(-1, values.shape[-1])
    if len(rows) < 2:
        return False  # any row is a multiple of any other
    factors = (rows * other).sum(0) / np.maximum((other * other).sum(0), np.float32(1e-30))
    return np.allclose(rows, other * factors, rtol=1e-3, atol=1e-5 * float(np.abs(rows).max()))
