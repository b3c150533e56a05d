"""Turned, bent and long pages are looked at as upright and flat ones; boxes lie on the given."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from pinpoint_edge.vision.geometry import iou
from pinpoint_edge.vision.page import Page

ROWS = (
    ("Receipt number", "438425"), ("Date of sale", "24/05/2026"), ("Green tea", "22.86"),
    ("Honey jar", "22.61"), ("Notebook", "8.06"), ("Batteries", "25.56"), ("SUBTOTAL", "94.19"),
    ("TAX 7%", "6.59"), ("TOTAL", "100.78"), ("CASH PAID", "110.00"),
)  # fmt: skip
SIZE = (600, 620)


@pytest.fixture(scope="module")
def receipt() -> Page:
    image = Image.new("RGB", SIZE, "white")
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(26)
    pen.text((300, 30), "Willow Bakery, Station Road 32", fill=0, font=font, anchor="ma")
    for number, (label, value) in enumerate(ROWS):
        pen.text((40, 110 + 48 * number), label, fill=0, font=font)
        pen.text((560, 110 + 48 * number), value, fill=0, font=font, anchor="ra")
    return Page(np.asarray(image), "receipt", 0)


def pictured(image: np.ndarray) -> Page:
    return Page(image, "receipt", 0)


def words(document) -> list[list[str]]:
    return document.transcribe()


def test_an_upright_flat_page_is_looked_at_as_it_is(small_reader, receipt, counting):
    counts = counting(small_reader)
    looked = small_reader.open(receipt).pages[0]
    assert (looked.turned, looked.straightened, looked.parts) == (0, False, 1)
    assert looked.view.page is looked.page
    assert all(a is b for a, b in zip(looked.regions, looked.flat, strict=True))
    assert counts.runs["detect"] == 1
    assert "refine" not in counts.runs


@pytest.mark.parametrize(("quarters", "turned"), [(1, 90), (2, 180), (3, 270)])
def test_a_turned_page_reads_as_the_upright_one(small_reader, receipt, quarters, turned):
    upright = small_reader.open(receipt)
    image = np.ascontiguousarray(np.rot90(receipt.image, quarters))
    document = small_reader.open(pictured(image))
    looked = document.pages[0]
    assert looked.turned == turned
    assert words(document) == words(upright)
    for region, other in zip(looked.regions, upright.regions, strict=True):
        x0, y0, x1, y1 = region.box
        width, height = SIZE
        box = {
            1: (width - y1, x0, width - y0, x1),
            2: (width - x1, height - y1, width - x0, height - y0),
            3: (y0, height - x1, y1, height - x0),
        }[quarters]
        assert iou(box, other.box) > 0.8


def bowed(image: np.ndarray, deep: float) -> np.ndarray:
    """Every column moved down by a bow, by whole pixels."""
    result = np.full_like(image, 255)
    for x in range(image.shape[1]):
        down = round(deep * np.sin(np.pi * x / image.shape[1]))
        result[:, x] = np.roll(image[:, x], -down, axis=0)
    return result


def test_the_rows_of_a_bowed_page_are_those_of_the_flat_one(small_reader, receipt):
    padded = np.pad(receipt.image, ((60, 0), (0, 0), (0, 0)), constant_values=255)
    document = small_reader.open(pictured(bowed(padded, 55)))
    looked = document.pages[0]
    assert looked.straightened
    rows = [[looked.glance.readings[place] for place in row] for row in looked.layout.rows]
    assert [len(row) for row in rows] == [1, *[2] * len(ROWS)]
    assert words(document)[1:] == [list(row) for row in ROWS]
    for place, region in enumerate(looked.regions):
        column = sum(region.box[::2]) / 2
        lift = 60 - 55 * np.sin(np.pi * column / SIZE[0])
        row = next(n for n, row in enumerate(looked.layout.rows) if place in row)
        if row:
            middle = 110 + 48 * (row - 1) + 15 + lift
            assert sum(region.box[1::2]) / 2 == pytest.approx(middle, abs=8)


def test_a_line_that_runs_upwards_is_read(small_reader, receipt):
    line = Image.new("RGB", (260, 40), "white")
    ImageDraw.Draw(line).text((4, 4), "Contract K-88143", fill=0, font=ImageFont.load_default(26))
    image = np.pad(receipt.image, ((0, 0), (60, 0), (0, 0)), constant_values=255)
    image[150:410, 10:50] = np.rot90(np.asarray(line), 1)
    document = small_reader.open(pictured(image))
    assert document.pages[0].turned == 0
    assert any("Contract K-88143" in row for row in words(document))


def test_a_long_receipt_is_looked_at_in_parts(small_reader, receipt, counting):
    image = np.concatenate([receipt.image] * 5)
    counts = counting(small_reader)
    document = small_reader.open(pictured(image))
    assert document.pages[0].parts == counts.runs["detect"] == 3
    assert words(document) == words(small_reader.open(receipt)) * 5
