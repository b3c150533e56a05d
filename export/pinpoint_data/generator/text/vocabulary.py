"""Made-up values of every kind that a form asks for, from one seeded source."""

import math
import re
from collections.abc import Callable
from datetime import date, time, timedelta
from functools import partial
from random import Random

from pinpoint_data.generator.text.contacts import CAPITALS, JOBS, ROADS, STEMS, TOWNS, Contacts
from pinpoint_data.word_lists import words

DATE_FORMATS = words("words", "date_formats")
UNITS = ("mg", "g", "kg", "lbs", "mm", "cm", "in.", "ml", "L", "%", "psi", "mg/cig", "mmHg", "°F")
CODES = words("words", "codes")
"""Numbers and codes: `#` is a digit, `%` one that is not 0, `?` a letter."""
PHRASES = words("words", "phrases")
NOUNS = words("words", "nouns")
ADJECTIVES = words("words", "adjectives")
VERBS = words("words", "verbs")
FILLERS = words("words", "fillers")
ITEMS = words("words", "items")
STATES = words("words", "malaysia", "states")
MALAYSIAN_NUMBERS = words("words", "malaysia", "numbers")
MALAYSIAN_BRANCHES = words("words", "malaysia", "branches")
MALAYSIAN_AREAS = words("words", "malaysia", "areas")
CAMPAIGNS = words("broadcast", "campaigns")

_SLOT = re.compile(r"\{(\w+(?:-\d+)?)\}")


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
        lists = {"noun": NOUNS, "adjective": ADJECTIVES, "verb": VERBS, "thing": ITEMS}
        lists |= {"stem": STEMS, "job": JOBS, "road": ROADS, "malaysian_town": TOWNS}
        self._words: dict[str, Callable[[], str]] = {
            name: partial(rng.choice, words) for name, words in lists.items()
        }
        self._words |= {
            "town": self.town,
            "first": lambda: str(self._faker().first_name()),
            "last": self.last_name,
            "Noun": lambda: rng.choice(NOUNS).title(),
            "Adjective": lambda: rng.choice(ADJECTIVES).title(),
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
        r = self.rng
        style = r.choice(("%H:%M", "%H:%M:%S", "%I:%M %p", "%I:%M%p", "%I:%M:%S %p"))
        text = time(r.randrange(24), r.randrange(60), r.randrange(60)).strftime(style)
        return text.lstrip("0") if text[-1].isalpha() else text

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
        return str(self._faker().bothify(self.rng.choice(CODES), letters=CAPITALS))

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

    def fill(self, template: str) -> str:
        """The template with a value for each slot: `{noun}`, or a number such as `{1-300}`."""

        def value(match: re.Match[str]) -> str:
            low, _, high = match[1].partition("-")
            return str(self.rng.randint(int(low), int(high))) if high else self._words[low]()

        return _SLOT.sub(value, template)

    def phrase(self) -> str:
        """One to six words, as they are written into a field."""
        text = self.fill(self.rng.choice(PHRASES))
        return self.rng.choice((text.title(), text.title(), text.capitalize(), text.upper(), text))

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
        return self.fill("{stem} {thing}" if self.rng.random() < 0.2 else "{thing}")

    def malaysian_address(self) -> list[str]:
        """A Malaysian address of one to four lines; Faker has none."""
        r, fill = self.rng, self.fill
        number = r.choice(MALAYSIAN_NUMBERS)
        branch = f" {r.choice(MALAYSIAN_BRANCHES)}" if r.random() < 0.7 else ""
        lines = [fill(f"{number}, Jalan {{road}}{branch},")]
        if r.random() < 0.8:
            tail = r.choice((" Jaya", " Indah", " Baru", ""))
            lines.append(fill(f"{r.choice(MALAYSIAN_AREAS)} {{road}}{tail},"))
        lines.append(fill("{10000-88000} {malaysian_town},"))
        lines.append(r.choice(STATES) + r.choice((".", "", ", Malaysia")))
        while len(lines) > 1 and r.random() < 0.3:
            lines[-2:] = [f"{lines[-2]} {lines[-1]}"]
        return lines

    def campaign(self) -> str:
        """An advertiser of the political kind."""
        return self.fill(self.rng.choice(CAMPAIGNS))
