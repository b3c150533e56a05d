"""weight.bin: the blob storage of an ML program, version 2.

64 bytes of header (count u32, version u32), then entries aligned to 64 bytes. An entry starts with
64 bytes of metadata: sentinel u32, data type u32, size in bytes u64, offset of the data u64 and
padding in bits u64; a program refers to an entry by the offset of its metadata. The layout is that
of MILBlob's StorageFormat.hpp in coremltools. Files are untrusted: all is checked.
"""

import struct
from math import prod
from pathlib import Path

import numpy as np

from pinpoint_runtimes.errors import SessionError
from pinpoint_runtimes.mil.types import ElementType, TensorType, unpack
from pinpoint_runtimes.session import Array

HEADER_BYTES = 64
SENTINEL = 0xDEADBEEF
VERSION = 2
# MILBlob's BlobDataType -> MIL's name
NAMES = {
    1: "fp16",
    2: "fp32",
    3: "uint8",
    4: "int8",
    6: "int16",
    7: "uint16",
    8: "int4",
    9: "uint1",
    10: "uint2",
    11: "uint4",
    12: "uint3",
    13: "uint6",
    14: "int32",
    15: "uint32",
}


class BlobFile:
    """A mapped weight file; arrays that need no unpacking are pages of it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            # Copy on write: torch needs writable memory, and nothing writes.
            self._bytes: Array = np.memmap(path, np.uint8, "c")
        except (OSError, ValueError) as error:  # ValueError: an empty file
            raise SessionError(f"{path}: cannot map the weight file: {error}.") from error
        if len(self._bytes) < HEADER_BYTES:
            raise SessionError(f"{path}: the weight file is cut off; export the stage again.")
        version = struct.unpack_from("<I", self._bytes[:HEADER_BYTES].tobytes(), 4)[0]
        if version != VERSION:
            raise SessionError(
                f"{path}: weight files of version {VERSION} are read, this is version {version}."
            )

    def read(self, offset: int, kind: TensorType) -> Array:
        """Return the tensor whose metadata lies at `offset`; raises SessionError."""
        if offset % 64 or not 0 < offset <= len(self._bytes) - HEADER_BYTES:
            raise self._broken(f"no entry can start at {offset}")
        head = self._bytes[offset : offset + HEADER_BYTES].tobytes()
        sentinel, code, size, start = struct.unpack_from("<IIQQ", head)
        if sentinel != SENTINEL:
            raise self._broken(f"no entry starts at {offset}")
        element = kind.element
        if NAMES.get(code) != element.name:
            found = NAMES.get(code, f"type {code}")
            raise self._broken(f"the entry at {offset} is {found}, the program says {element.name}")
        wanted = (kind.count() * element.bits + 7) // 8
        if size != wanted:
            raise self._broken(
                f"the entry at {offset} has {size} bytes, its shape {kind.shape} needs {wanted}"
            )
        if start % 64 or start < HEADER_BYTES or start + size > len(self._bytes):
            raise self._broken(f"the data of the entry at {offset} lies outside the file")
        return _array(self._bytes[start : start + size], element, kind)

    def _broken(self, reason: str) -> SessionError:
        return SessionError(f"{self.path}: {reason}; the file is damaged or of another package.")


def _array(data: Array, element: ElementType, kind: TensorType) -> Array:
    shape = tuple(size or 0 for size in kind.shape or ())
    if element.bits < 8:
        return np.asarray(unpack(np.asarray(data), element, prod(shape))).reshape(shape)
    return np.asarray(data).view(element.stored).reshape(shape)
