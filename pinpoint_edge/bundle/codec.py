"""A small strict JSON codec for frozen dataclasses: decode, encode and JSON Schema from one source.

Supported field types: str, int, float, bool, `X | Y`, `X | None`, `tuple[X, ...]`, `tuple[X, Y]`,
`Mapping[str, X]` and dataclasses of these. A field that the dataclass does not know is ignored
(a later minor version may add some); a wrong type is refused with its JSON path in the message.
"""

from __future__ import annotations

import dataclasses
import json
import math
import types
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from pinpoint_edge.errors import BundleError

T = TypeVar("T")

_SCALARS: dict[type, str] = {str: "string", int: "integer", float: "number", bool: "boolean"}


def parse(raw: bytes, where: str) -> object:
    """Parse JSON strictly: UTF-8, no duplicate key, no NaN or Infinity.

    `where` names the source in messages. Raises BundleError.
    """

    def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found = dict(pairs)
        if len(found) != len(pairs):
            keys = [key for key, _ in pairs]
            twice = sorted({key for key in keys if keys.count(key) > 1})
            raise ValueError(f"key {', '.join(twice)} stands twice in one object")
        return found

    def no_constant(name: str) -> object:
        raise ValueError(f"{name} is not JSON")

    try:
        return cast(
            object,
            json.loads(raw.decode("utf-8"), object_pairs_hook=unique, parse_constant=no_constant),
        )
    except (ValueError, RecursionError) as error:
        reason = str(error) or "nested too deeply"
        raise BundleError(
            f"{where} is not valid JSON: {reason}. Make or download the bundle again."
        ) from error


def decode(kind: type[T], value: object, path: str = "$") -> T:
    """Build a dataclass from parsed JSON; raises BundleError with the path of what is wrong."""
    return cast(T, _decode(kind, value, path))


def encode(value: object) -> Any:
    """Turn a dataclass into plain JSON values: fields in declared order, mapping keys sorted."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: encode(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {key: encode(value[key]) for key in sorted(value)}
    if isinstance(value, (tuple, list)):
        return [encode(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise BundleError(f"The number {value} cannot be written as JSON; use null instead.")
    return value


def dumps(value: object) -> bytes:
    """Encode a dataclass as UTF-8 JSON bytes that are the same for equal values."""
    return (json.dumps(encode(value), indent=2, ensure_ascii=False) + "\n").encode("utf-8")


def json_schema(kind: type, title: str) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a dataclass; nested dataclasses go to `$defs`."""
    definitions: dict[str, Any] = {}
    schema = _object_schema(kind, definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        **schema,
        "$defs": dict(sorted(definitions.items())),
    }


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind, include_extras=True)


def _bare(kind: Any) -> tuple[Any, str | None]:
    """Split `Annotated[X, "text"]` into X and its text."""
    if get_origin(kind) is Annotated:
        inner, *notes = get_args(kind)
        return inner, next((note for note in notes if isinstance(note, str)), None)
    return kind, None


def _is_union(kind: Any) -> bool:
    return get_origin(kind) in (Union, types.UnionType)


def _required(spec: dataclasses.Field[Any]) -> bool:
    return spec.default is dataclasses.MISSING and spec.default_factory is dataclasses.MISSING


def _name(kind: Any) -> str:
    """Say in words what a type expects."""
    kind, _ = _bare(kind)
    if kind is type(None):
        return "null"
    if _is_union(kind):
        return " or ".join(_name(part) for part in get_args(kind))
    if kind in _SCALARS:
        return _SCALARS[kind]
    return "array" if get_origin(kind) is tuple else "object"


def _wrong(kind: Any, value: object, path: str) -> BundleError:
    got = {type(None): "null", dict: "object", list: "array"}.get(type(value))
    got = got or _SCALARS.get(type(value), type(value).__name__)
    return BundleError(
        f"The manifest is broken at {path}: expected {_name(kind)}, found {got}. "
        "Make or download the bundle again."
    )


def _decode(kind: Any, value: object, path: str) -> object:
    kind, _ = _bare(kind)
    if _is_union(kind):
        return _decode_union(kind, value, path)
    if dataclasses.is_dataclass(kind):
        return _decode_dataclass(cast(type, kind), value, path)
    origin = get_origin(kind)
    if origin is tuple:
        return _decode_tuple(kind, value, path)
    if origin is not None and issubclass(origin, Mapping):
        if not isinstance(value, dict):
            raise _wrong(kind, value, path)
        item = get_args(kind)[1]
        return {key: _decode(item, inner, f"{path}.{key}") for key, inner in value.items()}
    return _decode_scalar(kind, value, path)


def _decode_scalar(kind: Any, value: object, path: str) -> object:
    if kind is type(None):
        accepted = value is None
    elif kind is float:  # an integer is a number too; true and false are not
        accepted = isinstance(value, (int, float)) and not isinstance(value, bool)
    elif kind is int:
        accepted = isinstance(value, int) and not isinstance(value, bool)
    else:
        accepted = isinstance(value, kind)
    if not accepted:
        raise _wrong(kind, value, path)
    if kind is not float:
        return value
    number = float(cast(float, value)) if abs(cast(float, value)) < 1e308 else math.inf
    if not math.isfinite(number):  # 1e999 parses to infinity without the constant hook
        raise BundleError(f"The manifest is broken at {path}: the number is too large.")
    return number


def _decode_union(kind: Any, value: object, path: str) -> object:
    parts = [part for part in get_args(kind) if _matches(part, value)]
    for part in parts[:-1]:  # only arrays can match twice: of numbers and of arrays
        try:
            return _decode(part, value, path)
        except BundleError:
            continue
    if not parts:
        raise _wrong(kind, value, path)
    return _decode(parts[-1], value, path)


def _matches(kind: Any, value: object) -> bool:
    """Choose a union's member by the outer JSON type, so that inner errors keep their path."""
    expected = _name(kind)
    if value is None or isinstance(value, bool):
        return expected == ("null" if value is None else "boolean")
    if isinstance(value, int):
        return expected in ("integer", "number")
    names = {float: "number", str: "string", list: "array", dict: "object"}
    return expected == names[type(value)]


def _decode_tuple(kind: Any, value: object, path: str) -> tuple[object, ...]:
    if not isinstance(value, list):
        raise _wrong(kind, value, path)
    items = get_args(kind)
    if items[-1] is Ellipsis:
        return tuple(_decode(items[0], item, f"{path}[{i}]") for i, item in enumerate(value))
    if len(value) != len(items):
        raise BundleError(
            f"The manifest is broken at {path}: expected {len(items)} items, found {len(value)}. "
            "Make or download the bundle again."
        )
    return tuple(_decode(items[i], item, f"{path}[{i}]") for i, item in enumerate(value))


def _decode_dataclass(kind: type, value: object, path: str) -> object:
    if not isinstance(value, dict):
        raise _wrong(kind, value, path)
    arguments = {}
    for spec in dataclasses.fields(kind):
        if spec.name in value:
            hint = _hints(kind)[spec.name]
            arguments[spec.name] = _decode(hint, value[spec.name], f"{path}.{spec.name}")
        elif _required(spec):
            raise BundleError(
                f"The manifest is broken at {path}: the field '{spec.name}' is missing. "
                "Make or download the bundle again."
            )
    return kind(**arguments)


def _schema(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    kind, text = _bare(kind)
    note = {"description": text} if text else {}
    if kind is type(None):
        return {"type": "null", **note}
    if kind in _SCALARS:
        return {"type": _SCALARS[kind], **note}
    if _is_union(kind):
        return {"anyOf": [_schema(part, definitions) for part in get_args(kind)], **note}
    if dataclasses.is_dataclass(kind):
        named = cast(type, kind)
        if named.__name__ not in definitions:
            definitions[named.__name__] = {}  # holds the place, for a class that nests itself
            definitions[named.__name__] = _object_schema(named, definitions)
        return {"$ref": f"#/$defs/{named.__name__}", **note}
    items = get_args(kind)
    if get_origin(kind) is tuple and items[-1] is Ellipsis:
        return {"type": "array", "items": _schema(items[0], definitions), **note}
    if get_origin(kind) is tuple:
        prefix = [_schema(item, definitions) for item in items]
        ends = {"minItems": len(items), "maxItems": len(items)}
        return {"type": "array", "prefixItems": prefix, **ends, **note}
    return {"type": "object", "additionalProperties": _schema(items[1], definitions), **note}


def _object_schema(kind: type, definitions: dict[str, Any]) -> dict[str, Any]:
    fields = dataclasses.fields(kind)
    return {
        "type": "object",
        "description": (kind.__doc__ or "").split("\n")[0],
        "properties": {f.name: _schema(_hints(kind)[f.name], definitions) for f in fields},
        "required": [f.name for f in fields if _required(f)],
    }
