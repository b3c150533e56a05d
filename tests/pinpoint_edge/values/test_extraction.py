"""What a schema asks of a document: line items as rows, and objects in Python."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import Decimal

import pytest

from pinpoint_edge import DataError, PinPoint
from pinpoint_edge.document.extraction import Extraction
from pinpoint_edge.values.line_items import Cell, find_head, rows_below, text_of
from pinpoint_edge.values.schema import fields_of

from ..vision.text_pdfs import scanned, shown, text_pdf

ITEMS = {
    "properties": {
        "items": {
            "type": "array",
            "items": {
                "properties": {
                    "description": {"type": "string"},
                    "quantity": {"type": "integer"},
                    "unit_price": {"type": "number"},
                }
            },
        }
    }
}
ROWS = (
    ("Item", "Qty", "Unit price", "Amount"),
    ("Blue chair", "2", "49.50", "99.00"),
    ("Desk", "1", "120.00", "120.00"),
    ("Lamp", "three", "15.00", "45.00"),
    ("Total", "", "", "264.00"),
)
LEFT = (40, 170, 240, 340)
FOUND = [
    {"description": "Blue chair", "quantity": 2, "unit_price": 49.5},
    {"description": "Desk", "quantity": 1, "unit_price": 120.0},
    {"description": "Lamp", "quantity": None, "unit_price": 15.0},
]


def table(*rows: tuple[str, ...]) -> bytes:
    return b"".join(
        shown(text, left=left, top=250 - 30 * number, size=12)
        for number, row in enumerate(rows)
        for left, text in zip(LEFT, row, strict=True)
        if text
    )


def test_a_table_is_its_rows(small_reader: PinPoint) -> None:
    found = small_reader.open(text_pdf(table(*ROWS))).extract(ITEMS)
    assert isinstance(found, Extraction)
    assert found.data == {"items": FOUND}
    assert {name: unfit.text for name, unfit in found.unfit.items()} == {
        "items[2].quantity": "three"
    }


def test_the_table_of_a_picture(small_reader: PinPoint) -> None:
    page = small_reader.open(text_pdf(table(*ROWS)), text_layer="ignore")
    assert page.extract(ITEMS).data == {"items": FOUND}


def test_a_page_without_the_table(small_reader: PinPoint) -> None:
    found = small_reader.open(text_pdf(shown("Dear Sir", "Thank you"))).extract(ITEMS)
    assert found.data == {"items": []}


def cells(*rows: tuple[tuple[str, int], ...]) -> list[list[Cell]]:
    return [
        [Cell(text, (x, 20 * y, x + 9 * len(text), 20 * y + 12)) for text, x in row]
        for y, row in enumerate(rows)
    ]


def test_a_long_description_goes_on_in_the_next_line() -> None:
    (items,) = fields_of(ITEMS)
    rows = cells(
        (("Description", 0), ("Quantity", 200), ("Price", 300)),
        (("Garden chair,", 0), ("2", 220), ("49.50", 300)),
        (("weatherproof", 0),),
        (("Desk", 0), ("1", 220), ("120.00", 300)),
        (("Subtotal", 0), ("219.00", 300)),
    )
    head = find_head(rows, items.columns)
    assert head is not None
    found = rows_below(rows, head)
    assert [text_of(row["description"]) for row in found] == ["Garden chair, weatherproof", "Desk"]


def test_a_head_is_told_from_other_rows() -> None:
    (items,) = fields_of(ITEMS)
    assert (
        find_head(
            cells(
                (("Invoice", 0), ("12", 100)),
            ),
            items.columns,
        )
        is None
    )


@dataclass
class Line:
    description: str
    price: Decimal | None


@dataclass
class Bill:
    day: datetime.date
    lines: list[Line]
    note: str | None = None


def test_data_as_an_object() -> None:
    data = {"day": "2025-04-03", "lines": [{"description": "Desk", "price": 12.5}], "note": None}
    made = Extraction(data).make(Bill)
    assert made == Bill(datetime.date(2025, 4, 3), [Line("Desk", Decimal("12.5"))])
    with pytest.raises(DataError, match=r"Bill.day: nothing that fits was found"):
        Extraction({**data, "day": None}).make(Bill)


def test_fields_of_a_schema_are_asked(small_reader: PinPoint) -> None:
    document = small_reader.open(text_pdf(shown("Total: 48.75", "Date: 14/03/2019")))
    found = document.extract({"properties": {"total": {"type": "number"}}})
    assert set(found.answers) == {"total"}
    assert found.answers["total"].to_json()["text"] == document.ask("What is the total?").text
    printed = found.to_json()
    assert set(printed) == {"data", "unfit", "fields"}
    assert "value" in printed["fields"]["total"]


def test_questions_give_answers(small_reader: PinPoint) -> None:
    document = small_reader.open(scanned("Total: 48.75"))
    assert set(document.extract({"total": "What is the total?"})) == {"total"}
