"""Amounts of money and numbers with units, as decimals."""

from __future__ import annotations

import re
from decimal import Decimal

from pinpoint_edge.values.page_locale import PageLocale, currency_of

_NUMBER = r"\d(?:[\d.,'’]|[\u00a0\u202f ](?=\d{3}(?!\d)))*"
_MONEY_SIGN = r"US\$|HK\$|[RSACN]Z?\$|RM|Rs\.?|Rp|Fr\.|zł|Kč|kr\.?|[€£₹¥₩₽₺₱฿$]|[A-Z]{3}"
_AMOUNT = re.compile(
    rf"(?P<open>[(−-]?)\s*(?P<before>{_MONEY_SIGN})?\s*(?P<sign>[-−+(]?)\s*(?P<number>{_NUMBER}|[.,]\d+)"
    rf"\s*(?P<after>{_MONEY_SIGN})?\s*(?P<end>[)−-]?)",
)
_UNITS = (
    "%|‰|°C|°F|°|kWh|MWh|kW|kVA|km/h|mph|kcal|cal|kg|mg|µg|g|t|lbs?|oz|ml|cl|dl|l|km|cm|mm|m²|m³|m2|"
    "m3|m|sqft|sq ft|ft²|ft|in|yd|h|hrs?|hours?|hour|min|mins|minutes?|s|sec|seconds?|days?|weeks?|"
    "months?|years?|pcs|pieces?|pages?|GB|MB|kB|TB|Hz|kHz|MHz|GHz|V|A|W|N|Pa|bar|psi|ppm|dB|rpm|"
    "Tage?|Stunden?|Stück|jours?|heures?|días?|horas?|dias?|giorni|ore"
)
_WITH_UNIT = re.compile(
    rf"(?P<sign>[-−+]?)\s*(?P<number>{_NUMBER})\s*(?P<unit>{_UNITS})?", re.UNICODE
)


def find_amount(text: str, locale: PageLocale) -> tuple[tuple[str, ...], str | None] | None:
    """Return an amount that a text is: what it means, what else it may mean, and its currency."""
    match = _AMOUNT.fullmatch(text.strip().removesuffix("/-").rstrip(" .,;:"))
    if match is None:
        return None
    sign = match["before"] or match["after"]
    code = currency_of(sign.rstrip("."), locale) or currency_of(sign, locale) if sign else None
    if sign and code is None:
        return None
    values = decimals(match["number"], locale)
    bracketed = match["open"] == "(" or match["sign"] == "("
    minus = "-" in (match["open"], match["sign"]) or "−" in (match["open"], match["sign"])
    if bracketed or minus or match["end"] in ("-", "−"):
        values = tuple("-" + value for value in values)
    return values, code


def find_number(text: str, locale: PageLocale) -> tuple[tuple[str, ...], str | None] | None:
    """Return a number that a text is: what it means, what else it may mean, and its unit."""
    match = _WITH_UNIT.fullmatch(text.strip().rstrip(" .,;:"))
    if match is None:
        return None
    values = decimals(match["number"], locale)
    if match["sign"] in ("-", "−"):
        values = tuple("-" + value for value in values)
    return values, match["unit"]


def decimals(written: str, locale: PageLocale) -> tuple[str, ...]:
    """Return the decimal that digits with separators are, then what else they may be."""
    plain = re.sub(r"[\s'’]", "", written).rstrip(".,")
    signs = [sign for sign in plain if sign in ".,"]
    if not signs:
        return (str(Decimal(plain)),)
    last = signs[-1]
    whole, _, part = plain.rpartition(last)
    if len(set(signs)) == 2:
        return (_decimal(whole, part),) if signs.count(last) == 1 else (_decimal(plain, ""),)
    if len(signs) > 1:
        return (_decimal(plain, ""),)
    if len(part) != 3 or whole in ("", "0"):
        return (_decimal(whole, part),)
    grouped, pointed = _decimal(plain, ""), _decimal(whole, part)
    if locale.decimal is not None:
        return (pointed,) if locale.decimal == last else (grouped,)
    return (grouped, pointed) if last == "," else (pointed, grouped)


def _decimal(whole: str, part: str) -> str:
    digits = re.sub(r"[.,]", "", whole) or "0"
    return str(Decimal(f"{digits}.{part}" if part else digits))
