"""Orders that are laid out unlike invoices: boxed parties, a grid of weeks, a summary by months.

A traffic office's view of a flight of spots: rows are programs, columns weeks; the cells count
spots. Totals are below the months. Roles are those of `invoice`.
"""

from collections import defaultdict
from datetime import date, timedelta
from random import Random

from pinpoint_data.generator.layouts.business.broadcast import PROGRAMS, BroadcastPage
from pinpoint_data.generator.layouts.forms import blocks
from pinpoint_data.generator.layouts.forms.signatures import signature_row
from pinpoint_data.generator.layouts.tables import Column, TableLook, draw_table
from pinpoint_data.generator.page_builder import FormField, PageCanvas
from pinpoint_data.word_lists import pairs, words

TITLES = words("broadcast", "order_titles")
PARTY_HEADS = pairs("broadcast", "party_heads")
SUMMARY = words("broadcast", "summary")


class _Schedule(BroadcastPage):
    def __init__(self, rng: Random) -> None:
        self.weeks = rng.randint(2, 6)
        styles = ("sans serif type mono narrow", "sans mono type hand")
        super().__init__(rng, 7 * self.weeks - rng.randint(1, 6), styles)
        self.make.upper = False
        self.by_month: dict[date, list[float]] = defaultdict(lambda: [0, 0.0])

    def header(self) -> None:
        """Title, and two boxes of facts side by side."""
        rng, theme = self.rng, self.theme
        self.write(rng.choice(TITLES), theme.title, rng.choice("mlr"), "title", 1.6)
        facts = self.facts()
        left, right, top, lowest = self.left, self.right, self.y, self.y
        half, cut = self.width / 2, -(-len(facts) // 2)
        heads, headed = rng.choice(PARTY_HEADS), rng.random() < 0.6
        block = rng.choice((blocks.inline, blocks.inline, blocks.above))
        for side in (0, 1):
            self.left = left + side * half + 8
            self.right, self.y = self.left + half - 20, top + 6
            if headed:
                self.write(heads[side], theme.bold, kind="title")
            block(self, facts[side * cut : (side + 1) * cut])
            lowest = max(lowest, self.y)
        if rng.random() < 0.7:
            for x in (left, left + half + 3):
                self.canvas.frame((x, top, x + half - 6, lowest + 2), theme.rule)
        self.left, self.right, self.y = left, right, lowest + theme.label.height
        self.split_flights()

    def weeks_grid(self) -> None:
        """Programs by weeks, a rate and a total in each row."""
        rng, theme, low = self.rng, self.theme, self.bottom
        font, days = theme.small, [self.start + timedelta(days=7 * i) for i in range(self.weeks)]
        narrow = max(font.width("88/88") + 12, self.width * 0.055)
        amount = font.width(self.money(88888.88)) + 12
        first = self.width - self.weeks * narrow - 2 * amount
        columns = [
            Column(rng.choice(("Program", "Daypart", "Description", "Vehicle")), first),
            *(Column(f"{day:%m/%d}", narrow, True) for day in days),
            Column(rng.choice(("Rate", "Unit")), amount, True),
            Column("Total", amount, True),
        ]
        rows = []
        for _ in range(rng.randint(3, 16)):
            rate, spots = self.rate(4000), [rng.choice((0, 0, 1, 2, 3, 5)) for _ in days]
            counts = [str(count or rng.choice(("", "-"))) for count in spots]
            total = self.money(rate * sum(spots))
            rows.append([rng.choice(PROGRAMS), *counts, self.money(rate), total])
            for day, count in zip(days, spots, strict=True):
                month = self.by_month[day.replace(day=1)]
                month[0] += count
                month[1] += count * rate
        self.bottom = low - (len(self.by_month) + 2) * 1.4 * theme.bold.height
        look = TableLook.random(rng, font, theme.bold)
        draw_table(self, columns, rows, look, ("table", "table"))
        self.y, self.bottom = self.y + theme.label.height, self.canvas.height - 10.0

    def summary(self) -> None:
        """Months with spots, gross, commission and net; the last row holds the totals."""
        rng, theme, left = self.rng, self.theme, self.left
        width = min(self.width, 5.2 * theme.bold.width(self.money(888888.88)) + 60)
        name = rng.choice(("Total", "Totals", "Grand Total", "Order Total"))
        sums = [sum(values) for values in zip(*self.by_month.values(), strict=True)]
        rows = []
        for title, (count, gross) in [
            *((f"{month:%B %Y}", self.by_month[month]) for month in sorted(self.by_month)),
            (name, sums),
        ]:
            commission = round(gross * self.share, 2)
            amounts = map(self.money, (gross, commission, gross - commission))
            rows.append([title, str(round(count)), *amounts])
        columns = [Column(head, width / len(SUMMARY), i > 0) for i, head in enumerate(SUMMARY)]
        self.left = left if rng.random() < 0.5 else self.right - width
        look = TableLook(theme.bold, theme.label, theme.label, 1.35, sum_font=theme.bold)
        table = draw_table(self, columns, rows, look)
        self.left = left
        for row in table.rows:
            month = " ".join(span.text for span in row[0])
            for head, spans, cell in zip(SUMMARY[1:], table.heads[1:], row[1:], strict=True):
                role = head.lower() if month == name and head != "Spots" else "cell"
                self.canvas.fields.append(FormField(head, cell, role, spans, month, row[0]))
        self.y += theme.label.height


def draw(rng: Random) -> PageCanvas:
    """An order by weeks and months; roles contract_number, advertiser, gross, net and more."""
    order = _Schedule(rng)
    order.header()
    order.weeks_grid()
    order.summary()
    room = order.canvas.height - order.y
    if room > 8 * order.theme.label.height and rng.random() < 0.6:
        signature_row(order)
    return order.canvas
