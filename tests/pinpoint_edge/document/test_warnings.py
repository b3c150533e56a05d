"""Warnings: pages that could hardly be read, and "not found" that is not sure of itself there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageFilter

from pinpoint_edge.document.warnings import BLIND, MEANING, MOST_BLIND, warned
from pinpoint_edge.errors import OptionError
from pinpoint_edge.vision.page import Page

pytestmark = pytest.mark.slow

LINES = ("Corner Bakery Limited", "Invoice number 48213", "Total 48.75", "Thank you for coming")


def blurred(page: Page, radius: float) -> Page:
    image = Image.fromarray(page.image).filter(ImageFilter.GaussianBlur(radius))
    return Page(np.asarray(image), "blurred", 0)


def test_a_sharp_page_has_none(small_reader, printed):
    assert small_reader.open(printed(*LINES)).ask("What is the total?").warnings == ()


def test_an_empty_page(small_reader):
    page = Page(np.full((600, 500, 3), 255, np.uint8), "empty", 0)
    answer = small_reader.open(page).ask("What is the total?")
    assert (answer.found, answer.warnings) == (False, ("empty-page",))
    assert answer.confidence <= MOST_BLIND


def test_hardly_any_text(small_reader, printed):
    answer = small_reader.open(printed("No 12")).ask("What is the total?")
    assert "little-text" in answer.warnings


def test_a_blurred_page(small_reader, printed):
    document = small_reader.open(blurred(printed(*LINES), 5))
    answer = document.ask("What is the total?")
    assert BLIND & set(answer.warnings)
    assert answer.found or answer.confidence <= MOST_BLIND


def test_a_page_that_was_turned(small_reader, printed):
    page = printed(*LINES)
    turned = Page(np.ascontiguousarray(np.rot90(page.image)), "turned", 0)
    assert "turned" in small_reader.open(turned).ask("What is the total?").warnings


@pytest.mark.parametrize(("question", "warns"), [
    ("合計はいくらですか", True), ("Какая сумма?", True),
    ("Wie hoch ist die Mehrwertsteuer für Nr. 12?", False), ("12?", False),
])  # fmt: skip
def test_scripts_of_questions(small_reader, printed, question, warns):
    document = small_reader.open(printed(*LINES))
    answer = document.ask("What is the total?")
    assert ("language" in warned(answer, document.look(), question).warnings) is warns


def test_a_found_answer_keeps_its_confidence(small_reader, printed):
    document = small_reader.open(printed("No 12"))
    answer = replace(document.ask("What is the number?"), found=True, page=0, confidence=0.93)
    assert warned(answer, document.look(), "What?").confidence == 0.93


def test_every_code_has_words():
    assert set(MEANING) > BLIND


def test_alternatives_and_least(small_reader, printed):
    document = small_reader.open(printed(*LINES))
    plain = document.ask("What is the total?")
    answer = document.ask("What is the total?", alternatives=2)
    assert replace(answer, alternatives=(), timings=plain.timings) == plain
    if plain.tokens.answer:
        assert len(answer.alternatives) == 2
    for other in answer.alternatives:
        assert other.text != answer.text
        assert bool(other.boxes) == (other.text is not None)
    unsure = document.ask("What is the total?", alternatives=2, least=1.0)
    assert (unsure.kind, unsure.found, unsure.text, unsure.boxes) == ("unsure", False, None, ())
    first = unsure.alternatives[0]
    assert (first.text, first.boxes) == (answer.text, answer.boxes)
    assert first.confidence == answer.confidence
    assert unsure.alternatives[1:] == answer.alternatives
    again = document.ask("What is the total?", least=0.0)
    assert again == replace(plain, timings=again.timings)
    for wrong in ({"alternatives": 11}, {"alternatives": -1}, {"least": 1.5}):
        with pytest.raises(OptionError):
            document.ask("What is the total?", **wrong)
