"""Records: dataclasses decoded strictly from JSON or TOML values, and encoded as JSON.

Supported field types: str, int, float, bool, Any, Literal, `X | Y`, `X | None`, `tuple[X, ...]`,
`tuple[X, Y]`, `dict` (any object), `Mapping[str, X]` and dataclasses of these. `Annotated` adds a
`Check` to a type. A dataclass whose `__post_init__` raises ValueError is refused with its message.
Every problem names its path in the record, such as `stages.decode.inputs[0].dtype`.
"""

from __future__ import annotations

import dataclasses
import json
import math
import types
from collections.abc import Callable, Mapping
from functools import cache
from typing import (
    Annotated,
    Any,
    Literal,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

from pinpoint_edge.errors import DataError

T = TypeVar("T")
Unknown = Literal["refuse", "ignore"]

SCALARS: Mapping[type, str] = types.MappingProxyType(
    {str: "string", int: "integer", float: "number", bool: "boolean"}
)
_BAD = object()  # in place of a value that has a problem


@dataclasses.dataclass(frozen=True)
class Check:
    """A condition on a decoded value: `Annotated[int, Check(lambda n: n > 0, "a number above 0")]`.

    Attributes:
        holds: returns whether a value of the type is accepted.
        expected: names what is accepted, for the message.
    """

    holds: Callable[[Any], bool]
    expected: str


@dataclasses.dataclass(frozen=True)
class Problem:
    """One fault of a record: its path (empty: the record itself), and what is wrong there."""

    path: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}: {self.text}" if self.path else self.text


def decode(
    kind: type[T], value: object, where: str, *, unknown: Unknown = "refuse", root: str = ""
) -> T:
    """Build a dataclass from parsed values; `where` names the source in messages.

    `unknown`: refuse fields that the dataclass does not have, or ignore them. `root` is the path of
    the record itself. Raises DataError with the first problem.
    """
    record, problems = examine(kind, value, unknown=unknown, root=root)
    if problems:
        raise DataError(f"{where}: {problems[0]}.")
    return cast(T, record)


def examine(
    kind: type[T], value: object, *, unknown: Unknown = "refuse", root: str = ""
) -> tuple[T | None, list[Problem]]:
    """Build a dataclass from parsed values; return None and all problems where there are any."""
    decoder = _Decoder(unknown)
    record = decoder.decode(kind, value, root)
    return (None if decoder.problems else cast(T, record)), decoder.problems


def encode(value: object) -> Any:
    """Turn a record into plain JSON values: fields in declared order, mapping keys sorted.

    Raises DataError for a number that JSON does not have.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: encode(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {key: encode(value[key]) for key in sorted(value)}
    if isinstance(value, (tuple, list)):
        return [encode(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise DataError(f"The number {value} cannot be written as JSON; use null instead.")
    return value


def bare(kind: Any) -> tuple[Any, tuple[object, ...]]:
    """Split `Annotated[X, note, ...]` into X and its notes."""
    if get_origin(kind) is Annotated:
        inner, *notes = get_args(kind)
        return inner, tuple(notes)
    return kind, ()


def is_union(kind: Any) -> bool:
    """Return whether a type is `X | Y` or `Optional[X]`."""
    return get_origin(kind) in (Union, types.UnionType)


def required(field: dataclasses.Field[Any]) -> bool:
    """Return whether a dataclass field has no default."""
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


@cache
def hints(kind: type) -> dict[str, Any]:
    """Return the field types of a dataclass, their notes included."""
    return get_type_hints(kind, include_extras=True)


def _expected(kind: Any) -> str:
    """Name in words what a type accepts."""
    kind, _ = bare(kind)
    if kind is type(None):
        return "null"
    if is_union(kind):
        return " or ".join(_expected(part) for part in get_args(kind))
    if get_origin(kind) is Literal:
        return " or ".join(json.dumps(choice) for choice in get_args(kind))
    if kind in SCALARS:
        return SCALARS[kind]
    return "array" if get_origin(kind) is tuple else "object"


def _found(value: object) -> str:
    """Name the type of a value; a subclass, such as numpy's float64, counts as its base."""
    names = {bool: "boolean", int: "integer", float: "number", str: "string"}
    names |= {dict: "object", list: "array", type(None): "null"}
    return next((name for kind, name in names.items() if isinstance(value, kind)), "another type")


class _Decoder:
    """Decodes one record; the problems gather in `problems`."""

    def __init__(self, unknown: Unknown) -> None:
        self.unknown = unknown
        self.problems: list[Problem] = []

    def decode(self, kind: Any, value: object, path: str) -> Any:
        """Return the decoded value, or _BAD after a problem."""
        kind, notes = bare(kind)
        decoded = self._plain(kind, value, path)
        for note in notes:
            if decoded is not _BAD and isinstance(note, Check) and not note.holds(decoded):
                return self._bad(path, f"expected {note.expected}, found {value!r}")
        return decoded

    def _plain(self, kind: Any, value: object, path: str) -> Any:
        if kind is Any:
            return value
        if is_union(kind):
            return self._union(kind, value, path)
        origin = get_origin(kind)
        if origin is Literal:
            same = [c for c in get_args(kind) if c == value and type(c) is type(value)]
            return same[0] if same else self._wrong(kind, path, repr(value))
        if dataclasses.is_dataclass(kind):
            return self._dataclass(cast(type, kind), value, path)
        if origin is tuple:
            return self._tuple(kind, value, path)
        if origin is not None and issubclass(origin, Mapping):
            return self._mapping(kind, value, path)
        return self._scalar(kind, value, path)

    def _scalar(self, kind: Any, value: object, path: str) -> Any:
        if kind is type(None):
            accepted = value is None
        elif kind is float:  # an integer is a number too; true and false are not
            accepted = isinstance(value, (int, float)) and not isinstance(value, bool)
        elif kind is int:
            accepted = isinstance(value, int) and not isinstance(value, bool)
        else:
            accepted = isinstance(value, kind)
        if not accepted:
            return self._wrong(kind, path, _found(value))
        if kind is not float:
            return value
        number = cast(float, value)
        if not abs(number) < 1e308:  # 1e999 parses to infinity without any constant
            return self._bad(path, "the number is too large, or none")
        return float(number)

    def _union(self, kind: Any, value: object, path: str) -> Any:
        parts = [part for part in get_args(kind) if _fits(part, value)]
        for part in parts[:-1]:  # only arrays and literals can fit twice
            decoder = _Decoder(self.unknown)
            decoded = decoder.decode(part, value, path)
            if not decoder.problems:
                return decoded
        if not parts:
            return self._wrong(kind, path, _found(value))
        return self.decode(parts[-1], value, path)

    def _tuple(self, kind: Any, value: object, path: str) -> Any:
        if not isinstance(value, list):
            return self._wrong(kind, path, _found(value))
        items = get_args(kind)
        if items[-1] is Ellipsis:
            items = (items[0],) * len(value)
        if len(value) != len(items):
            return self._bad(path, f"expected {len(items)} items, found {len(value)}")
        decoded = [self.decode(items[i], item, f"{path}[{i}]") for i, item in enumerate(value)]
        return _BAD if any(item is _BAD for item in decoded) else tuple(decoded)

    def _mapping(self, kind: Any, value: object, path: str) -> Any:
        if not isinstance(value, dict):
            return self._wrong(kind, path, _found(value))
        names, item = get_args(kind)
        decoded = {
            self.decode(names, key, _join(path, key)): self.decode(item, inner, _join(path, key))
            for key, inner in value.items()
        }
        return _BAD if any(_BAD in pair for pair in decoded.items()) else decoded

    def _dataclass(self, kind: type, value: object, path: str) -> Any:
        if not isinstance(value, dict):
            return self._wrong(kind, path, _found(value))
        fields = {field.name: field for field in dataclasses.fields(kind) if field.init}
        before = len(self.problems)
        if self.unknown == "refuse":
            for name in sorted(value.keys() - fields.keys()):
                self._bad(path, f"unknown field {name!r}; known are {', '.join(sorted(fields))}")
        arguments = {}
        for name, field in fields.items():
            if name in value:
                arguments[name] = self.decode(hints(kind)[name], value[name], _join(path, name))
            elif required(field):
                self._bad(path, f"the field {name!r} is missing")
        if len(self.problems) > before:
            return _BAD
        try:
            return kind(**arguments)
        except ValueError as error:
            return self._bad(path, str(error))

    def _wrong(self, kind: Any, path: str, found: str) -> Any:
        return self._bad(path, f"expected {_expected(kind)}, found {found}")

    def _bad(self, path: str, text: str) -> Any:
        self.problems.append(Problem(path, text))
        return _BAD


def _fits(kind: Any, value: object) -> bool:
    """Choose a union's member by the outer JSON type, so that inner problems keep their path."""
    kind, _ = bare(kind)
    if kind is Any:
        return True
    if get_origin(kind) is Literal:
        return any(type(choice) is type(value) for choice in get_args(kind))
    expected, found = _expected(kind), _found(value)
    return expected == found or (expected == "number" and found == "integer")


def _join(path: str, name: object) -> str:
    return f"{path}.{name}" if path else str(name)
