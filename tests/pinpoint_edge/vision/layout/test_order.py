"""Regions come into reading order, by rows or by the blocks of their page."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from pinpoint_edge.vision.canvas import Canvas, fit_canvas
from pinpoint_edge.vision.geometry import text_quad
from pinpoint_edge.vision.layout import Layout, lay_out
from pinpoint_edge.vision.regions import Region

SIZE = (736, 960)
# Two ruled cells side by side, each a label over two lines, and a line below both.
TEXTS = [(60, 110), (60, 150), (60, 190), (400, 110), (400, 150), (400, 190), (60, 400)]


def page() -> tuple[list[Region], Canvas]:
    image = Image.new("RGB", SIZE, "white")
    pen = ImageDraw.Draw(image)
    for x in (40, 380, 700):
        pen.line((x, 90, x, 300), fill=0)
    for y in (90, 300):
        pen.line((40, y, 700, y), fill=0)
    regions = []
    for x, y in TEXTS:
        regions.append(Region(text_quad((x, y, x + 200, y + 20)), 0.9))
    return regions, fit_canvas(np.asarray(image))


def starts(regions: list[Region]) -> list[tuple[int, int]]:
    return [(round(region.box[0]), round(region.box[1])) for region in regions]


def test_by_rows_a_page_is_read_across_and_has_one_cell() -> None:
    found, canvas = page()
    regions, layout = lay_out(found, canvas, SIZE, "rows")
    assert starts(regions) == sorted(TEXTS, key=lambda text: (text[1], text[0]))
    assert layout.rows == [[0, 1], [2, 3], [4, 5], [6]]
    assert set(layout.cell) == {0}
    assert set(layout.table) == {-1}
    assert layout.companions(0) == [], "where all is one cell, nothing belongs together"


def test_by_layout_a_cell_is_read_to_its_foot() -> None:
    found, canvas = page()
    regions, layout = lay_out(found[::-1], canvas, SIZE, "layout")
    assert starts(regions) == TEXTS
    assert layout.rows == [[n] for n in range(7)]
    assert layout.cell == [0, 0, 0, 1, 1, 1, 2]
    assert layout.companions(4) == [3, 4, 5]
    assert layout.companions(6) == [6]


def test_a_cell_lies_around_its_regions() -> None:
    found, canvas = page()
    _, layout = lay_out(found, canvas, SIZE, "layout")
    x, y, width, height = (layout.cells[4] * np.array([*SIZE, *SIZE])).tolist()
    np.testing.assert_allclose((x, y, width, height), (500, 160, 200, 100), atol=0.1)
    assert np.array_equal(layout.cells[3], layout.cells[5])


def test_a_field_of_a_table_is_explained_by_its_row_and_its_column() -> None:
    places = [(x, y, 0.1, 0.02) for y in (0.1, 0.2, 0.3) for x in (0.1, 0.4, 0.8)]
    rows = [[0, 1, 2], [3, 4, 5], [6, 7, 8]]
    layout = Layout(rows, list(range(9)), [0] * 9, np.array(places, np.float32))
    assert layout.companions(7) == [6, 1]
    assert layout.companions(8) == [6, 2]


def test_a_page_without_regions_has_no_rows() -> None:
    _, canvas = page()
    for order in ("rows", "layout"):
        regions, layout = lay_out([], canvas, SIZE, order)
        assert (regions, layout.rows, layout.cell) == ([], [], [])
        assert layout.cells.shape == (0, 4)
