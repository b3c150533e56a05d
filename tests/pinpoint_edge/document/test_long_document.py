"""Long documents: their pages are looked at when a question needs them."""

from __future__ import annotations

import io
from collections import Counter
from pathlib import Path

import pytest

from pinpoint_edge.errors import PageError
from pinpoint_edge.retrieval.pages import MOST

from ..vision.text_pdfs import OVER_ALL, SHIFTED, scanned, shown, text_pdf

COUNT = 12
PAGES = [
    shown(f"Section {number}", f"Topic {'abcdefghijkl'[number] * 4}") for number in range(COUNT)
]
TOPIC = "What is the topic gggg about?"


@pytest.fixture(scope="module")
def report() -> bytes:
    return text_pdf(*PAGES)


def test_opening_draws_and_looks_at_nothing(small_reader, report, counting, monkeypatch):
    counts = counting(small_reader)
    monkeypatch.setattr("pinpoint_edge.vision.page.pdf_file.PdfPage.draw", None)
    document = small_reader.open(report)
    assert document.page_count == COUNT
    assert counts.runs == Counter()


def test_a_question_looks_at_the_pages_of_its_words(small_reader, report):
    seen: list[tuple[int, int, int]] = []
    document = small_reader.open(
        report, on_page=lambda number, count, page: seen.append((number, count, page.page.number))
    )
    answer = document.ask(TOPIC)
    first = seen[:MOST]
    assert [number for number, _, _ in first] == list(range(1, MOST + 1))
    assert {count for _, count, _ in first} == {MOST}
    assert 6 in [page for _, _, page in first]
    if answer.found:
        assert len(seen) == MOST
    else:
        assert len(seen) == COUNT, "before nothing is found, all pages are looked at"


def test_an_answer_depends_on_no_page_that_was_looked_at_before(small_reader, report):
    alone = small_reader.open(report).ask(TOPIC)
    document = small_reader.open(report)
    document.transcribe()
    document.ask("What is section 3?")
    again = document.ask(TOPIC)
    assert (again.text, again.boxes, again.confidence) == (
        alone.text,
        alone.boxes,
        alone.confidence,
    )
    assert again.tokens == alone.tokens


def test_a_lying_layer_hides_no_page(small_reader):
    """Chosen by layers that lie, pages would be missed: then all of them are looked at."""
    document = small_reader.open(text_pdf(*PAGES, to_unicode=SHIFTED))
    seen: list[int] = []
    document._opened._on_page = lambda number, count, page: seen.append(page.page.number)
    document.ask("What is the Tfdujpo?")  # "Section" as its layer has it
    assert sorted(seen) == list(range(COUNT))


def test_scans_are_all_looked_at(small_reader, counting):
    counts = counting(small_reader)
    scan = scanned("Sales receipt", "Cash: 48.75")
    document = small_reader.open(text_pdf(*[OVER_ALL] * 3, picture=scan))
    document.ask("How much cash?")
    assert counts.runs["detect"] == 3


def test_a_file_that_changes_while_it_is_open_is_told(small_reader, report, tmp_path: Path):
    path = tmp_path / "report.pdf"
    path.write_bytes(report)
    document = small_reader.open(path)
    path.write_bytes(text_pdf(*PAGES, shown("More")))
    with pytest.raises(PageError, match="changed or removed while it was open"):
        document.ask(TOPIC)
    kept = small_reader.open(io.BytesIO(report))
    assert kept.ask(TOPIC).tokens.prompt > 0
