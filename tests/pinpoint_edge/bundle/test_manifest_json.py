"""The manifest's JSON: the bundle's errors, stable bytes, unknown fields ignored, a schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

import pytest

from pinpoint_edge.bundle import manifest_json
from pinpoint_edge.errors import BundleError


@dataclass(frozen=True)
class Inner:
    """A part."""

    size: Annotated[int, "bytes"]
    kind: Literal["a", "b"] = "a"


@dataclass(frozen=True)
class Outer:
    """A whole."""

    inner: Mapping[str, Inner]
    pair: tuple[int, int] | None = None


def test_equal_values_are_equal_bytes() -> None:
    value = Outer({"b": Inner(1), "a": Inner(2)}, (1, 2))
    assert manifest_json.dumps(value) == manifest_json.dumps(
        Outer({"a": Inner(2), "b": Inner(1)}, (1, 2))
    )
    assert (
        manifest_json.decode(Outer, manifest_json.parse(manifest_json.dumps(value), "x")) == value
    )


def test_unknown_fields_are_ignored() -> None:
    value = {"inner": {"a": {"size": 5, "later": 1}}, "later": [1, {"x": 2}]}
    assert manifest_json.decode(Outer, value) == Outer({"a": Inner(5)})


def test_a_fault_is_named_by_its_path() -> None:
    with pytest.raises(BundleError, match=r"broken at \$\.inner\.a\.size: expected integer"):
        manifest_json.decode(Outer, {"inner": {"a": {"size": "5"}}})
    with pytest.raises(BundleError, match="here is not valid JSON: key a occurs twice"):
        manifest_json.parse(b'{"a": 1, "a": 2}', "here")


def test_the_schema_describes_the_dataclass() -> None:
    assert manifest_json.json_schema(Outer, "Whole") == {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Whole",
        "type": "object",
        "description": "A whole.",
        "properties": {
            "inner": {"type": "object", "additionalProperties": {"$ref": "#/$defs/Inner"}},
            "pair": {
                "anyOf": [
                    {
                        "type": "array",
                        "prefixItems": [{"type": "integer"}] * 2,
                        "minItems": 2,
                        "maxItems": 2,
                    },
                    {"type": "null"},
                ]
            },
        },
        "required": ["inner"],
        "$defs": {
            "Inner": {
                "type": "object",
                "description": "A part.",
                "properties": {
                    "size": {"type": "integer", "description": "bytes"},
                    "kind": {"enum": ["a", "b"]},
                },
                "required": ["size"],
            }
        },
    }
