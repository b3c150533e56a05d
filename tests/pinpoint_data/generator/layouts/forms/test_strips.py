"""Strips of headings over values, packed lines, address blocks, permissions: what they record."""

from collections.abc import Callable
from random import Random

import pytest

from pinpoint_data.generator.composer import Composer, FormEntry
from pinpoint_data.generator.layouts.forms import strips
from pinpoint_data.generator.layouts.forms.parties import address_blocks
from pinpoint_data.generator.layouts.forms.permissions import SAID, permissions

ENTRIES = [
    FormEntry("Room", "314", "id"),
    FormEntry("Arrival", "2 May 2024", "date"),
    FormEntry("Departure", "", "date"),
    FormEntry("Rate", "$ 80.00", "money"),
]


def _page(seed: int) -> Composer:
    return Composer(Random(seed), (900, 1200), 16, ("sans", "sans"), 60, 50)


@pytest.mark.parametrize("seed", range(12))
def test_a_strip_sets_each_value_below_its_heading(seed: int) -> None:
    page = _page(seed)
    strips.header_strip(page, ENTRIES)
    by_label = {field.label: field for field in page.canvas.fields}
    assert by_label["Room"].text == "314"
    assert by_label["Departure"].text == ""
    for field in page.canvas.fields:
        for span in field.value:
            label = field.label_spans[-1]
            assert span.box[1] > label.box[3]
            assert span.box[0] < label.box[2] + 120
            assert label.box[0] < span.box[2] + 120


@pytest.mark.parametrize("seed", range(12))
def test_packed_labels_and_values_share_a_line(seed: int) -> None:
    page = _page(seed)
    strips.packed(page, ENTRIES)
    by_label = {field.label: field for field in page.canvas.fields}
    assert set(by_label) == {"Room", "Arrival", "Rate"}
    for entry in ENTRIES:
        if entry.value:
            field = by_label[entry.label]
            assert field.text == entry.value
            assert field.label_spans[0].text == entry.label
            assert field.label_spans[0].box[2] <= field.value[0].box[0]


@pytest.mark.parametrize("seed", range(8))
def test_an_address_block_is_asked_for_name_and_address(seed: int) -> None:
    page = _page(seed)
    address_blocks(page)
    questions = page.canvas.questions
    assert len(questions) >= 4
    assert len(questions) % 2 == 0
    for name, address in zip(questions[::2], questions[1::2], strict=True):
        assert name.label == address.label
        assert not set(name.answer_boxes) & set(address.answer_boxes)
        assert all(page.left <= box[0] and box[2] <= page.right + 1 for box in address.answer_boxes)


@pytest.mark.parametrize("seed", range(8))
def test_a_permission_is_answered_by_yes_or_no(seed: int) -> None:
    page = _page(seed)
    permissions(page)
    said = {field.label: field.text for field in page.canvas.fields}
    assert page.canvas.questions
    for question in page.canvas.questions:
        assert said[question.label] in SAID[question.answers[0]]


@pytest.mark.parametrize("block", [strips.header_strip, strips.packed])
def test_a_full_page_takes_no_block(block: Callable[[Composer, list[FormEntry]], None]) -> None:
    page = _page(1)
    page.bottom = page.y + 5
    block(page, ENTRIES)
    assert not page.canvas.lines
