"""Dates as they are written, in ISO form.

Months by name are English, and with babel (the extra `values`) of every language of the page.
"""

from __future__ import annotations

import datetime
import re
from functools import lru_cache

from pinpoint_edge.values.page_locale import PageLocale

_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september",
           "october", "november", "december")  # fmt: skip
_YEAR_TURN = 70  # two digits from here on are of the last century
_SIGN = r"\s*[-/.,–]\s*|\s+"
_ISO = re.compile(r"(?<!\d)(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})(?!\d)")
_NUMERIC = re.compile(
    r"(?<![\d/.-])(\d{1,2})(\s*[-/.]\s*|\s)(\d{1,2})(?:\2|\s*[-/.]\s*)(\d{4}|\d{2})(?![\d/-])"
)
_COMPACT = re.compile(r"(?<!\d)(\d{4})(\d{2})(\d{2})(?!\d)")
_DAY_MONTH = re.compile(
    rf"(?<!\d)(\d{{1,2}})(?:st|nd|rd|th|\.|er|º|ª)?(?:{_SIGN})?(?:of |de |di )?"
    rf"([^\W\d_]{{3,}})\.?(?:{_SIGN})?(?:of |de |del |di )?'?(\d{{4}}|\d{{2}})(?!\d)",
    re.IGNORECASE,
)
_MONTH_DAY = re.compile(
    rf"([^\W\d_]{{3,}})\.?(?:{_SIGN})?(\d{{1,2}})(?:st|nd|rd|th)?(?:{_SIGN})'?(\d{{4}}|\d{{2}})"
    r"(?!\d)",
    re.IGNORECASE,
)


def find_dates(text: str, locale: PageLocale) -> list[tuple[datetime.date, ...]]:
    """Return each date in a text: what it means, then what else it may mean."""
    found: list[tuple[int, tuple[datetime.date, ...]]] = []
    for match in _ISO.finditer(text):
        found += _at(match, _date(match[1], match[2], match[3]))
    for match in _DAY_MONTH.finditer(text):
        if month := _month(match[2], locale.language):
            found += _at(match, _date(match[3], month, match[1]))
    for match in _MONTH_DAY.finditer(text):
        if month := _month(match[1], locale.language):
            found += _at(match, _date(match[3], month, match[2]))
    if not found:
        for match in _NUMERIC.finditer(text):
            if (match[2].strip() or len(match[4]) == 4) and (both := _either(match, locale)):
                found.append((match.start(), both))
    if not found:
        for match in _COMPACT.finditer(text):
            found += _at(match, _date(match[1], match[2], match[3]))
    return [dates for _, dates in sorted(found)]


def without_dates(text: str) -> str:
    """Return what a text holds beside numeric dates and times, to see whether it is one."""
    for pattern in (_ISO, _NUMERIC, _DAY_MONTH, _MONTH_DAY):
        text = pattern.sub(" ", text)
    text = re.sub(r"\d{1,2}:\d{2}(:\d{2})?\s*([ap]\.?m\.?)?", " ", text, flags=re.IGNORECASE)
    return text.strip(" ,.;:()[]-–")


def _either(match: re.Match[str], locale: PageLocale) -> tuple[datetime.date, ...]:
    one, other = match[1], match[3]
    day_first = _date(match[4], other, one)
    month_first = _date(match[4], one, other)
    ordered = (day_first, month_first) if locale.day_first else (month_first, day_first)
    dates = tuple(dict.fromkeys(date for date in ordered if date is not None))
    # A page that shows the order of its dates leaves no doubt.
    return dates[:1] if locale.certain else dates


def _at(
    match: re.Match[str], date: datetime.date | None
) -> list[tuple[int, tuple[datetime.date, ...]]]:
    return [(match.start(), (date,))] if date else []


def _date(year: str, month: str | int, day: str) -> datetime.date | None:
    number = int(year)
    if len(year) == 2:
        number += 1900 if number >= _YEAR_TURN else 2000
    try:
        return datetime.date(number, int(month), int(day))
    except ValueError:
        return None


def _month(name: str, language: str | None) -> int | None:
    """The number of a month by its name or the beginning of it."""
    name = name.casefold()
    for months in dict.fromkeys(_names(each) for each in (language or "en", "en")):
        exact = [number for number, month in months if name == month]
        begun = [number for number, month in months if month.startswith(name)]
        if exact or len(set(begun)) == 1:
            return (exact or begun)[0]
    return 9 if name == "sept" else None


@lru_cache
def _names(language: str) -> tuple[tuple[int, str], ...]:
    english = tuple((number, name) for number, name in enumerate(_MONTHS, 1))
    if language == "en":
        return english
    try:
        from babel.dates import get_month_names
    except ImportError:
        return english
    found = []
    for width in ("wide", "abbreviated"):
        for context in ("format", "stand-alone"):
            for number, name in get_month_names(width, context, language).items():
                found.append((int(number), str(name).casefold().rstrip(".")))
    return tuple(found)
