"""Dates and amounts are known by what they mean."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinpoint_data.annotating.dates_and_amounts import amount_of, amounts, date_of, dates


@pytest.mark.parametrize(
    "text",
    [
        *("19/10/2018", "10/19/2018", "2018-10-19", "19.10.18"),
        *("19 Oct 2018", "October 19, 2018", "19-OCT-18"),
    ],
)
def test_one_date_in_many_ways(text: str):
    assert (2018, 10, 19) in date_of(text)


def test_an_ambiguous_date_means_both():
    assert date_of("3/4/20") == {(2020, 3, 4), (2020, 4, 3)}


@pytest.mark.parametrize("text", ["", "total", "99/99/2018", "1234567", "12.50", "Order 5 of 2018"])
def test_what_is_no_date(text: str):
    assert date_of(text) == frozenset()


def test_dates_are_found_where_they_stand():
    text = "Due 02/03/2019, paid 2019-03-04."
    assert {text[start:end] for start, end, _ in dates(text)} == {"02/03/2019", "2019-03-04"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(("$1,250.00", 1250), ("RM 9.0", 9), ("12,50", 12.5), ("1250", 1250), ("17%", 17)),
        *(("12 kg", None), ("1-2", None)),
    ],
)
def test_amounts(text: str, value: float | None):
    assert amount_of(text) == value


@given(st.dates(date(1961, 1, 1), date(2060, 12, 31)))
def test_every_day_is_read_in_every_way(day: date):
    for way in ("%d/%m/%Y", "%m/%d/%Y", "%Y-%m-%d", "%d %b %Y", "%B %d, %Y", "%d.%m.%y"):
        assert (day.year, day.month, day.day) in date_of(day.strftime(way)), way


@given(st.integers(0, 10**7))
def test_every_amount_is_read_in_every_way(cents: int):
    value = cents / 100
    for text in (f"{value:.2f}", f"{value:,.2f}", f"${value:,.2f}"):
        assert amount_of(text) == pytest.approx(value), text


@given(st.text())
def test_any_text_is_looked_through(text: str):
    assert all(0 <= start < end <= len(text) for start, end, *_ in [*dates(text), *amounts(text)])
