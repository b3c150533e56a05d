"""The topics of charts and infographics: what is counted, by what, with which numbers."""

import calendar
from dataclasses import dataclass

from pinpoint_data.word_lists import names, records

AFFIXES = {
    "%": ("", "%"),
    "$": ("$", ""),
    "$ thousand": ("$", "K"),
    "$ million": ("$", "M"),
    "$ billion": ("$", "B"),
    "€ thousand": ("€", "K"),
    "€ million": ("€", "M"),
    "£ million": ("£", "M"),
    "million": ("", "M"),
    "thousand": ("", "K"),
    "hours": ("", " h"),
    "minutes": ("", " min"),
    "km": ("", " km"),
    "mm": ("", " mm"),
    "kg": ("", " kg"),
    "°C": ("", "°C"),
    "g": ("", " g"),
    "tonnes": ("", " t"),
}
"""Unit → what may be before and after a number of it."""

_DONE = ("sold", "won", "shipped", "received", "granted", "filed")


@dataclass(frozen=True)
class Measure:
    """What is measured; `counted` when one can ask how many there are of it."""

    name: str
    low: float
    high: float
    decimals: int
    unit: str = ""
    counted: bool = False

    @property
    def spoken(self) -> str:
        """The name inside a sentence."""
        return _lower(self.name)

    @property
    def how_many(self) -> str:
        """`how many` with the name as people say it: "how many units were sold"."""
        head, _, last = self.spoken.rpartition(" ")
        if head and (last in _DONE or last.endswith("ed")):
            return f"how many {head} were {last}"
        return f"how many {self.spoken} were there"


@dataclass(frozen=True)
class Dimension:
    """What a measure is broken down by; `timely` for years, months and the like."""

    domains: tuple[str, ...]
    noun: str
    plural: str
    preposition: str
    names: tuple[str, ...]
    timely: bool = False


@dataclass(frozen=True)
class Numbers:
    """How a chart writes its numbers."""

    prefix: str
    suffix: str
    decimals: int
    comma: bool

    def text(self, value: float) -> str:
        """The number with its unit's signs."""
        return f"{self.prefix}{self.bare(value)}{self.suffix}"

    def bare(self, value: float) -> str:
        """The number alone."""
        return f"{value:,.{self.decimals}f}" if self.comma else f"{value:.{self.decimals}f}"


@dataclass(frozen=True)
class Topic:
    """One chart's content: `values[series][category]`; one nameless series when `series` is ()."""

    title: str
    measure: Measure
    dimension: Dimension
    categories: tuple[str, ...]
    values: tuple[tuple[float, ...], ...]
    numbers: Numbers
    split: Dimension | None = None
    series: tuple[str, ...] = ()
    unit_note: str = ""

    def text(self, series: int, category: int) -> str:
        """A value as the chart prints it."""
        return self.numbers.text(self.values[series][category])

    def printed(self, series: int, category: int) -> float:
        """A value as far as the chart shows it."""
        return round(self.values[series][category], self.numbers.decimals)


@dataclass(frozen=True)
class Survey:
    """A question of a survey, and the answers to choose from."""

    question: str
    answers: tuple[str, ...]


MEASURES = {
    domain: records(Measure, "topics", "measures", domain) for domain in names("topics", "measures")
}
"""Domain → its measures."""
DIMENSIONS = records(Dimension, "topics", "dimensions")
SURVEYS = records(Survey, "topics", "surveys")
MONTHS, DAYS = tuple(calendar.month_name)[1:], tuple(calendar.day_name)
PLACES = [name for d in DIMENSIONS if d.noun in ("country", "city") for name in d.names]


def _lower(name: str) -> str:
    words = name.split(" ")
    return " ".join(w if sum(c.isupper() for c in w) > 1 else w.lower() for w in words)
