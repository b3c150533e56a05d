"""The types of MIL: their form in a file and in the evaluator's tensors."""

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from pinpoint_runtimes.errors import SessionError

MAX_ELEMENTS = 1 << 31
"""Most elements of a tensor, a limit for untrusted packages."""


@dataclass(frozen=True)
class ElementType:
    """One element type.

    name: as MIL writes it; bits: of an element in a file; stored: the numpy dtype that holds it
    unpacked; held: the numpy dtype of the evaluator's tensors.
    """

    name: str
    bits: int
    stored: str
    held: str


# By the number of MIL.proto's DataType. fp16 is held in float32 and rounded; torch has few kernels
# for the wide unsigned types, which are therefore held in the next signed one.
ELEMENT_TYPES = {
    1: ElementType("bool", 8, "bool", "bool"),
    10: ElementType("fp16", 16, "float16", "float32"),
    11: ElementType("fp32", 32, "float32", "float32"),
    21: ElementType("int8", 8, "int8", "int8"),
    22: ElementType("int16", 16, "int16", "int16"),
    23: ElementType("int32", 32, "int32", "int32"),
    24: ElementType("int64", 64, "int64", "int64"),
    25: ElementType("int4", 4, "int8", "int8"),
    31: ElementType("uint8", 8, "uint8", "uint8"),
    32: ElementType("uint16", 16, "uint16", "int32"),
    33: ElementType("uint32", 32, "uint32", "int64"),
    35: ElementType("uint4", 4, "uint8", "uint8"),
    36: ElementType("uint2", 2, "uint8", "uint8"),
    37: ElementType("uint1", 1, "uint8", "uint8"),
    38: ElementType("uint6", 6, "uint8", "uint8"),
    39: ElementType("uint3", 3, "uint8", "uint8"),
}
STRING = 2


@dataclass(frozen=True)
class TensorType:
    """A tensor's element type and shape; None in the shape is a size known at run time only.

    A shape of None: the rank is unknown.
    """

    element: ElementType
    shape: tuple[int | None, ...] | None

    @property
    def rounds(self) -> bool:
        """Whether values of this type are rounded to fp16."""
        return self.element.name == "fp16"

    def admits(self, shape: tuple[int, ...]) -> bool:
        """Return whether a tensor of this type can have the shape."""
        if self.shape is None or self.shape == shape:
            return True
        return len(shape) == len(self.shape) and all(
            wanted is None or size == wanted for size, wanted in zip(shape, self.shape, strict=True)
        )

    def count(self) -> int:
        """Return the number of elements of a type whose shape is known."""
        if self.shape is None or None in self.shape:
            raise SessionError("a constant must have a known shape")
        return prod(size for size in self.shape if size is not None)


def tensor_type(message: Any, *, state: bool = False) -> TensorType:
    """Read a ValueType message that must be a tensor, or a state that wraps one."""
    kind = message.WhichOneof("type")
    if kind == "stateType" and state:
        return tensor_type(message.stateType.wrappedType)
    if kind != "tensorType":
        raise SessionError(
            f"a {kind or 'missing type'} is given where only a tensor can be evaluated"
        )
    tensor = message.tensorType
    element = ELEMENT_TYPES.get(tensor.dataType)
    if element is None:
        raise SessionError(f"tensors of MIL's data type {tensor.dataType} cannot be evaluated")
    dims: list[int | None] = []
    for dim in tensor.dimensions:
        if dim.WhichOneof("dimension") == "constant":
            dims.append(int(dim.constant.size))
        elif dim.unknown.variadic:
            return TensorType(element, None)
        else:
            dims.append(None)
    if prod(size for size in dims if size is not None) > MAX_ELEMENTS:
        raise SessionError(
            f"a tensor of shape {tuple(dims)} is larger than {MAX_ELEMENTS} elements"
        )
    return TensorType(element, tuple(dims))


def unpack(packed: np.ndarray[Any, Any], element: ElementType, count: int) -> Any:
    """Unpack elements of less than a byte, the lowest bits first; two's complement for int4.

    packed: u8 (ceil(count * bits / 8),). Returns u8 or i8 (count,).
    """
    bits = np.unpackbits(packed, bitorder="little")[: count * element.bits]
    weights = (1 << np.arange(element.bits)).astype(np.uint8)
    values = (bits.reshape(count, element.bits) * weights).sum(1, dtype=np.uint8)
    if element.stored == "uint8":
        return values
    half = 1 << (element.bits - 1)
    return (values.astype(np.int16) - (values >= half) * 2 * half).astype(np.int8)
