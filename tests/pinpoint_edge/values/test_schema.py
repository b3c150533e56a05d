"""Schemas, and words as values of their fields."""

from __future__ import annotations

import datetime
import enum
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

import pytest

from pinpoint_edge.errors import DataError
from pinpoint_edge.values.fitting import Unfit, fit
from pinpoint_edge.values.page_locale import PageLocale
from pinpoint_edge.values.schema import Field, fields_of, is_schema

LOCALE = PageLocale("en", "US", "USD", day_first=False, decimal=".")
SCHEMA = {
    "type": "object",
    "properties": {
        "invoiceDate": {"type": "string", "format": "date"},
        "total": {"type": ["number", "null"], "description": "What is the total to pay?"},
        "kind": {"enum": ["invoice", "receipt"]},
        "seller": {"$ref": "#/$defs/party"},
        "items": {
            "type": "array",
            "items": {"type": "object", "properties": {"qty": {"type": "integer"}}},
        },
    },
    "$defs": {"party": {"type": "object", "properties": {"name": {"type": "string"}}}},
}


class Size(enum.Enum):
    SMALL = "small"
    LARGE = "large"


@dataclass
class Item:
    description: str
    price: Decimal | None = None


@dataclass
class Order:
    date: datetime.date
    paid: bool
    size: Size
    state: Literal["open", "closed"]
    note: str | None = field(default=None, metadata={"description": "What does the note say?"})
    items: list[Item] = field(default_factory=list)


def test_json_schema() -> None:
    date, total, kind, name, items = fields_of(SCHEMA)
    assert (date.name, date.format, date.question) == (
        "invoiceDate", "date", "What is the invoice date?",
    )  # fmt: skip
    assert (total.type, total.question) == ("number", "What is the total to pay?")
    assert kind.choices == ("invoice", "receipt")
    assert (name.name, name.path, name.question) == (
        "seller.name", ("seller", "name"), "What is the seller name?",
    )  # fmt: skip
    assert [column.type for column in items.columns] == ["integer"]


def test_a_dataclass() -> None:
    fields = {own.name: own for own in fields_of(Order)}
    assert fields["date"].format == "date"
    assert fields["paid"].type == "boolean"
    assert fields["size"].choices == ("small", "large")
    assert fields["state"].choices == ("open", "closed")
    assert fields["note"].question == "What does the note say?"
    assert [column.type for column in fields["items"].columns] == ["string", "number"]


def test_a_pydantic_model() -> None:
    pydantic = pytest.importorskip("pydantic")
    line = pydantic.create_model("Line", name=(str, ...), price=(float | None, None))
    bill = pydantic.create_model(
        "Bill", day=(datetime.date, ...), total=(Decimal, ...), lines=(list[line], ...)
    )
    day, total, lines = fields_of(bill)
    assert (day.format, total.type) == ("date", "number")
    assert [(column.name, column.type) for column in lines.columns] == [
        ("name", "string"), ("price", "number"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ({"properties": {}}, "no properties"),
        ({"properties": {"a": 3}}, "a: this is no schema"),
        ({"properties": {"a": {"type": "color"}}}, "no type 'color'"),
        ({"properties": {"a": {"pattern": "("}}}, "pattern cannot be read"),
        ({"properties": {"a": {"enum": "xy"}}}, "enum is no list"),
        ({"properties": {"a": {"$ref": "#/properties/a"}}}, "circle"),
        (int, "no dataclass"),
    ],
)  # fmt: skip
def test_broken_schemas_are_refused(schema: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        fields_of(schema)


def test_questions_are_no_schema() -> None:
    assert not is_schema({"total": "What is the total?"})
    assert is_schema(SCHEMA)
    assert is_schema(Order)


@pytest.mark.parametrize(
    ("text", "own", "expected"),
    [
        ("$1,250.00", {"type": "number"}, 1250.0),
        ("12", {"type": "integer"}, 12),
        ("12.5", {"type": "integer"}, Unfit("12.5", "no whole number")),
        ("many", {"type": "number"}, Unfit("many", "no number")),
        ("200", {"type": "number", "maximum": 100}, Unfit("200", "more than 100")),
        ("12/25/2018", {"format": "date"}, "2018-12-25"),
        ("soon", {"format": "date"}, Unfit("soon", "no date")),
        ("a@b.example", {"format": "email"}, "a@b.example"),
        ("Yes", {"type": "boolean"}, True),
        ("maybe", {"type": "boolean"}, Unfit("maybe", "neither yes nor no")),
        ("INVOICE", {"enum": ["invoice", "receipt"]}, "invoice"),
        ("letter", {"enum": ["invoice", "receipt"]}, Unfit("letter", "none of invoice, receipt")),
        ("AB-1", {"pattern": "^[A-Z]+-[0-9]$"}, "AB-1"),
        ("ab", {"pattern": "^[A-Z]+$"}, Unfit("ab", "does not match ^[A-Z]+$")),
        ("red, green", {"type": "array"}, ["red", "green"]),
    ],
)
def test_words_as_values(text: str, own: dict[str, Any], expected: Any) -> None:
    (field_of,) = fields_of({"properties": {"it": own}})
    assert isinstance(field_of, Field)
    assert fit(text, field_of, LOCALE) == expected
