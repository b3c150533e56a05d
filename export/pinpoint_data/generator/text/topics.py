"""What charts and infographics tell of: what is counted, by what, with which numbers."""

from dataclasses import dataclass

from pinpoint_data.generator.text import topic_lists as lists
from pinpoint_data.generator.text.words import by_space

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
"""Unit → what may stand before and after a number of it."""

_DONE = ("sold", "won", "shipped", "received", "granted", "filed")


@dataclass(frozen=True)
class Measure:
    """What is measured; `counted` when one can ask how many there are of it."""

    domain: str
    name: str
    unit: str
    low: float
    high: float
    decimals: int
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

    domains: frozenset[str]
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
        """A value as far as the chart tells it."""
        return round(self.values[series][category], self.numbers.decimals)


def joined(block: str) -> list[str]:
    """The entries of a list between semicolons."""
    return [entry.strip() for entry in " ".join(block.split()).split(";")]


def _rows(block: str) -> list[list[str]]:
    lines = block.strip().replace("\n  ", " ").splitlines()
    return [[part.strip() for part in line.split("|")] for line in lines]


def _measures() -> dict[str, list[Measure]]:
    found: dict[str, list[Measure]] = {}
    domain = ""
    for row in _rows(lists.MEASURES):
        if len(row) == 1:
            domain = row[0].strip("[]")
            continue
        name, unit, bounds, decimals = row
        low, high = map(float, bounds.split("-"))
        found.setdefault(domain, []).append(
            Measure(domain, name.rstrip("*"), unit, low, high, int(decimals), name[-1] == "*")
        )
    return found


def _dimensions() -> list[Dimension]:
    return [
        Dimension(frozenset(domains.split()), noun, plural, preposition, tuple(joined(names)))
        for domains, noun, plural, preposition, names in _rows(lists.DIMENSIONS)
    ]


MEASURES: dict[str, list[Measure]] = _measures()
"""Domain → its measures."""
DIMENSIONS: list[Dimension] = _dimensions()
SURVEYS: list[tuple[str, tuple[str, ...]]] = [
    (question, tuple(joined(options))) for question, options in _rows(lists.SURVEYS)
]
"""(question, answers to choose from)."""

MONTHS = by_space(
    "January February March April May June July August September October November December"
)
DAYS = by_space("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")


PLACES = [name for d in DIMENSIONS if d.noun in ("country", "city") for name in d.names]


def _lower(name: str) -> str:
    words = name.split(" ")
    return " ".join(w if sum(c.isupper() for c in w) > 1 else w.lower() for w in words)
