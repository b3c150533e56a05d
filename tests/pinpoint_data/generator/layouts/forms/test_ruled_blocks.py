"""Blocks of forms: each keeps labels and values apart, inside its area, and records its fields."""

from random import Random

import pytest

from pinpoint_data.generator.composer import Composer, FormEntry
from pinpoint_data.generator.layouts.forms.form import BLOCKS
from pinpoint_data.generator.synthetic_page import Box

ENTRIES = (
    FormEntry("Account Number", "4410-22", "id"),
    FormEntry("Date of Birth", "04/12/1961", "date", "(mm/dd/yy)"),
    FormEntry("Name", "Joan Public", "name", "(last, first, middle)"),
    FormEntry("Amount", "1,250.00", "money", "(including any amount received from third parties)"),
    FormEntry("Percent", "", "percent"),
)


def _page(seed: int, height: int, labels: str, values: str, size: int = 16) -> Composer:
    page = Composer(Random(seed), (900, height), size, (labels, values), 60, 50)
    page.bottom = height - 50
    return page


def _meet(a: Box, b: Box) -> bool:
    return a[0] < b[2] - 1 and b[0] < a[2] - 1 and a[1] < b[3] - 1 and b[1] < a[3] - 1


@pytest.mark.parametrize("name", sorted(BLOCKS))
def test_a_block_sets_its_entries_apart_and_inside(name: str) -> None:
    filled = 0
    for seed in range(15):
        page = _page(seed, 900, "sans serif mono", "mono sans hand")
        theme, canvas = page.theme, page.canvas
        BLOCKS[name](page, list(ENTRIES))
        assert 50 < page.y <= 900
        values = {entry.label: theme.value.as_drawn(entry.value) for entry in ENTRIES}
        if name == "together":
            values = {entry.label: entry.value for entry in ENTRIES}
        for item in canvas.fields:
            assert item.label_spans
            if item.text:
                filled += 1
                assert item.text == values[item.label]
            for value in item.value:
                assert 55 <= value.box[0] < value.box[2] <= 850
                assert not any(_meet(value.box, label.box) for label in item.label_spans)
                for other in canvas.fields:
                    if other is not item:
                        assert not any(_meet(value.box, b.box) for b in other.value)
    assert filled > 30


@pytest.mark.parametrize("name", sorted(set(BLOCKS) - {"comb", "numbered_lines", "packed"}))
def test_a_list_has_a_line_for_each_of_its_items(name: str) -> None:
    filled = 0
    for seed in range(15):
        page = _page(seed, 900, "sans serif mono", "mono sans serif")
        entry = FormEntry("Copies To", "Ann Lee\nBob Ross\nChe Diaz", "list")
        BLOCKS[name](page, [entry])
        (item,) = page.canvas.fields
        assert len(item.value) >= 3
        assert [" ".join(item.text.split())] == [
            page.theme.value.as_drawn("Ann Lee Bob Ross Che Diaz")
        ]
        tops = [span.box[1] for span in item.value]
        assert tops == sorted(tops)
        filled += [span.text for span in item.value] == ["Ann Lee", "Bob Ross", "Che Diaz"]
    assert filled >= 12


def test_a_list_is_left_out_where_values_are_one_line() -> None:
    page = _page(3, 900, "sans", "sans")
    for name in ("comb", "numbered_lines", "packed"):
        entry = FormEntry("Copies To", "Ann\nBob", "list")
        BLOCKS[name](page, [entry])
    assert not page.canvas.fields


def test_a_hint_is_printed_and_not_asked_with() -> None:
    page = _page(2, 400, "sans", "sans")
    BLOCKS["ledger"](page, [ENTRIES[1]])
    (item,) = page.canvas.fields
    assert item.label == "Date of Birth"
    assert " ".join(span.text for span in item.label_spans) == "Date of Birth (mm/dd/yy)"


def test_a_comb_holds_a_letter_a_box() -> None:
    for seed in range(20):
        page = _page(seed, 400, "sans", "sans mono", 18)
        theme = page.theme
        BLOCKS["comb"](page, [ENTRIES[0]])
        (item,) = page.canvas.fields
        (value,) = item.value
        assert value.text == "4410-22"
        assert value.box[2] - value.box[0] > theme.value.width("4410-22") * 0.9
        assert value.box[3] - value.box[1] < theme.value.size * 1.2
