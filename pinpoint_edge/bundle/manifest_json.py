"""The manifest as JSON: decoded strictly, written as stable bytes, described by a JSON Schema.

A field that the dataclass does not know is ignored: a later minor version may add some.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any, Literal, TypeVar, cast, get_args, get_origin

from pinpoint_edge.errors import BundleError
from pinpoint_edge.storage.json_text import parse_json
from pinpoint_edge.storage.records import SCALARS, bare, encode, examine, hints, is_union, required

T = TypeVar("T")


def parse(raw: bytes, where: str) -> object:
    """Parse JSON strictly; `where` names the source in messages. Raises BundleError."""
    try:
        return parse_json(raw)
    except ValueError as error:
        raise BundleError(
            f"{where} is not valid JSON: {error}. Make or download the bundle again."
        ) from error


def decode(kind: type[T], value: object) -> T:
    """Build a dataclass from parsed JSON; raises BundleError with the path of the fault."""
    record, problems = examine(kind, value, unknown="ignore", root="$")
    if problems:
        raise BundleError(
            f"The manifest is broken at {problems[0]}. Make or download the bundle again."
        )
    return cast(T, record)


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


def _schema(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    kind, notes = bare(kind)
    texts = [text for text in notes if isinstance(text, str)]
    note = {"description": texts[0]} if texts else {}
    if kind is type(None):
        return {"type": "null", **note}
    if kind in SCALARS:
        return {"type": SCALARS[kind], **note}
    if is_union(kind):
        return {"anyOf": [_schema(part, definitions) for part in get_args(kind)], **note}
    origin, items = get_origin(kind), get_args(kind)
    if origin is Literal:
        return {"enum": list(items), **note}
    if dataclasses.is_dataclass(kind):
        named = cast(type, kind)
        if named.__name__ not in definitions:
            definitions[named.__name__] = {}  # holds the place, for a class that nests itself
            definitions[named.__name__] = _object_schema(named, definitions)
        return {"$ref": f"#/$defs/{named.__name__}", **note}
    if origin is tuple and items[-1] is Ellipsis:
        return {"type": "array", "items": _schema(items[0], definitions), **note}
    if origin is tuple:
        prefix = [_schema(item, definitions) for item in items]
        ends = {"minItems": len(items), "maxItems": len(items)}
        return {"type": "array", "prefixItems": prefix, **ends, **note}
    assert issubclass(origin, Mapping)
    return {"type": "object", "additionalProperties": _schema(items[1], definitions), **note}


def _object_schema(kind: type, definitions: dict[str, Any]) -> dict[str, Any]:
    fields = dataclasses.fields(kind)
    return {
        "type": "object",
        "description": (kind.__doc__ or "").split("\n")[0],
        "properties": {f.name: _schema(hints(kind)[f.name], definitions) for f in fields},
        "required": [f.name for f in fields if required(f)],
    }
