"""Invoices and broadcast orders: a header block of labelled facts, a dense line table, totals."""

from random import Random

from pinpoint_data.generator.layouts.business.broadcast import PROGRAMS, BroadcastPage
from pinpoint_data.generator.layouts.forms import blocks
from pinpoint_data.generator.layouts.tables import Column, TableLook, draw_table
from pinpoint_data.generator.page_builder import PageCanvas, wrap
from pinpoint_data.word_lists import groups, words

TITLES = words("broadcast", "invoice_titles")
COLUMNS = groups("broadcast", "columns")
"""Column → the headings that print it."""
FLUSH_RIGHT = {"rate", "amount", "spots", "week"}
KEPT = {"line", "program", "amount", "spots", "rate", "start"}
"""Columns that a table has, where there is room; the others come at random."""


class _Invoice(BroadcastPage):
    def __init__(self, rng: Random) -> None:
        styles = ("sans sans sans narrow serif mono", "sans narrow mono")
        super().__init__(rng, rng.randint(1, 60), styles)
        if rng.random() < 0.7:
            self.theme.value = self.theme.bold if rng.random() < 0.4 else self.theme.label
            self.theme.value_ink = self.theme.ink
        self.gross = 0.0
        self.spots = [self._spot(number) for number in range(1, rng.randint(4, 27))]

    def _spot(self, number: int) -> dict[str, str]:
        rng = self.rng
        spots, rate, first = rng.randint(1, 12), self.rate(6000), rng.random()
        self.gross += spots * rate
        hour = rng.randint(4, 11)
        return {
            "line": rng.choice((str(number), f"N {number}")),
            "channel": rng.choice(("All", "WKTV", "KBNW", "CBL")),
            "start": self.day(first * 0.9),
            "end": self.day(min(1.0, first * 0.9 + rng.random() * 0.3)),
            "program": rng.choice(PROGRAMS),
            "time": f"{hour}:00 {rng.choice(('AM', 'PM'))}-{hour + 1}:{rng.choice('03')}0 PM",
            "days": "".join(c if rng.random() < 0.5 else "-" for c in "MTWTFSS"),
            "length": rng.choice((":30", ":15", ":60", "30")),
            "week": str(spots),
            "rate": self.money(rate),
            "type": rng.choice(("NM", "P1", "PR", "CM")),
            "spots": str(spots),
            "amount": self.money(spots * rate),
        }

    def header(self) -> None:
        """Station block, title, page number, and the address of the station."""
        rng, theme, canvas, top = self.rng, self.theme, self.canvas, self.y
        x = rng.choice((self.left, canvas.width * 0.3))
        if rng.random() < 0.4:
            canvas.frame((self.left, top, self.left + 70, top + 60), theme.rule, (40, 40, 60))
            x = self.left + 82
        block = [self.station, *self.make.address()]
        block += [self.make.phone()] if rng.random() < 0.6 else []
        _, low = canvas.paragraph(x, top, block, theme.bold, theme.ink)
        title_x = canvas.width * rng.choice((0.5, 0.62))
        canvas.text(title_x, top - 4, rng.choice(TITLES), theme.title, theme.ink, "title")
        page = f"Page {rng.randint(1, 3)} of {rng.randint(3, 12)}"
        canvas.text(self.right, max(6, top - 14), page, theme.small, theme.ink, "text", "r")
        self.y = max(low, top + theme.title.height + 6, top + 66) + rng.randint(4, 24)

    def draw_facts(self) -> None:
        """The facts in one block or in two, of the kinds that forms have."""
        rng, entries, left = self.rng, self.facts(), self.left
        if rng.random() < 0.35:
            total = self.fact("order_total", self.money(self.gross))
            entries.insert(rng.randint(2, len(entries)), total)
        cut = len(entries) if rng.random() < 0.8 else rng.randint(2, len(entries) - 2)
        if rng.random() < 0.4:
            self.left = self.canvas.width * 0.35
        for part in (entries[:cut], entries[cut:]):
            choices = (blocks.inline, blocks.inline, blocks.grid, blocks.above, blocks.ledger)
            rng.choice(choices)(self, part)
            self.left = left
            self.y += 8
        self.split_flights()

    def table(self) -> None:
        """The lines of the order, in as many columns as fit."""
        rng, theme = self.rng, self.theme
        font = theme.label if rng.random() < 0.7 else theme.small
        names = [name for name in COLUMNS if name in KEPT or rng.random() < 0.6]
        widths = {n: max(font.width(spot[n]) for spot in self.spots) + 16 for n in names}
        for name in ("type", "days", "channel", "time", "end", "length", "week", "start"):
            if sum(widths.values()) > self.width * 0.95:
                widths.pop(name, None)
        scale = self.width / sum(widths.values())
        columns = [
            Column(rng.choice(COLUMNS[name]), width * scale, name in FLUSH_RIGHT)
            for name, width in widths.items()
        ]
        rows = [[spot[name] for name in widths] for spot in self.spots]
        draw_table(self, columns, rows, TableLook.random(rng, font, theme.bold), ("table", "table"))

    def totals(self) -> None:
        """Gross, commission and net, as a row below the table or a stack."""
        rng, theme, canvas = self.rng, self.theme, self.canvas
        amounts = {"gross": self.money(self.gross)}
        if rng.random() < 0.8:
            commission = self.money(self.gross * self.share)
            amounts["commission"] = f"({commission})" if rng.random() < 0.3 else commission
            amounts["net"] = self.money(self.gross * (1 - self.share))
        self.bottom, style = canvas.height - 20.0, rng.random()
        entries = [self.fact(role, value) for role, value in amounts.items()]
        if style < 0.35:
            blocks.cells(self, entries, 3)
            return
        font = theme.bold if rng.random() < 0.5 else theme.label
        right = self.right - 4 if style < 0.8 else canvas.width * 0.45
        colon = rng.choice(("", ":"))
        edge = right - max(font.width(value) for value in amounts.values()) - 24
        for entry in entries:
            at = canvas.text(right, self.y, entry.value, font, theme.ink, "value", "r")
            name = canvas.text(edge, self.y, entry.label + colon, font, theme.ink, "label", "r")
            self.record(entry, [name], [at])
            self.y += round(font.height * 1.3)

    def footer(self) -> None:
        """Terms in small print."""
        small = self.theme.small
        lines = wrap(self.make.sentence(20, 80), small, self.width)
        count = int((self.canvas.height - self.y - 20) / (small.height * 1.25)) - 1
        self.canvas.paragraph(self.left, self.y + 12, lines[: max(0, count)], small, self.theme.ink)


def draw(rng: Random) -> PageCanvas:
    """A broadcast order, contract or invoice; roles contract_number, advertiser, gross and more."""
    invoice = _Invoice(rng)
    invoice.header()
    invoice.draw_facts()
    invoice.table()
    invoice.totals()
    invoice.footer()
    return invoice.canvas
