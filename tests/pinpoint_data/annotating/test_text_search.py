"""Where a text stands: as it is, written otherwise, misread, across lines, several times."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinpoint_data.annotating.text_lines import PageLines, TextLine
from pinpoint_data.annotating.text_search import EXACT, NORMALISED, VALUE, Finder, normal

WIDTH, HEIGHT = 10, 20


def page(*rows: str | tuple[tuple[int, str], ...]) -> PageLines:
    """Lines of ten pixels a letter, a row every 30 pixels; a row may hold (left, text) pairs."""
    lines = []
    for number, row in enumerate(rows):
        for left, text in ((0, row),) if isinstance(row, str) else row:
            box = (left, 30 * number, left + WIDTH * len(text), 30 * number + HEIGHT)
            spans = tuple((k / len(text), (k + 1) / len(text)) for k in range(len(text)))
            lines.append(TextLine(text, tuple(map(float, box)), spans))
    return PageLines(lines)


def found(layout: PageLines, text: str) -> list[tuple[str, float]]:
    return [(place.text(layout), place.quality) for place in Finder(layout).find(text)]


def test_an_exact_place_and_its_box():
    layout = page("Corner Bakery", "Total: 48.75")
    (place,) = Finder(layout).find("48.75")
    assert (place.text(layout), place.quality) == ("48.75", EXACT)
    assert place.boxes(layout) == [pytest.approx((70, 30, 120, 50))]


@pytest.mark.parametrize(
    ("wanted", "stands", "quality"),
    [
        ("Corner Bakery", "CORNER  BAKERY", NORMALISED),
        ("Corner Bakery", "CornerBakery", NORMALISED),
        ("27, Jalan Dedap 13,", "27,JALAN DEDAP 13", NORMALISED),
        ("$1,250.00", "1250.00", VALUE),
        ("19/10/2018", "19 Oct 2018", VALUE),
        ("9/ 3/ 92", "9/3/92", NORMALISED),
        ("780, 900. 00", "780,900.00", NORMALISED),
        ("0.34", "0 .34", NORMALISED),
        ("1993", "June 21, 1993", EXACT),
        ("1- 502- 568- 8092", "1 502 568-8092", NORMALISED),
        ("60.30", "RM60.30", EXACT),
    ],
)
def test_written_otherwise(wanted: str, stands: str, quality: float):
    ((_, got),) = found(page("Some shop", f"is: {stands}"), wanted)
    assert got == quality


def test_misread_letters_but_not_digits():
    ((text, quality),) = found(
        page("TOTAL", "Adverliser: Kathaleen Wa11 for Congrcss"), "Kathaleen Wall for Congress"
    )
    assert text == "Kathaleen Wa11 for Congrcss"
    assert 0.5 < quality < 0.9
    assert found(page("Total 48.76"), "48.75") == []
    assert found(page("Order 952047-2"), "952047-1") == []
    assert found(page("Flight 3/31/2020"), "3/1/2020") == []
    assert found(page("Order 95 2047-1"), "952047-1") == []


@pytest.mark.parametrize("text", ["30", "0.3", "8.7", "akery", "", "  ", "!?", "Bakery Corner"])
def test_parts_of_words_and_numbers_are_none(text: str):
    assert found(page("Corner Bakery", "Total: 60.30 and 48.75"), text) == []


def test_across_lines_of_a_column_beside_another():
    layout = page(
        ((0, "Address"), (200, "12 Long Road"), (500, "Phone 555")),
        ((200, "Springfield"), (500, "Fax 556")),
    )
    (place,) = Finder(layout).find("12 Long Road, Springfield")
    assert [layout.lines[line].text for line, *_ in place.pieces] == ["12 Long Road", "Springfield"]


def test_cells_of_a_column_that_stand_far_apart():
    layout = page(((0, "Tar"), (100, "Draw")), "", ((0, "39.7"), (100, "0.34")), "", ((0, "35.6"),))
    (place,) = Finder(layout).find("39.7 35.6")
    assert [piece[1:] for piece in place.pieces] == [(0, 4), (0, 4)]


def test_across_regions_of_a_row():
    layout = page(((0, "Kathaleen"), (100, "Wall"), (150, "for Congress")))
    (place,) = Finder(layout).find("Kathaleen Wall for Congress")
    assert len(place.pieces) == 3


def test_all_places_in_reading_order():
    layout = page("Total 12.50", "Cash 12.50", "Change 0.00", "Sum 112.50")
    places = Finder(layout).find("12.50")
    assert [layout.lines[place.pieces[0][0]].text for place in places] == [
        "Total 12.50",
        "Cash 12.50",
    ]


def test_an_empty_page():
    assert Finder(PageLines([])).find("48.75") == []
    assert (
        Finder(PageLines([TextLine(" ", (0, 0, 9, 9)), TextLine("x", (5, 5, 5, 5))])).find("x")
        == []
    )


words = st.text("abcdefgh", min_size=2, max_size=7)


@given(st.lists(words, min_size=1, max_size=12, unique=True), st.data())
def test_what_was_planted_is_found(texts: list[str], data: st.DataObject):
    """Any run of words on a page of any line breaks is found, and reads back."""
    breaks = data.draw(st.lists(st.booleans(), min_size=len(texts), max_size=len(texts)))
    rows: list[str] = []
    for text, new in zip(texts, breaks, strict=True):
        if rows and not new:
            rows[-1] += f" {text}"
        else:
            rows.append(text)
    start = data.draw(st.integers(0, len(texts) - 1))
    end = data.draw(st.integers(start + 1, len(texts)))
    wanted = " ".join(texts[start:end])
    layout = page(*rows)
    places = Finder(layout).find(wanted)
    assert any(normal(place.text(layout)) == normal(wanted) for place in places)
    assert all(place.quality >= NORMALISED for place in places)


@given(st.text(max_size=40), st.text(max_size=20))
def test_any_text_can_be_looked_for(line: str, wanted: str):
    layout = PageLines([TextLine(line, (0, 0, 100, 10))])
    for place in Finder(layout).find(wanted):
        ((index, start, end),) = place.pieces
        assert 0 <= start < end <= len(layout.lines[index].text)
