"""Made-up values: dates, money, names, addresses, numbers, phrases; from one seeded source."""

import math
from collections.abc import Callable
from datetime import date, timedelta
from random import Random

from pinpoint_data.generator.text import words as w
from pinpoint_data.generator.text.words import by_semicolon, by_space

DATE_FORMATS = by_semicolon(
    "%m/%d/%y;%m/%d/%Y;%m/%d/%y;%d/%m/%Y;%d-%m-%Y;%d/%m/%y;%m-%d-%y;%Y-%m-%d;%d.%m.%Y;%d-%b-%y;"
    "%d-%b-%Y;%b-%d-%y;%B %d, %Y;%b %d, %Y;%d %b %Y;%d %B %Y;%b. %d, %Y;%b %d/%y;%d %b %y"
)

_UNITS = by_space("mg g kg lbs mm cm in. ml L % psi mg/cig mmHg °F")
_AREA = ("({a}) {b}-{c}", "{a}-{b}-{c}", "{a}/{b}-{c}", "{a} {b} {c}", "{a}.{b}.{c}")
_CAPS = "ABCDEFGHJKLMNPQRSTUVWXYZ"


class Maker:
    """Makes values from `rng`; the date format and the letter case of names hold for one page."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
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

    def digits(self, low: int, high: int | None = None) -> str:
        """`low` to `high` random digits, the first one not 0."""
        count = self.rng.randint(low, high or low)
        return str(self.rng.randint(10 ** (count - 1), 10**count - 1))

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

    def name(self) -> str:
        """A person's name, with initials, titles or in list order at times."""
        r = self.rng
        first, last = r.choice(w.FIRST_NAMES), r.choice(w.LAST_NAMES)
        initial, middle = first[0], r.choice(_CAPS)
        forms = (f"{first} {last}",) * 5 + (
            f"{initial}. {last}",
            f"{initial}. {middle}. {last}",
            f"{first} {middle}. {last}",
            f"{last}, {first}",
            f"{last}, {first} {middle}.",
            f"Dr. {first} {last}",
            f"{r.choice(('Mr.', 'Mrs.', 'Ms.'))} {last}",
            f"{first} {last}, {r.choice(('Jr.', 'M.D.', 'Ph.D.', 'Esq.'))}",
        )
        return r.choice(forms)

    def company(self) -> str:
        """A company's name."""
        r = self.rng
        stem = r.choice(w.COMPANY_STEMS) if r.random() < 0.6 else r.choice(w.LAST_NAMES)
        if r.random() < 0.2:
            stem += " " + r.choice((*w.COMPANY_STEMS, "& " + r.choice(w.LAST_NAMES)))
        trade, form = r.choice(w.COMPANY_TRADES), r.choice(w.COMPANY_FORMS)
        return " ".join(p for p in (stem, trade if r.random() < 0.8 else "", form) if p)

    def asian_company(self) -> str:
        """A company's name as they are common in Malaysia and Singapore."""
        r = self.rng
        stem = r.choice((*w.COMPANY_STEMS, *w.LAST_NAMES, *w.JALAN))
        if r.random() < 0.35:
            stem += " " + r.choice((*w.LAST_NAMES, *w.COMPANY_STEMS))
        return " ".join(p for p in (stem, r.choice(w.COMPANY_TRADES), r.choice(w.ASIAN_FORMS)) if p)

    def street(self) -> str:
        """A house number and a street."""
        r = self.rng
        road = f"{r.choice(w.STREETS)} {r.choice(w.ROAD_TYPES)}"
        head = r.choice(("", "", "", "N. ", "South ", "W ", f"{r.randint(2, 99)}th "))
        tail = r.choice(("", "", "", "", f", Suite {self.digits(2, 4)}", f" #{self.digits(1, 3)}"))
        return f"{self.digits(1, 5)} {head}{road}{tail}"

    def city(self) -> str:
        """City, state and postal code."""
        r = self.rng
        code = f"{r.randint(1001, 99950):05d}"
        if r.random() < 0.15:
            code += f"-{self.digits(4)}"
        return f"{r.choice(w.PLACES)}, {r.choice(w.STATES)} {r.choice(('', ' '))}{code}"

    def address(self) -> list[str]:
        """A North American address of one to four lines."""
        r = self.rng
        lines = [self.street() if r.random() < 0.85 else f"PO Box {self.digits(2, 5)}"]
        if r.random() < 0.15:
            lines.append(f"{r.choice(('Floor', 'Building', 'Unit', 'Dept.'))} {self.digits(1, 2)}")
        lines.append(self.city())
        if r.random() < 0.1:
            lines.append(r.choice(("USA", "USA", "Canada", "United Kingdom")))
        return lines

    def asian_address(self) -> list[str]:
        """A Malaysian style address of one to five lines."""
        r = self.rng
        number = r.choice(
            (
                f"No. {r.randint(1, 300)}",
                f"No.{r.randint(1, 99)}-{r.randint(1, 9)}",
                f"{r.randint(1, 99)}",
                f"Lot {self.digits(2, 5)}",
                f"Lot G-{r.randint(1, 40)}, Ground Floor",
                f"{r.randint(1, 80)} & {r.randint(81, 160)}",
            )
        )
        branch = r.choice(("", f" {r.randint(1, 30)}", f" {r.randint(1, 9)}/{r.randint(1, 40)}"))
        lines = [f"{number}, Jalan {r.choice(w.JALAN)}{branch},"]
        if r.random() < 0.8:
            area = r.choice(("Taman", "Bandar", "Seksyen 7", "Kampung", "Pusat Perdagangan"))
            lines.append(
                f"{area} {r.choice(w.JALAN)} {r.choice(('Jaya', 'Indah', 'Baru', ''))}".strip()
                + ","
            )
        lines.append(f"{r.randint(10000, 88000)} {r.choice(w.ASIAN_PLACES)},")
        lines.append(r.choice(w.ASIAN_STATES) + r.choice((".", "", ", Malaysia")))
        while len(lines) > 1 and r.random() < 0.3:
            lines[-2:] = [f"{lines[-2]} {lines[-1]}"]
        return lines

    def phone(self) -> str:
        """A telephone number."""
        a, b, c = self.digits(3), self.digits(3), self.digits(4)
        return self.rng.choice(_AREA).format(a=a, b=b, c=c)

    def email(self) -> str:
        """An e-mail address."""
        r = self.rng
        first, last = r.choice(w.FIRST_NAMES).lower(), r.choice(w.LAST_NAMES).lower()
        host = f"{r.choice(w.COMPANY_STEMS).lower()}{r.choice(('', 'mail', 'corp'))}"
        user = r.choice((f"{first}.{last}", f"{first[0]}{last}", first, f"{first}{self.digits(2)}"))
        return f"{user}@{host}.{r.choice(('com', 'org', 'net', 'edu'))}"

    def identifier(self) -> str:
        """A number or code of the kinds that forms carry."""
        r = self.rng
        letters = "".join(r.choice(_CAPS) for _ in range(r.randint(1, 3)))
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
        return r.choice((number, f"{number} {r.choice(_UNITS)}", f"{number} {r.choice(_UNITS)}"))

    def phrase(self) -> str:
        """One to six words, as they stand in a field."""
        r = self.rng
        noun, other, adjective = r.choice(w.NOUNS), r.choice(w.NOUNS), r.choice(w.ADJECTIVES)
        text = r.choice(
            (
                noun,
                f"{adjective} {noun}",
                f"{adjective} {noun}",
                f"{noun} {other}",
                f"{adjective} {noun} {other}",
                f"{r.choice(w.VERBS)} {adjective} {noun}",
                f"{noun} & {other}",
                f"{noun} / {other}",
                f"{noun} - {adjective} {other}",
                f"{r.choice(w.PLACES)} {noun}",
                f"{r.choice(w.COMPANY_STEMS)} {self.digits(2, 3)}",
                f"{noun} {r.choice('ABCDE')}-{self.digits(1, 2)}",
                f"{adjective} {noun} for {other} {r.choice(w.NOUNS)}",
                r.choice(w.JOBS),
                r.choice(w.ITEMS),
                r.choice(w.PLACES),
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
                part.append(r.choice(r.choice((w.NOUNS, w.VERBS, w.ADJECTIVES, w.FILLERS))))
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
            (self.name,) * 4
            + (self.company, self.phrase, self.item, self.identifier, lambda: r.choice(w.PLACES))
        )
        return "\n".join(make() for _ in range(min(r.randint(2, 7), r.randint(2, 7))))

    def item(self) -> str:
        """A thing that is sold."""
        name = self.rng.choice(w.ITEMS)
        if self.rng.random() < 0.2:
            name = f"{self.rng.choice(w.COMPANY_STEMS)} {name}"
        return name

    def campaign(self) -> str:
        """An advertiser of the political kind."""
        r = self.rng
        return r.choice(w.CAMPAIGNS).format(
            first=r.choice(w.FIRST_NAMES),
            last=r.choice(w.LAST_NAMES),
            noun=r.choice(w.NOUNS).title(),
            adj=r.choice(w.ADJECTIVES).title(),
            place=r.choice(w.PLACES),
            year=r.randint(2008, 2026),
            number=r.randint(1, 120),
        )
