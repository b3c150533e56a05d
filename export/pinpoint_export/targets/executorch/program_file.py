"""A `.pte` file read beyond its methods: what its delegates hold, and what it stores twice.

Layout (ExecuTorch's schema/program.fbs, extended_header.h): a flatbuffer that names everything, the
size of it and the start of the segments in a header behind its first 8 bytes, then the segments:
all constants of the program, each delegate's graph, each weight of a delegate.
"""

from __future__ import annotations

import mmap
import struct
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from pinpoint_edge.errors import ExportError

_HEADER = struct.Struct("<4sIQQQ")  # magic, length, bytes of the flatbuffer, base, bytes behind it
_HEADER_AT, _SIZE_AT = 8, 32
_SEGMENT = 1  # DataLocation: a delegate's graph lies in a segment
ALIGNMENT = 128  # of segments, as ExecuTorch writes them
SMALLEST = 1 << 12
"""Bytes of a weight that is worth sharing."""

# Fields of the tables, by their place in the schemas. Of ExecuTorch:
_PLANS, _SEGMENTS, _CONSTANTS, _NAMED = 1, 4, 5, 7
_OPERATORS, _DELEGATES = 6, 7
# XNNPACK's, and its types of tensors:
_XVALUES, _DTYPE, _RANK, _CONSTANT = 2, 0, 1, 3
_QUANTIZED = 2
_KINDS = {1: "float32", 3: "int8", 6: "int8", 8: "int4", 10: "int4"}


@dataclass(frozen=True)
class Contents:
    """What a program holds.

    Attributes:
        named: bytes of each weight that a delegate reads, by its key, the sha256 of it.
        constants: how many constants of two dimensions or more XNNPACK's delegates hold, by type.
        operators: names of the operators that run outside delegates.
    """

    named: dict[str, int]
    constants: Counter[str]
    operators: frozenset[str]


class _Table:
    """A table of a flatbuffer: fields by number, an absent one being 0 or empty."""

    def __init__(self, data: bytes | bytearray, at: int) -> None:
        self.data, self.at = data, at

    @classmethod
    def root(cls, data: bytes | bytearray, at: int = 0) -> _Table:
        return cls(data, at + _u32(data, at))

    def place(self, field: int) -> int:
        """Return where a field lies, 0 when it is absent."""
        (back,) = struct.unpack_from("<i", self.data, self.at)
        fields = self.at - back
        (size,) = struct.unpack_from("<H", self.data, fields)
        if 4 + 2 * field >= size:
            return 0
        (offset,) = struct.unpack_from("<H", self.data, fields + 4 + 2 * field)
        return self.at + int(offset) if offset else 0

    def number(self, field: int, form: str = "<I") -> int:
        place = self.place(field)
        return int(struct.unpack_from(form, self.data, place)[0]) if place else 0

    def table(self, field: int) -> _Table | None:
        place = self.place(field)
        return _Table.root(self.data, place) if place else None

    def tables(self, field: int) -> list[_Table]:
        start, count = self._vector(field)
        return [_Table.root(self.data, start + 4 * number) for number in range(count)]

    def numbers(self, field: int) -> list[int]:
        start, count = self._vector(field)
        return list(struct.unpack_from(f"<{count}Q", self.data, start))

    def text(self, field: int) -> str:
        start, count = self._vector(field)
        return bytes(self.data[start : start + count]).decode()

    def _vector(self, field: int) -> tuple[int, int]:
        place = self.place(field)
        if not place:
            return 0, 0
        start = place + _u32(self.data, place)
        return start + 4, _u32(self.data, start)


def _u32(data: bytes | bytearray, at: int) -> int:
    return int(struct.unpack_from("<I", data, at)[0])


class _Program:
    """An open file; `flatbuffer` is a copy that may be changed."""

    def __init__(self, data: mmap.mmap) -> None:
        magic, _, size, self.base, _ = _HEADER.unpack_from(data, _HEADER_AT)
        if magic != b"eh00":
            raise ExportError("ExecuTorch wrote a program of another layout; update this module.")
        self.data = data
        self.flatbuffer = bytearray(data[:size])
        self.root = _Table.root(self.flatbuffer)
        self.segments = self.root.tables(_SEGMENTS)
        self.offsets = [segment.number(0, "<Q") for segment in self.segments]
        self.sizes = [segment.number(1, "<Q") for segment in self.segments]

    def read(self, offset: int, size: int) -> bytes:
        """Return bytes of the segments."""
        return self.data[self.base + offset : self.base + offset + size]

    def segment(self, number: int) -> bytes:
        return self.read(self.offsets[number], self.sizes[number])

    def named(self) -> dict[str, int]:
        """Return the segment of each named weight."""
        return {entry.text(0): entry.number(1) for entry in self.root.tables(_NAMED)}

    def constants(self) -> list[tuple[int, int]]:
        """Return where each constant of the program begins and ends in the segments."""
        table = self.root.table(_CONSTANTS)
        if table is None or table.number(0) != 0:  # they are the first segment, if any
            return []
        edges = [*table.numbers(1), self.sizes[0]]
        return list(pairwise(edges))

    def move(self, number: int, offset: int) -> None:
        """Say that a segment begins elsewhere."""
        place = self.segments[number].place(0)
        if place:
            struct.pack_into("<Q", self.flatbuffer, place, offset)
        elif offset:
            raise ExportError("ExecuTorch wrote segments of another layout; update this module.")


def contents(path: Path) -> Contents:
    """Read what a program holds."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        program = _Program(data)
        constants: Counter[str] = Counter()
        operators: set[str] = set()
        for plan in program.root.tables(_PLANS):
            operators.update(operator.text(0) for operator in plan.tables(_OPERATORS))
            for delegate in plan.tables(_DELEGATES):
                place = delegate.table(1)
                if delegate.text(0) != "XnnpackBackend" or place is None:
                    continue
                if place.number(0, "<b") == _SEGMENT:
                    constants.update(_constants(program.segment(place.number(1))))
        named = {key: program.sizes[number] for key, number in program.named().items()}
        return Contents(named, constants, frozenset(operators))


def _constants(delegate: bytes) -> list[str]:
    """Return the types of the constants of two dimensions or more in XNNPACK's graph."""
    at = _u32(delegate, 10) if delegate[4:8] == b"XH00" else 0  # a header, or none
    found = []
    for value in _Table.root(delegate, at).tables(_XVALUES):
        tensor = value.table(1)
        if tensor is not None and value.number(0, "<B") == _QUANTIZED:
            tensor = tensor.table(0)
        if tensor is not None and tensor.number(_CONSTANT) and tensor.number(_RANK) > 1:
            kind = tensor.number(_DTYPE, "<h")
            found.append(_KINDS.get(kind, f"type {kind}"))
    return found


def store_once(source: Path, out: Path) -> int:
    """Copy a program to `out` with every weight that equals a constant stored once.

    A table that is looked up outside a delegate and multiplied with inside is written twice by
    ExecuTorch, as a constant and as a weight; nothing hinders the weight to lie in the constants.
    Returns the bytes that are saved.
    """
    with source.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        program = _Program(data)
        shared = _twins(program)
        position = 0
        for number, size in enumerate(program.sizes):
            if number not in shared:
                position += -position % ALIGNMENT
                program.move(number, position)
                position += size
        for number, offset in shared.items():  # the constants, the first segment, stay in place
            program.move(number, offset)
        struct.pack_into("<Q", program.flatbuffer, _SIZE_AT, position)
        with out.open("wb") as copy:
            copy.write(program.flatbuffer)
            copy.write(data[len(program.flatbuffer) : program.base])
            for number in range(len(program.sizes)):
                if number not in shared:
                    copy.write(bytes(-(copy.tell() - program.base) % ALIGNMENT))
                    copy.write(program.segment(number))
        return sum(program.sizes[number] for number in shared)


def _twins(program: _Program) -> dict[int, int]:
    """Return the weights that equal a constant, with the place of that constant."""
    constants = program.constants()
    shared = {}
    for number in sorted(set(program.named().values())):
        size = program.sizes[number]
        if size < SMALLEST:
            continue
        for start, end in constants:
            # A constant is filled up to its successor's alignment.
            near = size <= end - start < size + ALIGNMENT
            if near and program.read(start, size) == program.segment(number):
                shared[number] = start
                break
    return shared
