"""A made-up order of broadcast spots: its period, its lines and which columns print them."""

from datetime import timedelta
from random import Random

from pinpoint_data.generator.layouts.business.order_terms import COLUMNS, PROGRAMS
from pinpoint_data.generator.page_builder import PageCanvas, Theme
from pinpoint_data.generator.text.vocabulary import Maker


class SpotOrder:
    """The spots of one order, the columns that print them, and the page's fonts."""

    def __init__(self, rng: Random) -> None:
        self.rng, self.make = rng, Maker(rng)
        if rng.random() < 0.8:
            self.make.date_format = rng.choice(("%m/%d/%y", "%m/%d/%Y", "%b %d/%y", "%m/%d/%y"))
        self.make.symbol = rng.choice(("$", "$", "$", ""))
        wide = rng.random() < 0.4
        width = rng.randint(1050, 1300) if wide else rng.randint(800, 1250)
        height = round(width / 1.294) if wide else round(width * rng.choice((1.294, 1.294, 1.414)))
        size = max(11, round(width / rng.uniform(70, 95)))
        self.theme = Theme.random(rng, size, "sans sans sans narrow serif mono", "sans narrow mono")
        if rng.random() < 0.7:
            self.theme.value = self.theme.bold if rng.random() < 0.4 else self.theme.label
            self.theme.value_ink = self.theme.ink
        self.canvas = PageCanvas(width, height)
        self.margin = width * rng.uniform(0.02, 0.05)
        self.y = float(rng.randint(20, 50))
        self.lines = rng.randint(3, 26)
        self.spot_count, self.gross = 0, 0.0
        self.start = self.make.day(2008, 2025)
        self.end = self.start + timedelta(days=rng.randint(1, 60))
        self.rows = [self._row(i + 1) for i in range(self.lines)]
        self.columns = self._columns()

    def money(self, value: float) -> str:
        return f"{self.make.symbol}{value:,.2f}"

    def day(self, offset_share: float) -> str:
        span = (self.end - self.start).days
        return self.make.format_date(self.start + timedelta(days=round(span * offset_share)))

    def _row(self, number: int) -> dict[str, str]:
        rng = self.rng
        spots, rate = rng.randint(1, 12), float(round(self.make.amount(15, 6000) / 5) * 5)
        self.spot_count += spots
        self.gross += spots * rate
        first = rng.random()
        hour = rng.randint(4, 11)
        days = "".join(c if rng.random() < 0.5 else "-" for c in "MTWTFSS")
        return {
            "line": rng.choice((str(number), f"N {number}")),
            "channel": rng.choice(("All", "WKTV", "KBNW", "CBL")),
            "start": self.day(first * 0.9),
            "end": self.day(min(1.0, first * 0.9 + rng.random() * 0.3)),
            "program": rng.choice(PROGRAMS),
            "time": f"{hour}:00 {rng.choice(('AM', 'PM'))}-{hour + 1}:{rng.choice('03')}0 PM",
            "days": days,
            "length": rng.choice((":30", ":15", ":60", "30")),
            "week": str(spots),
            "rate": self.money(rate),
            "type": rng.choice(("NM", "P1", "PR", "CM")),
            "spots": str(spots),
            "amount": self.money(spots * rate),
        }

    def _columns(self) -> list[str]:
        keep = {"line", "program", "amount", "spots", "rate", "start"}
        chosen = [c for c in COLUMNS if c in keep or self.rng.random() < 0.6]
        font, room = self.theme.label, self.canvas.width - 2 * self.margin
        while sum(font.width(self.rows[0][c]) + 16 for c in chosen) > room * 0.92:
            chosen.remove(
                next(c for c in ("type", "days", "channel", "time", "end", *chosen) if c in chosen)
            )
        return chosen
