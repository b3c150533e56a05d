"""Made-up values of every kind that a form asks for, from one seeded source."""

import math
from collections.abc import Callable
from datetime import date, timedelta
from random import Random

from pinpoint_data.generator.text.contacts import CAPITALS, JOBS, STEMS, Contacts
from pinpoint_data.word_lists import words

DATE_FORMATS = (
    *("%m/%d/%y", "%m/%d/%Y", "%m/%d/%y", "%d/%m/%Y", "%d-%m-%Y", "%d/%m/%y", "%m-%d-%y"),
    *("%Y-%m-%d", "%d.%m.%Y", "%d-%b-%y", "%d-%b-%Y", "%b-%d-%y", "%B %d, %Y", "%b %d, %Y"),
    *("%d %b %Y", "%d %B %Y", "%b. %d, %Y", "%b %d/%y", "%d %b %y"),
)
UNITS = ("mg", "g", "kg", "lbs", "mm", "cm", "in.", "ml", "L", "%", "psi", "mg/cig", "mmHg", "°F")
NOUNS = words("words", "nouns")
ADJECTIVES = words("words", "adjectives")
VERBS = words("words", "verbs")
FILLERS = words("words", "fillers")
ITEMS = words("words", "items")
CAMPAIGNS = words("broadcast", "campaigns")


class Maker(Contacts):
    """Makes values from `rng`; the date format and the letter case of names hold for one page."""

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self.date_format = rng.choice(DATE_FORMATS)
        self.strip_zeros = rng.random() < 0.4
        self.upper = rng.random() < 0.25
        self.upper_labels = rng.random() < 0.25
        self.symbol = rng.choice(("$", "$", "$", "", "", "$ ", "USD ", "€", "£"))
        self._kinds: dict[str, Callable[[], str]] = {
            "name": self.name,
            "company": self.company,
            "date": self.date,
            "time": self.time,
            "money": self.money,
            "id": self.identifier,
            "address": lambda: ", ".join(self.address()),
            "phone": lambda: self.phone() if rng.random() < 0.92 else f"ext. {self.digits(3, 4)}",
            "email": self.email,
            "phrase": self.phrase,
            "sentence": self.sentence,
            "list": self.listing,
            "integer": self.integer,
            "percent": self.percent,
            "measure": self.measure,
        }

    def value(self, kind: str) -> str:
        """A value of one of the kinds of `labels`; KeyError for another kind."""
        text = self._kinds[kind]()
        return text.upper() if self.upper else text

    def day(self, first: int = 1960, last: int = 2025) -> date:
        """A day between two years."""
        start = date(first, 1, 1)
        return start + timedelta(days=self.rng.randrange((date(last, 12, 31) - start).days))

    def format_date(self, day: date, style: str | None = None) -> str:
        """`day` in the page's format, or in `style` (strftime)."""
        style = style or self.date_format
        text = day.strftime(style)
        if self.strip_zeros:
            for separator in "/-. ":
                text = separator.join(
                    part[1:] if len(part) == 2 and part[0] == "0" and i < 2 else part
                    for i, part in enumerate(text.split(separator))
                )
        return text

    def date(self) -> str:
        """A date, mostly in the page's own format."""
        style = self.date_format if self.rng.random() < 0.8 else self.rng.choice(DATE_FORMATS)
        return self.format_date(self.day(), style)

    def time(self) -> str:
        """A time of day."""
        hour, minute, second = (
            self.rng.randrange(24),
            self.rng.randrange(60),
            self.rng.randrange(60),
        )
        half = f"{hour % 12 or 12}:{minute:02d}"
        suffix = "PM" if hour >= 12 else "AM"
        return self.rng.choice(
            (
                f"{hour:02d}:{minute:02d}",
                f"{hour:02d}:{minute:02d}:{second:02d}",
                f"{half} {suffix}",
                f"{half}{suffix.lower()}",
                f"{half}:{second:02d} {suffix}",
            )
        )

    def amount(self, low: float = 0.5, high: float = 90_000) -> float:
        """A plausible amount, small ones as likely as large ones."""
        value = math.exp(self.rng.uniform(math.log(low), math.log(high)))
        return round(value, 0 if value > 500 and self.rng.random() < 0.5 else 2)

    def money(self) -> str:
        """An amount of money in the page's currency."""
        value = self.amount()
        cents = self.rng.random() < 0.75
        return f"{self.symbol}{value:,.2f}" if cents else f"{self.symbol}{value:,.0f}"

    def identifier(self) -> str:
        """A number or code of the kinds that forms carry."""
        r = self.rng
        letters = "".join(r.choice(CAPITALS) for _ in range(r.randint(1, 3)))
        return r.choice(
            (
                self.digits(4, 9),
                self.digits(5, 8),
                f"{letters}{self.digits(3, 7)}",
                f"{letters}-{self.digits(3, 6)}",
                f"{self.digits(3, 6)}-{self.digits(1, 4)}",
                f"{self.digits(2)}-{self.digits(3)}-{self.digits(4)}",
                f"{self.digits(3)}-{self.digits(2)}-{self.digits(4)}",
                f"{letters}{self.digits(2)}/{self.digits(3, 5)}",
                f"#{self.digits(2, 6)}",
                f"{self.digits(1, 3)}{letters[0]}",
                f"{self.digits(4)}{letters}{self.digits(2, 3)}",
                self.digits(1, 3),
            )
        )

    def integer(self) -> str:
        """A count."""
        value = round(10 ** self.rng.uniform(0, 4.2))
        text = f"{value:,}" if self.rng.random() < 0.6 else str(value)
        return self.rng.choice(
            (text, text, text, text, f"{text} {self.rng.choice(('pcs', 'ea', 'cases', 'units'))}")
        )

    def percent(self) -> str:
        """A percentage."""
        value = self.rng.uniform(0, 100)
        return self.rng.choice((f"{value:.0f}%", f"{value:.1f}%", f"{value:.2f} %", f"{value:.1f}"))

    def measure(self) -> str:
        """A measured value with or without its unit."""
        r = self.rng
        value = 10 ** r.uniform(-1, 2.8)
        number = r.choice((f"{value:.0f}", f"{value:.1f}", f"{value:.2f}"))
        return r.choice((number, f"{number} {r.choice(UNITS)}", f"{number} {r.choice(UNITS)}"))

    def phrase(self) -> str:
        """One to six words, as they stand in a field."""
        r = self.rng
        noun, other, adjective = r.choice(NOUNS), r.choice(NOUNS), r.choice(ADJECTIVES)
        text = r.choice(
            (
                noun,
                f"{adjective} {noun}",
                f"{adjective} {noun}",
                f"{noun} {other}",
                f"{adjective} {noun} {other}",
                f"{r.choice(VERBS)} {adjective} {noun}",
                f"{noun} & {other}",
                f"{noun} / {other}",
                f"{noun} - {adjective} {other}",
                f"{self.town()} {noun}",
                f"{r.choice(STEMS)} {self.digits(2, 3)}",
                f"{noun} {r.choice('ABCDE')}-{self.digits(1, 2)}",
                f"{adjective} {noun} for {other} {r.choice(NOUNS)}",
                r.choice(JOBS),
                r.choice(ITEMS),
                self.town(),
            )
        )
        return r.choice((text.title(), text.title(), text.capitalize(), text.upper(), text))

    def sentence(self, low: int = 4, high: int = 34) -> str:
        """One or more plain sentences of `low` to `high` words together."""
        r = self.rng
        count = r.randint(low, high)
        text: list[str] = []
        while len(text) < count:
            part = [r.choice(("the", "this", "all", "each", "please", "our", "no"))]
            for _ in range(r.randint(3, 9)):
                part.append(r.choice(r.choice((NOUNS, VERBS, ADJECTIVES, FILLERS))))
            if r.random() < 0.2:
                part.append(r.choice((self.digits(1, 4), self.percent(), self.date())))
            part[0] = part[0].capitalize()
            part[-1] += r.choice((".", ".", ".", ",", ""))
            text += " ".join(part).split()
        return " ".join(text[:count])

    def listing(self) -> str:
        """Two to seven names, companies, towns, things or numbers, a line each."""
        r = self.rng
        make = r.choice(
            (self.name,) * 4 + (self.company, self.phrase, self.item, self.identifier, self.town)
        )
        return "\n".join(make() for _ in range(min(r.randint(2, 7), r.randint(2, 7))))

    def item(self) -> str:
        """A thing that is sold."""
        name = self.rng.choice(ITEMS)
        if self.rng.random() < 0.2:
            name = f"{self.rng.choice(STEMS)} {name}"
        return name

    def campaign(self) -> str:
        """An advertiser of the political kind."""
        r = self.rng
        return r.choice(CAMPAIGNS).format(
            first=self._faker().first_name(),
            last=self.last_name(),
            noun=r.choice(NOUNS).title(),
            adj=r.choice(ADJECTIVES).title(),
            place=self.town(),
            year=r.randint(2008, 2026),
            number=r.randint(1, 120),
        )
