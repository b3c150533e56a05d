"""Text layers that are what is seen, and those that lie."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pinpoint_edge import PinPoint
from pinpoint_edge.errors import OptionError, PageError
from pinpoint_edge.vision.page import load_pages

from ..text_pdfs import LINES, OVER_ALL, SHIFTED, scanned, shown, text_pdf

SEEN = ("Sales receipt", "Cash: 48.75", "Change: 1.25", "Served by Ines")


def transcribed(reader: PinPoint, content: bytes, **options: str) -> list[str]:
    document = reader.open(content, **options)  # type: ignore[arg-type]
    return [text for line in document.transcribe() for text in line]


def is_used(reader: PinPoint, content: bytes) -> bool:
    return bool(reader.open(content).pages[0].lines)


def test_a_page_of_text_is_neither_detected_nor_read(
    small_reader: PinPoint, counting: Callable[..., object]
) -> None:
    counts = counting(small_reader)
    assert transcribed(small_reader, text_pdf(shown(*LINES))) == list(LINES)
    assert counts.runs["detect"] == 0  # type: ignore[attr-defined]
    assert counts.rows["refine"] <= 8, "a sample"  # type: ignore[attr-defined]


def test_the_layer_is_left_aside_when_asked(small_reader: PinPoint) -> None:
    document = small_reader.open(text_pdf(shown(*LINES)), text_layer="ignore")
    assert document.pages[0].lines == {}
    assert len(document.regions) == len(LINES)


LIES = {
    "garbage": text_pdf(shown(*SEEN), to_unicode=SHIFTED),
    "invisible": text_pdf(shown(*SEEN) + shown(*LINES, mode=3, top=230)),
    "white": text_pdf(shown(*SEEN) + shown(*LINES, colour=b"1 g", top=230)),
    "covered": text_pdf(shown(*LINES) + b"1 g 0 0 420 300 re f " + shown(*SEEN, top=240)),
    "under an image": text_pdf(shown(*LINES) + OVER_ALL, picture=scanned(*SEEN)),
    "another scan's": text_pdf(OVER_ALL + shown(*LINES, mode=3), picture=scanned(*SEEN)),
    "shifted": text_pdf(OVER_ALL + shown(*SEEN, mode=3, top=212), picture=scanned(*SEEN)),
    "badly read": text_pdf(
        OVER_ALL + shown("Sa1es rece1pt", "Gash: 4B.75", "Ghange: l.2S", "5erved hy lnes", mode=3),
        picture=scanned(*SEEN),
    ),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_layer_that_lies_is_found_out(small_reader: PinPoint, lie: str) -> None:
    document = small_reader.open(LIES[lie])
    assert document.pages[0].lines == {}
    assert [text for line in document.transcribe() for text in line] == list(SEEN)
    with pytest.raises(PageError, match="no text layer that can be relied on"):
        small_reader.open(LIES[lie], text_layer="require")


def test_the_layer_of_a_scan_is_used_where_it_agrees(small_reader: PinPoint) -> None:
    content = text_pdf(OVER_ALL + shown(*SEEN, mode=3), picture=scanned(*SEEN))
    assert is_used(small_reader, content)
    assert transcribed(small_reader, content) == list(SEEN)


def test_text_of_a_picture_stands_beside_the_layer(small_reader: PinPoint) -> None:
    logo = scanned(*SEEN).crop((60, 70, 360, 130))
    content = text_pdf(shown(*LINES) + b"q 150 0 0 30 250 60 cm /I Do Q", picture=logo)
    document = small_reader.open(content)
    assert len(document.pages[0].lines) == len(LINES)
    assert SEEN[0] in transcribed(small_reader, content)


def test_a_page_without_a_layer_is_refused_where_one_is_required(small_reader: PinPoint) -> None:
    blank = text_pdf(b"0 0 10 10 re f")
    with pytest.raises(PageError, match="it has no text layer"):
        small_reader.open(blank, text_layer="require")
    with pytest.raises(PageError, match="it is a picture"):
        small_reader.open(load_pages(blank)[0].image, text_layer="require")
    with pytest.raises(OptionError, match="auto, ignore or require"):
        small_reader.open(blank, text_layer="always")  # type: ignore[arg-type]


def test_one_line_that_is_covered_is_read_as_it_is_seen(small_reader: PinPoint) -> None:
    """The page is trusted by its sample; a region of the evidence is compared for itself."""
    lines = [f"Entry {number}: paid in full" for number in range(1, 12)]
    content = shown(*lines, step=20, size=12)
    covered = content + b"1 g 38 166 300 16 re f " + shown("Entry 5: 734.20", size=12, top=170)
    document = small_reader.open(text_pdf(covered))
    pages = document.look()
    assert pages.pages[0].lines
    places = [index for index, line in pages.pages[0].lines.items() if "Entry 5" in line.text]
    pages.refine(places, {})
    assert {pages.read(index).source for index in places} == {"recogniser"}
