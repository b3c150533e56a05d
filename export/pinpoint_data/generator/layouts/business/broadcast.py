"""What broadcast invoices and orders share: their facts, dates, money and looks."""

from datetime import timedelta
from random import Random

from pinpoint_data.generator.composer import Composer, FormEntry
from pinpoint_data.generator.page_builder import FormField
from pinpoint_data.word_lists import groups, words

LABELS = groups("broadcast", "labels")
"""Role → the labels that print it."""
PROGRAMS = words("broadcast", "programs")
DATE_FORMATS = (
    *("%m/%d/%y", "%m/%d/%y", "%m/%d/%Y", "%b %d/%y", "%b %d, %Y", "%d-%b-%y", "%Y-%m-%d"),
    "%d.%m.%Y",
)
LETTERS = "ABCDEFGHKLMNPRSTVWXY"
FLIGHT = ("flight_start", "flight_end")


class BroadcastPage(Composer):
    """An order of spots from `start` to `end`, of which an agency keeps `share`."""

    def __init__(self, rng: Random, days: int, styles: tuple[str, str]) -> None:
        wide = rng.random() < 0.45
        width = rng.randint(1050, 1320) if wide else rng.randint(800, 1200)
        height = width * (0.773 if wide else rng.choice((1.294, 1.294, 1.414)))
        letter, margin = width / rng.uniform(71, 94), width * rng.uniform(0.02, 0.06)
        super().__init__(rng, (width, height), letter, styles, margin, float(rng.randint(24, 50)))
        self.make.date_format = rng.choice(DATE_FORMATS)
        self.make.symbol = rng.choice(("$", "$", "$", "", "USD "))
        self.bottom = height - 9 * self.theme.label.height
        self.start = self.make.day(2008, 2025)
        self.end = self.start + timedelta(days=days)
        self.station = (
            rng.choice("WK")
            + "".join(rng.choices(LETTERS, k=3))
            + rng.choice(("-TV", "", " TV", "-FM", " FM"))
        )
        self.share = rng.choice((0.15, 0.15, 0.1, 0.0))

    def money(self, value: float) -> str:
        """An amount in the order's currency, with cents."""
        return f"{self.make.symbol}{value:,.2f}"

    def rate(self, high: float) -> float:
        """A price for one spot."""
        return float(round(self.make.amount(15, high) / 5) * 5)

    def day(self, share: float) -> str:
        """A day of the order, the first at 0 and the last at 1."""
        days = round((self.end - self.start).days * share)
        return self.make.format_date(self.start + timedelta(days=days))

    def facts(self) -> list[FormEntry]:
        """The labelled facts of the header; number, advertiser and dates are always among them."""
        rng, make = self.rng, self.make
        number = make.digits(4, 8) + rng.choice(("", "", "-1", " / 2", "-01", "A"))
        advertiser = make.campaign() if rng.random() < 0.55 else make.company()
        optional = {
            "agency": make.company(),
            "product": rng.choice((make.campaign(), make.phrase(), "Political", "Issue")),
            "station": self.station,
            "estimate": make.digits(3, 6),
            "salesperson": make.name(),
            "buyer": make.name(),
            "print_date": make.format_date(self.start - timedelta(days=rng.randint(0, 40))),
            "billing": rng.choice(("EOM/EOC", "Weekly/Irregular", "Broadcast", "Calendar", "Cash")),
            "demographic": rng.choice(("Adults 35+", "A25-54", "HH", "W18-49", "P18+")),
            "office": make.town(),
        }
        values = {"contract_number": number, "advertiser": advertiser}
        values |= {role: value for role, value in optional.items() if rng.random() < 0.65}
        if rng.random() < 0.5:
            values["flight"] = rng.choice((" - ", "-", " to ", " / ")).join(map(self.day, (0, 1)))
        else:
            values |= {FLIGHT[0]: self.day(0), FLIGHT[1]: self.day(1)}
        entries = [self.fact(role, value) for role, value in values.items()]
        if rng.random() < 0.6:
            entries[2:] = rng.sample(entries[2:], len(entries) - 2)
        else:
            rng.shuffle(entries)
        return entries

    def fact(self, role: str, value: str) -> FormEntry:
        """An entry with one of the labels of a role."""
        return FormEntry(self.rng.choice(LABELS[role]), value, role=role)

    def split_flights(self) -> None:
        """Makes the two dates of a flight on one line fields of their own."""
        fields, font = self.canvas.fields, self.theme.value
        for field in [field for field in fields if field.role == "flight"]:
            field.role = "label"
            if len(field.value) == 1:
                (span,) = field.value
                first, last = self.day(0), self.day(1)
                at = span.text.rindex(last)
                for role, start, end in (
                    (FLIGHT[0], 0, len(first)),
                    (FLIGHT[1], at, len(span.text)),
                ):
                    part = self.canvas.parts(span, font, start, end)
                    fields.append(FormField(field.label, [part], role, field.label_spans))
