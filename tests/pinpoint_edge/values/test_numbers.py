"""Amounts and numbers as pages write them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from pinpoint_edge.values.numbers import decimals
from pinpoint_edge.values.page_locale import PageLocale
from pinpoint_edge.values.typed import as_type

AMERICAN = PageLocale("en", "US", "USD", decimal=".")
GERMAN = PageLocale("de", "DE", "EUR", decimal=",")
UNKNOWN = PageLocale()


@pytest.mark.parametrize(
    ("text", "locale", "value", "currency"),
    [
        ("$1,250.00", AMERICAN, "1250.00", "USD"),
        ("1.250,00 €", GERMAN, "1250.00", "EUR"),
        ("EUR 1 250,00", UNKNOWN, "1250.00", "EUR"),
        ("CHF 1'250.00", UNKNOWN, "1250.00", "CHF"),
        ("RM60.30", UNKNOWN, "60.30", "MYR"),
        ("60.30", AMERICAN, "60.30", "USD"),
        ("60.30", UNKNOWN, "60.30", None),
        ("-$5.00", AMERICAN, "-5.00", "USD"),
        ("(5.00)", AMERICAN, "-5.00", "USD"),
        ("5.00-", AMERICAN, "-5.00", "USD"),
        ("£.50", UNKNOWN, "0.50", "GBP"),
        ("₹1,25,000.00", UNKNOWN, "125000.00", "INR"),
        ("$20,400", AMERICAN, "20400", "USD"),
        ("1.250 €", GERMAN, "1250", "EUR"),
        ("$8.20", PageLocale("en", "AU", "AUD"), "8.20", "AUD"),
    ],
)
def test_an_amount(text: str, locale: PageLocale, value: str, currency: str | None) -> None:
    found = as_type(text, "amount", locale)
    assert found is not None
    assert (found.value, found.currency) == (value, currency)
    assert found.decimal == Decimal(value)


@pytest.mark.parametrize("text", ["Total", "12/05/2020", "AB 12", "1612893-2", "", "ABC 12.50"])
def test_no_amount(text: str) -> None:
    assert as_type(text, "amount", AMERICAN) is None


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [("40 kg", "40", "kg"), ("21.5 °C", "21.5", "°C"), ("7%", "7", "%"),
     ("12 months", "12", "months"), ("1,234", "1234", None), ("-3", "-3", None),
     ("1 200 m²", "1200", "m²")],
)  # fmt: skip
def test_a_number_with_its_unit(text: str, value: str, unit: str | None) -> None:
    found = as_type(text, "number", AMERICAN)
    assert found is not None
    assert (found.value, found.unit) == (value, unit)


def test_separators_of_two_meanings() -> None:
    assert decimals("1,234", UNKNOWN) == ("1234", "1.234")
    assert decimals("1.234", UNKNOWN) == ("1.234", "1234")
    assert decimals("1.234", GERMAN) == ("1234",)
    assert decimals("1.234", AMERICAN) == ("1.234",)
    assert decimals("0.125", GERMAN) == ("0.125",)
    assert decimals("1,234,567", UNKNOWN) == ("1234567",)
