"""Schemas of what to extract: JSON Schema, or a dataclass or pydantic model in Python.

Read are type, format, enum, const, pattern, minimum and maximum, properties, items, anyOf with
null, $ref within the schema, title and description.
"""

from __future__ import annotations

import dataclasses
import datetime
import enum
import re
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from pinpoint_edge.errors import DataError

_TYPES = ("string", "number", "integer", "boolean", "array", "object")
FORMATS = ("date", "date-time", "email", "phone", "iban")
"""Formats of strings that are checked; others are left to whoever takes the data."""
MAX_FIELDS = 1000
_DEPTH = 8


@dataclass(frozen=True)
class Field:
    """A field to extract.

    name: its path, "seller.name"; question: what is asked for it; labels: what a column of a table
    may be called; columns: of a list of line items.
    """

    name: str
    question: str
    type: str = "string"
    format: str | None = None
    choices: tuple[Any, ...] = ()
    pattern: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    labels: tuple[str, ...] = ()
    columns: tuple[Field, ...] = ()
    path: tuple[str, ...] = field(default=(), compare=False)


def is_schema(given: object) -> bool:
    """Whether this is a schema rather than a mapping of names to questions."""
    if isinstance(given, type):
        return True
    return isinstance(given, Mapping) and isinstance(given.get("properties"), Mapping)


def fields_of(schema: object) -> list[Field]:
    """Return the fields of a JSON Schema, a dataclass or a pydantic model; raises DataError."""
    if isinstance(schema, type):
        schema = _schema_of_class(schema)
    if not isinstance(schema, Mapping) or not isinstance(schema.get("properties"), Mapping):
        raise DataError(
            "The schema has no properties; write an object of JSON Schema, or pass a dataclass or "
            "a pydantic model."
        )
    found = _properties(schema, schema, (), 0)
    if not found:
        raise DataError("The schema has no properties; name at least one field to extract.")
    if len(found) > MAX_FIELDS:
        raise DataError(f"The schema holds more than {MAX_FIELDS} fields; split it.")
    return found


def _properties(
    schema: Mapping[str, Any], root: Mapping[str, Any], path: tuple[str, ...], depth: int
) -> list[Field]:
    if depth > _DEPTH:
        raise DataError(f"The schema is nested deeper than {_DEPTH} objects at {'.'.join(path)}.")
    found: list[Field] = []
    for name, given in schema["properties"].items():
        own = _plain(given, root, (*path, str(name)))
        if isinstance(own.get("properties"), Mapping):
            found += _properties(own, root, (*path, str(name)), depth + 1)
        else:
            found.append(_field(own, root, (*path, str(name)), depth))
    return found


def _field(
    own: Mapping[str, Any], root: Mapping[str, Any], path: tuple[str, ...], depth: int
) -> Field:
    where = ".".join(path)
    choices = own.get("enum", [own["const"]] if "const" in own else [])
    kind = own.get("type", "string")
    if not isinstance(choices, Sequence) or isinstance(choices, str):
        raise DataError(f"{where}: enum is no list; write the values that are allowed.")
    if kind not in _TYPES:
        raise DataError(f"{where}: there is no type {kind!r}; take one of {', '.join(_TYPES)}.")
    columns: tuple[Field, ...] = ()
    if kind == "array":
        items = _plain(own.get("items") or {"type": "string"}, root, path)
        if isinstance(items.get("properties"), Mapping):
            columns = tuple(
                _field(_plain(column, root, (*path, name)), root, (name,), depth + 1)
                for name, column in items["properties"].items()
            )
    try:
        re.compile(own.get("pattern") or "")
    except (re.error, TypeError) as error:
        raise DataError(f"{where}: the pattern cannot be read ({error}); correct it.") from error
    return Field(
        where,
        _question(own, path),
        kind,
        own.get("format"),
        tuple(choices),
        own.get("pattern"),
        own.get("minimum"),
        own.get("maximum"),
        _labels(own, path[-1]),
        columns,
        path,
    )


def _plain(given: Any, root: Mapping[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    """A schema with its $ref followed, and without the null that it allows."""
    where = ".".join(path)
    for _ in range(_DEPTH):
        if not isinstance(given, Mapping):
            raise DataError(f"{where}: this is no schema; write an object.")
        own = dict(given)
        if isinstance(own.get("$ref"), str):
            target: Any = root
            for step in own.pop("$ref").removeprefix("#/").split("/"):
                target = target.get(step) if isinstance(target, Mapping) else None
            given = {**target, **own} if isinstance(target, Mapping) else None
            continue
        several = own.get("anyOf") or own.get("oneOf") or own.get("allOf")
        if several:
            solid = [each for each in several if each != {"type": "null"}]
            # A number that pydantic may also be given as text is a number.
            rest = {key: own[key] for key in own if key not in ("anyOf", "oneOf", "allOf")}
            given = {**solid[0], **rest} if solid and isinstance(solid[0], Mapping) else None
            continue
        if isinstance(own.get("type"), list):
            own["type"] = next((kind for kind in own["type"] if kind != "null"), "string")
        return own
    raise DataError(f"{where}: its references lead in a circle; correct the schema.")


def words_of(name: str) -> str:
    """The words of a name: "invoiceDate" and "invoice_date" are "invoice date"."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return re.sub(r"[\s_.-]+", " ", spaced).strip().lower()


def _question(own: Mapping[str, Any], path: tuple[str, ...]) -> str:
    described = str(own.get("description") or "").strip()
    if described.endswith("?"):
        return described
    words = " ".join(words_of(name) for name in path)
    return f"What is the {described.rstrip('.') or words}?"


def _labels(own: Mapping[str, Any], name: str) -> tuple[str, ...]:
    described = str(own.get("description") or "").strip()
    named = [words_of(name), str(own.get("title") or ""), described.rstrip(".?")]
    return tuple(dict.fromkeys(label.lower() for label in named if label))


def _schema_of_class(kind: type) -> Mapping[str, Any]:
    if callable(made := getattr(kind, "model_json_schema", None)):
        schema: Mapping[str, Any] = made()
        return schema
    if dataclasses.is_dataclass(kind):
        return _schema_of_dataclass(kind)
    raise DataError(f"{kind.__name__} is no dataclass and no pydantic model; pass one of these.")


def _schema_of_dataclass(kind: type) -> dict[str, Any]:
    hints = typing.get_type_hints(kind)
    properties = {}
    for own in dataclasses.fields(kind):
        properties[own.name] = _schema_of_type(hints[own.name], own.name) | dict(own.metadata)
    return {"type": "object", "properties": properties}


def _schema_of_type(hint: Any, name: str) -> dict[str, Any]:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        solid = [each for each in arguments if each is not type(None)]
        return _schema_of_type(solid[0], name)
    if origin is typing.Annotated:
        return _schema_of_type(arguments[0], name)
    if origin is typing.Literal:
        return {"enum": list(arguments)}
    if origin in (list, tuple, Sequence):
        return {"type": "array", "items": _schema_of_type(arguments[0], name)}
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return {"enum": [member.value for member in hint]}
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return _schema_of_dataclass(hint)
    known: dict[Any, dict[str, Any]] = {
        str: {"type": "string"},
        bool: {"type": "boolean"},
        int: {"type": "integer"},
        float: {"type": "number"},
        Decimal: {"type": "number"},
        datetime.date: {"type": "string", "format": "date"},
    }
    if hint not in known:
        raise DataError(
            f"The field {name!r} has the type {hint}, which is not extracted; take str, int, "
            "float, Decimal, bool, datetime.date, a Literal, an Enum, or a list of dataclasses."
        )
    return dict(known[hint])
