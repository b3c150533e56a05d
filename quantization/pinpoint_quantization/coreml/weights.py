"""A stage's weights in its Core ML program, and the modules that they belong to.

coremltools names a constant after its parameter, and rounds it to float16 where the program
computes in float16. Integers come from the parameter itself: rounded twice, a weight on the int4
grid would leave it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

SMALLEST = 512
"""Values of a weight; a smaller one stays float: its table or scales would be half of it."""
TAKES = {"linear": "weight", "conv": "weight", "gather": "x"}
"""By operation, the input that takes a layer's weight."""
FLOATS = (np.float16, np.float32)
ROUNDED = "_to_fp16"  # coremltools' suffix for the name of a constant that it rounds
ALIKE = 1 - 1e-5


@dataclass(frozen=True)
class CoreMLWeight:
    """A weight of a program: layers multiply with it or look up its rows.

    Attributes:
        operation: the `const` of the program.
        module: the path of the module that it belongs to.
        values: f32, not rounded; the first axis is that of the outputs.
    """

    operation: Any
    module: str
    values: Array

    @property
    def dtype(self) -> Any:
        """The float type that the program computes with it in."""
        return self.operation.outputs[0].val.dtype


class Modules:
    """The modules of a stage that have weights, found by the constants of a program.

    parameters: arrays f32 by path ("layers.0.mlp.up.weight"); prefix: of a path in the converted
    program.
    """

    def __init__(self, parameters: Mapping[str, Array], prefix: str = "") -> None:
        self._parameters = {
            path: array
            for path, array in parameters.items()
            if path.endswith(".weight") and array.ndim >= 2
        }
        self._names = {f"{prefix}{path}".replace(".", "_"): path for path in self._parameters}
        self.paths = sorted(path.removesuffix(".weight") for path in self._parameters)

    def of(self, name: str, value: Array) -> tuple[str, Array] | None:
        """Return the module of a constant and its values f32; None when it has none.

        A constant with another name belongs to a module when it is a multiple of the parameter:
        coremltools multiplies a following scale into a convolution's weight.
        """
        path = self._names.get(name.removesuffix(ROUNDED)) or self._scaled(value)
        if path is None:
            return None
        parameter = self._parameters[path]
        same = parameter.shape == value.shape and np.array_equal(
            parameter.astype(value.dtype), value
        )
        return path.removesuffix(".weight"), parameter if same else value.astype(np.float32)

    def of_operation(self, operation: Any) -> str | None:
        """Return the module whose weight an operation takes; None when it takes none."""
        taken = operation.inputs.get(TAKES.get(operation.op_type, ""))
        if taken is None or taken.val is None or taken.val.ndim < 2:
            return None
        found = self.of(taken.op.name, taken.val)
        return found and found[0]

    def weights(self, program: Any) -> list[CoreMLWeight]:
        """Return the weights of a pymil program, in its order."""
        found = []
        for operation, value in _constants(program):
            if value.size < SMALLEST or not any(_takes(c, operation) for c in _users(operation)):
                continue
            if (place := self.of(operation.name, value)) is not None:
                found.append(CoreMLWeight(operation, *place))
        return found

    def _scaled(self, value: Array) -> str | None:
        flat = value.astype(np.float32).ravel()
        for path, parameter in self._parameters.items():
            if parameter.shape != value.shape:
                continue
            other = parameter.ravel()
            product = float(flat @ other)
            if product > 0 and product**2 > ALIKE * float(flat @ flat) * float(other @ other):
                return path
        return None


def _constants(program: Any) -> Iterator[tuple[Any, Array]]:
    for function in program.functions.values():
        for operation in function.operations:
            value = operation.outputs[0].val if operation.op_type == "const" else None
            if isinstance(value, np.ndarray) and value.ndim >= 2 and value.dtype in FLOATS:
                yield operation, value


def _users(operation: Any) -> Any:
    return operation.outputs[0].child_ops


def _takes(user: Any, operation: Any) -> bool:
    name = TAKES.get(user.op_type)
    return name is not None and user.inputs[name] is operation.outputs[0]
