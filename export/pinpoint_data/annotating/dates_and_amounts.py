"""Dates and amounts of money by what they mean, whatever they are written like."""

from __future__ import annotations

import re
from collections.abc import Iterator

Date = tuple[int, int, int]

_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_NAME = r"(?P<name>[A-Za-z]{3,9})\.?"
_DAY, _YEAR = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?", r"(?P<year>\d{4}|\d{2})(?!\d)"
_DATES = (
    re.compile(r"(?<!\d)(\d{4})\s?[-/.]\s?(\d{1,2})\s?[-/.]\s?(\d{1,2})(?!\d)"),
    re.compile(r"(?<!\d)(\d{1,2})\s?[-/.]\s?(\d{1,2})\s?[-/.]\s?(\d{4}|\d{2})(?!\d)"),
    re.compile(rf"(?<!\d){_DAY}[\s\-/,]*{_NAME}[\s\-/,]*{_YEAR}"),
    re.compile(rf"\b{_NAME}[\s\-/]*{_DAY}[\s\-/,]+{_YEAR}"),
)
_NUMBER = re.compile(
    r"(?<![\d.,])\d{1,3}(?:[,\s]\d{3})+(?:\.\d+)?(?!\d)|(?<![\d.,])\d+(?:[.,]\d+)?(?!\d)"
)


def dates(text: str) -> Iterator[tuple[int, int, frozenset[Date]]]:
    """Yield (start, end, all that it may mean) of each date: 3/4/20 is of March or of April."""
    for pattern in _DATES:
        for found in pattern.finditer(text):
            meant = frozenset(filter(_is_date, _readings(found)))
            if meant:
                yield found.start(), found.end(), meant


def amounts(text: str) -> Iterator[tuple[int, int, float]]:
    """Yield (start, end, value) of each number, "1,250.00" being 1250."""
    for found in _NUMBER.finditer(text):
        yield found.start(), found.end(), _value(found[0])


def date_of(text: str) -> frozenset[Date]:
    """Return what a text that is one date may mean; nothing when it is none."""
    for start, end, meant in dates(text):
        if end - start >= 0.8 * len(text.strip()):
            return meant
    return frozenset()


def amount_of(text: str) -> float | None:
    """Return the value of a text that is one number, a sign or unit of money aside."""
    found = list(amounts(text))
    if len(found) != 1:
        return None
    start, end, value = found[0]
    rest = re.sub(r"(?i)rm|usd|eur|gbp|myr|[\s$€£¥%:*+-]", "", text[:start] + text[end:])
    return None if rest else value


def _readings(found: re.Match[str]) -> Iterator[Date]:
    groups = found.groupdict()
    if groups:
        month = _MONTHS.get(groups["name"][:3].casefold())
        if month is not None:
            yield _year(groups["year"]), month, int(groups["day"])
        return
    a, b, c = found.groups()
    if len(a) == 4:
        yield int(a), int(b), int(c)
    else:
        yield _year(c), int(b), int(a)
        yield _year(c), int(a), int(b)


def _year(text: str) -> int:
    return int(text) + (0 if len(text) == 4 else 1900 if int(text) > 60 else 2000)


def _is_date(date: Date) -> bool:
    return 1 <= date[1] <= 12 and 1 <= date[2] <= 31


def _value(text: str) -> float:
    if re.fullmatch(r"\d+,\d{1,2}", text):  # a comma before cents
        return float(text.replace(",", "."))
    return float(re.sub(r"[,\s]", "", text))
