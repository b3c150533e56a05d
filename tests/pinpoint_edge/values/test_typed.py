"""The type of an answer by its question and its form, phone numbers, IBANs, e-mail, the locale."""

from __future__ import annotations

import pytest

from pinpoint_edge.values import value_of
from pinpoint_edge.values.page_locale import PageLocale, guess_locale

ANY = PageLocale()


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        ("What is the total?", "RM 60.30", ("amount", "60.30")),
        ("What is the invoice date?", "25/12/2018", ("date", "2018-12-25")),
        ("When was it sent?", "5 May 2020", ("date", "2020-05-05")),
        ("What is the invoice number?", "20240115", None),
        ("What is the licence?", "WWVW-44RN", None),
        ("Who is the advertiser?", "12", None),
        ("How many pages are there?", "12", ("number", "12")),
        ("What is the number of spots?", "24", ("number", "24")),
        ("What is the weight?", "40 kg", ("number", "40")),
        ("Is smoking allowed?", "No", ("yes-no", False)),
        ("What is written there?", "info@Example.COM", ("email", "info@example.com")),
        ("What is written there?", "12.50 EUR", ("amount", "12.50")),
        ("What is written there?", "25 Dec 2018", ("date", "2018-12-25")),
        ("What is written there?", "314", None),
        ("What is the IBAN?", "DE89 3704 0044 0532 0130 00", ("iban", "DE89370400440532013000")),
        ("What is the IBAN?", "DE88 3704 0044 0532 0130 00", None),
        ("What is the phone number?", "+49 30 123456", ("phone", "+4930123456")),
        ("What is the total?", "see overleaf", None),
    ],
)
def test_the_value_of_an_answer(
    question: str, text: str, expected: tuple[str, str | bool] | None
) -> None:
    found = value_of(text, question, ANY)
    assert (found and (found.type, found.value)) == expected


def test_a_phone_number_of_the_pages_country() -> None:
    pytest.importorskip("phonenumbers")
    found = value_of("(202) 456-1111", "What is the phone?", PageLocale("en", "US"))
    assert found is not None
    assert (found.value, found.locale) == ("+12024561111", "en-US")
    assert value_of("12", "What is the phone?", PageLocale("en", "US")) is None


def test_a_value_as_json() -> None:
    found = value_of("03/04/2025", "What is the date?", PageLocale("en", "US", day_first=False))
    assert found is not None
    assert found.to_json() == {
        "type": "date",
        "value": "2025-03-04",
        "currency": None,
        "unit": None,
        "alternatives": ["2025-04-03"],
        "locale": "en-US",
    }


@pytest.mark.parametrize(
    ("texts", "name", "currency", "day_first", "certain"),
    [
        (["ABC SDN BHD", "Total RM 8.20", "Date 25/12/2018"], "en-MY", "MYR", True, True),
        (["Springfield, IL 62701", "Total $8.20", "Date 03/04/2025"], "en-US", "USD", False, False),
        (["Rechnung der Muster GmbH", "Betrag 8,20 €"], "de-DE", "EUR", True, False),
        (["Example Pty Ltd", "Total $8.20"], "en-AU", "AUD", True, False),
        (["Date 12/25/2018"], None, None, False, True),
        ([], None, None, True, False),
    ],
)
def test_the_locale_of_a_page(
    texts: list[str], name: str | None, currency: str | None, day_first: bool, certain: bool
) -> None:
    found = guess_locale(texts)
    assert (found.name, found.currency) == (name, currency)
    assert (found.day_first, found.certain) == (day_first, certain)
