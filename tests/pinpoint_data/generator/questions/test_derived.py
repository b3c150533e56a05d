"""Yes, no, how many, which is more: the answers follow from the fields."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinpoint_data.generator.page_builder import FormField, TextSpan
from pinpoint_data.generator.questions.derived import ask, number
from pinpoint_data.generator.synthetic_page import SyntheticQuestion


def _span(text: str, x: float, y: float) -> TextSpan:
    return TextSpan(text, (x, y, x + 80, y + 10))


def _field(label: str, value: str, y: float) -> FormField:
    spans = [_span(value, 100, y)] if value else []
    return FormField(label, spans, "label", [_span(label, 0, y)])


def _table(rows: dict[str, str], label: str = "Cost") -> list[FormField]:
    head = [_span(label, 200, 0)]
    return [
        FormField(
            label, [_span(text, 200, y)] if text else [], "cell", head, name, [_span(name, 0, y)]
        )
        for y, (name, text) in enumerate(rows.items(), 20)
    ]


def _asked(fields: list[FormField], seeds: int = 80) -> list[SyntheticQuestion]:
    return [q for seed in range(seeds) for q in ask(Random(seed), fields, 9)]


@pytest.mark.parametrize(
    ("text", "worth"),
    [
        ("$1,250.50", 1250.5),
        ("42 %", 42.0),
        ("USD 9", 9.0),
        ("1,25", None),
        ("12/04/99", None),
        ("12 pcs", None),
        ("", None),
    ],
)
def test_a_number_is_known_alone_only(text: str, worth: float | None) -> None:
    assert number(text) == worth


@given(st.integers(2, 10**6), st.integers(0, 10**6))
def test_limits_are_compared_as_asked(worth: int, seed: int) -> None:
    for question in ask(Random(seed), [_field("Fee", f"{worth:,}", 10)], 9):
        words = question.question.rstrip("?").split()
        limit = number(words[-1])
        if question.field != "yes_no" or limit is None or "Fee" not in question.question:
            continue
        above = {"more", "above", "exceed", "over", "greater", "higher"} & set(words)
        below = {"less", "below", "under", "smaller", "lower"} & set(words)
        if above or below:
            assert question.answers == ["yes" if (worth > limit) == bool(above) else "no"]


def test_a_value_is_affirmed_and_another_denied() -> None:
    fields = [_field("Owner", "Ann Poe", 10), _field("Agent", "Bob Roe", 30)]
    said = set()
    for question in _asked(fields):
        for label, value in (("Owner", "Ann Poe"), ("Agent", "Bob Roe")):
            if question.label == label and "Poe" in question.question + "Roe":
                other = {"Ann Poe": "Bob Roe", "Bob Roe": "Ann Poe"}[value]
                if other in question.question:
                    assert question.answers == ["no"]
                    said.add("no")
                elif value in question.question:
                    assert question.answers == ["yes"]
                    said.add("yes")
    assert said == {"yes", "no"}


def test_an_empty_field_is_not_filled() -> None:
    asked = [q for q in _asked([_field("Grade", "", 10)]) if q.label == "Grade"]
    assert asked
    for question in asked:
        blank = "blank" in question.question or "empty" in question.question
        assert question.answers == ["yes" if blank else "no"]
        assert question.support_boxes == [(0, 10, 80, 20)]


@pytest.mark.parametrize(("second", "said"), [("1 May 2020", "yes"), ("2 May 2020", "no")])
def test_two_dates_are_compared(second: str, said: str) -> None:
    fields = [_field("Start date", "1 May 2020", 10), _field("End date", second, 30)]
    asked = [q for q in _asked(fields) if q.field == "comparison"]
    assert asked
    assert all(q.answers == [said] and len(q.support_boxes) == 4 for q in asked)


def test_rows_are_counted_and_compared_without_their_total() -> None:
    fields = _table({"Oil": "12.00", "Gas": "7", "Coal": "", "Total": "19"})
    kinds = set()
    for question in _asked(fields):
        kinds.add(question.field)
        if question.field == "count":
            assert question.answers == ["2"]
            assert question.question.startswith(("How many", "Number of", "Count"))
        else:
            assert question.answers == ["Oil"]
            assert len(question.support_boxes) == 5
        assert "Total" not in question.question
    assert kinds == {"count", "comparison"}
