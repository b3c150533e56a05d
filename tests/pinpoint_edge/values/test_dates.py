"""Dates as pages write them."""

from __future__ import annotations

import pytest

from pinpoint_edge.values.page_locale import PageLocale
from pinpoint_edge.values.typed import as_type

BRITISH = PageLocale("en", "GB", day_first=True)
AMERICAN = PageLocale("en", "US", day_first=False)
SURE = PageLocale("en", "GB", day_first=True, certain=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-04-03", "2025-04-03"),
        ("2025/4/3", "2025-04-03"),
        ("25/12/2018", "2018-12-25"),
        ("12/25/2018", "2018-12-25"),
        ("25.12.18", "2018-12-25"),
        ("25-DEC-2018", "2018-12-25"),
        ("02/JAN/2017", "2017-01-02"),
        ("19 MAR 2018", "2018-03-19"),
        ("3rd April 2025", "2025-04-03"),
        ("Thursday, April 3, 2025", "2025-04-03"),
        ("Sept. 5, 1998", "1998-09-05"),
        ("05/06/98", "1998-06-05"),
        ("19/10/2018 12:30 PM", "2018-10-19"),
        ("20250403", "2025-04-03"),
    ],
)
def test_a_date_in_iso_form(text: str, expected: str) -> None:
    found = as_type(text, "date", BRITISH)
    assert found is not None
    assert found.value == expected
    assert found.date is not None
    assert found.date.isoformat() == expected


@pytest.mark.parametrize("text", ["31/02/2020", "99/99/2020", "Total", "12.50", "1.2", ""])
def test_no_date(text: str) -> None:
    assert as_type(text, "date", BRITISH) is None


def test_two_dates_are_no_date() -> None:
    assert as_type("05/22/20 - 05/28/20", "date", AMERICAN) is None


def test_a_date_of_two_meanings_says_so() -> None:
    british, american = (as_type("03/04/2025", "date", own) for own in (BRITISH, AMERICAN))
    assert british is not None
    assert american is not None
    assert (british.value, british.alternatives) == ("2025-04-03", ("2025-03-04",))
    assert (american.value, american.alternatives) == ("2025-03-04", ("2025-04-03",))
    assert british.is_ambiguous
    assert british.locale == "en-GB"


def test_a_page_that_shows_its_order_leaves_no_doubt() -> None:
    found = as_type("03/04/2025", "date", SURE)
    assert found is not None
    assert (found.value, found.alternatives) == ("2025-04-03", ())
    same = as_type("04/04/2025", "date", BRITISH)
    assert same is not None
    assert not same.is_ambiguous


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "3. März 2025"),
        ("fr", "3 mars 2025"),
        ("es", "3 de marzo de 2025"),
        ("pt", "3 de março de 2025"),
        ("it", "3 marzo 2025"),
    ],
)
def test_months_of_the_pages_language(language: str, text: str) -> None:
    pytest.importorskip("babel")
    found = as_type(text, "date", PageLocale(language))
    assert found is not None
    assert found.value == "2025-03-03"
