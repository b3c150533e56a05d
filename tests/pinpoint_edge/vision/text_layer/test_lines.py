"""Lines out of the characters of a text layer."""

from __future__ import annotations

import numpy as np
import pytest

from pinpoint_edge.vision.geometry import bounds, sub_quad
from pinpoint_edge.vision.page import load_pages
from pinpoint_edge.vision.text_layer.lines import LayerLine, lines_of

from ..text_pdfs import LINES, shown, text_pdf


def lines(content: bytes, page: bytes = b"") -> list[LayerLine]:
    (opened,) = load_pages(text_pdf(content, page=page))
    layer = opened.text_layer
    assert layer is not None
    return lines_of(layer, np.ones(len(layer.texts), np.bool_))


def texts(content: bytes) -> list[str]:
    return [line.transcription.text for line in lines(content)]


def test_each_line_has_its_text_and_its_place() -> None:
    found = lines(shown(*LINES))
    assert [line.transcription.text for line in found] == list(LINES)
    for number, line in enumerate(found):
        x0, y0, x1, y1 = bounds(line.quad)
        foot = 2 * (300 - 250 + 40 * number)
        assert 60 < x0 < 84 < 200 < x1 < 500
        assert foot - 32 < y0 < foot - 16 < foot < y1 < foot + 16


def test_spans_are_the_places_of_the_characters() -> None:
    (line,) = lines(shown("Total: 12.50"))
    spans = line.transcription.spans
    assert len(spans) == len("Total: 12.50")
    assert all(0 <= start <= end <= 1 for start, end in spans)
    assert spans == sorted(spans)
    amount = bounds(sub_quad(line.quad, spans[7][0], spans[-1][1]))
    whole = bounds(line.quad)
    assert amount[0] > (whole[0] + whole[2]) / 2 - 8


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (shown("Rent due") + shown("12.50", left=260), ["Rent due", "12.50"]),
        (shown("Rent due .............. 12.50"), ["Rent due", "12.50"]),
        (shown("Name ________ Date ________"), ["Name", "Date"]),
        # Words in any order, each written for itself.
        (shown("due", left=74) + shown("Rent", left=40), ["Rent due"]),
        (shown("Area 12 m") + shown("2", size=8, left=99, top=255), ["Area 12 m2"]),
        (shown("Bold") + shown("Bold", left=40), ["Bold"]),
        (shown("Yes • no"), ["Yes • no"]),
        (shown("Wait... what"), ["Wait... what"]),
    ],
    ids=["gap", "leader", "blanks", "order", "raised", "doubled", "bullet", "ellipsis"],
)
def test_lines_end_at_gaps_and_leaders(content: bytes, expected: list[str]) -> None:
    assert texts(content) == expected


@pytest.mark.parametrize(
    ("matrix", "tall"),
    [(b"0 1 -1 0 100 60", True), (b"0 -1 1 0 100 250", True), (b"1 0 0 1 100 100", False)],
)
def test_text_that_runs_upwards_and_downwards(matrix: bytes, tall: bool) -> None:
    (line,) = lines(shown("Margin note", matrix=matrix))
    assert line.transcription.text == "Margin note"
    x0, y0, x1, y1 = bounds(line.quad)
    assert (y1 - y0 > 3 * (x1 - x0)) == tall


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_page_that_is_turned_has_its_layer_turned(turn: int) -> None:
    (page,) = load_pages(text_pdf(shown("Upright"), page=b"/Rotate %d" % turn))
    layer = page.text_layer
    assert layer is not None
    for x0, y0, x1, y1 in layer.boxes.tolist():
        ink = page.grey[int(y0) : int(y1) + 1, int(x0) : int(x1) + 1]
        assert ink.min() < 100, turn
    assert set(layer.turns.tolist()) == {turn // 90}
