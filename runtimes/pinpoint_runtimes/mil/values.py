"""Constants of a program: values written in the model file itself or kept in the weight file."""

from collections.abc import Callable
from typing import Any

import numpy as np

from pinpoint_runtimes.errors import SessionError
from pinpoint_runtimes.mil.types import STRING, TensorType, tensor_type, unpack
from pinpoint_runtimes.session import Array

Constant = str | list[str] | tuple[TensorType, Array]
ReadBlob = Callable[[str, int, TensorType], Array]


def constant(message: Any, read_blob: ReadBlob) -> Constant:
    """Return the value of a Value message.

    A string or strings, or a tensor with its type in the dtype that stores it (fp16 as float16).
    `read_blob` gives a tensor of the weight file by file name and offset. Raises SessionError.
    """
    if message.type.WhichOneof("type") == "listType":
        items = [constant(item, read_blob) for item in message.immediateValue.list.values]
        texts = [item for item in items if isinstance(item, str)]
        if len(texts) != len(items):
            raise SessionError("lists of anything but strings cannot be evaluated")
        return texts
    if message.type.tensorType.dataType == STRING:
        texts = list(message.immediateValue.tensor.strings.values)
        if message.type.tensorType.rank or len(texts) != 1:
            return texts
        return texts[0]
    kind = tensor_type(message.type)
    where = message.WhichOneof("value")
    if where == "blobFileValue":
        blob = message.blobFileValue
        return kind, read_blob(blob.fileName, int(blob.offset), kind)
    if where != "immediateValue" or message.immediateValue.WhichOneof("value") != "tensor":
        raise SessionError("a constant has no value")
    return kind, _immediate(message.immediateValue.tensor, kind)


def _immediate(tensor: Any, kind: TensorType) -> Array:
    element, count = kind.element, kind.count()
    field = tensor.WhichOneof("value")
    if field == "bytes":
        data = np.frombuffer(tensor.bytes.values, np.uint8).copy()  # torch wants to own it
        if len(data) != (count * element.bits + 7) // 8:
            raise SessionError(f"a constant has {len(data)} bytes, its shape {kind.shape} differs")
        packed = element.bits < 8
        array = unpack(data, element, count) if packed else data.view(element.stored)
    elif field in ("floats", "ints", "bools", "longInts", "doubles"):
        values = getattr(tensor, field).values
        if len(values) != count:
            raise SessionError(f"a constant has {len(values)} values, its shape is {kind.shape}")
        array = np.array(values).astype(element.stored)
    elif field is None and count == 0:
        array = np.zeros(0, element.stored)
    else:
        raise SessionError(f"a constant keeps its values in {field}, which is not known")
    return np.asarray(array).reshape([size or 0 for size in kind.shape or ()])
