"""Orders that are laid out unlike invoices: boxed parties, a grid of weeks, a summary by months.

A traffic office's view of a flight of spots: rows are programs, columns weeks; the cells count
spots. Totals stand below the months. Roles are those of `invoice`.
"""

from datetime import date, timedelta
from random import Random

from pinpoint_data.generator.layouts.business.order_terms import LABELS, PROGRAMS
from pinpoint_data.generator.layouts.forms.signatures import signature_row
from pinpoint_data.generator.page_builder import FormField, PageCanvas, TextSpan, Theme, wrap
from pinpoint_data.generator.text.vocabulary import Maker
from pinpoint_data.word_lists import pairs, words

TITLES = words("broadcast", "order_titles")
PARTY_HEADS = pairs("broadcast", "party_heads")
SUMMARY = words("broadcast", "summary")


class _Schedule:
    def __init__(self, rng: Random) -> None:
        self.rng, self.make = rng, Maker(rng)
        self.make.date_format = rng.choice(
            ("%m/%d/%y", "%m/%d/%Y", "%b %d, %Y", "%d-%b-%y", "%Y-%m-%d", "%d.%m.%Y")
        )
        self.make.upper = False
        self.make.symbol = rng.choice(("$", "$", "", "USD "))
        wide = rng.random() < 0.5
        width = rng.randint(1050, 1350) if wide else rng.randint(850, 1150)
        size = max(11, round(width / rng.uniform(72, 92)))
        self.theme = Theme.random(rng, size, "sans serif type mono narrow", "sans mono type hand")
        self.canvas = PageCanvas(width, round(width * (0.773 if wide else 1.294)))
        self.left = width * rng.uniform(0.03, 0.06)
        self.right = width - self.left
        self.y = float(rng.randint(24, 50))
        self.weeks = rng.randint(2, 7 if wide else 5)
        self.start = self.make.day(2008, 2025)
        self.end = self.start + timedelta(days=7 * self.weeks - rng.randint(1, 6))
        self.share = rng.choice((0.15, 0.15, 0.1, 0.0))
        self.by_month: dict[date, tuple[int, float]] = {}

    def put(self, at: tuple[float, float], role: str, value: str, width: float) -> float:
        """A label with its value behind or below it, recorded; gives the y below."""
        theme, canvas = self.theme, self.canvas
        x, y = at
        label = self.rng.choice(LABELS[role])
        colon = self.colon
        name = canvas.text(x, y, label + colon, theme.label, theme.ink, "label")
        start = x if self.stacked else max(name.box[2] + theme.label.size * 0.5, x + self.tab)
        top = y + theme.label.height * 1.15 if self.stacked else y
        shift = theme.label.ascent - theme.value.ascent
        lines = wrap(value, theme.value, max(60, x + width - start))[:2]
        kind = "hand" if theme.value.face.style == "hand" else "value"
        values, low = canvas.paragraph(
            start, top + shift, lines, theme.value, theme.value_ink, kind, leading=1.15
        )
        canvas.fields.append(FormField(label, values, role, [name]))
        return max(low, y + theme.label.height * 1.2) + 3

    def header(self) -> None:
        """Title, number, and two boxes of facts side by side."""
        rng, theme, canvas, make = self.rng, self.theme, self.canvas, self.make
        self.colon, self.stacked = rng.choice((":", ":", "", " -")), rng.random() < 0.3
        self.tab = theme.label.width("Primary Executive:") + 6 if rng.random() < 0.5 else 0.0
        title = rng.choice(TITLES)
        x, anchor = rng.choice(((canvas.width / 2, "m"), (self.left, "l"), (self.right, "r")))
        canvas.text(x, self.y, title, theme.title, theme.ink, "title", anchor)
        self.y += theme.title.height * 1.6
        advertiser = make.campaign() if rng.random() < 0.5 else make.company()
        number = f"{make.digits(4, 7)}{rng.choice(('', '', '-01', '/3', 'A'))}"
        call = "".join(rng.choice("ABCDEFGHKLMNPRSTVWXY") for _ in range(3))
        facts = [
            ("contract_number", number),
            ("advertiser", advertiser),
            ("flight_start", make.format_date(self.start)),
            ("flight_end", make.format_date(self.end)),
            ("agency", make.company()),
            ("product", rng.choice((make.phrase(), "Issue", "Candidate"))),
            ("buyer", make.name()),
            ("station", f"{rng.choice('WK')}{call}{rng.choice(('-TV', ' FM', ''))}"),
            ("salesperson", make.name()),
            ("estimate", make.digits(3, 5)),
            ("print_date", make.format_date(self.start - timedelta(days=rng.randint(1, 30)))),
        ]
        kept = facts[:4] + [fact for fact in facts[4:] if rng.random() < 0.6]
        rng.shuffle(kept)
        half = (self.right - self.left) / 2
        top, lowest = self.y, self.y
        heads = rng.choice(PARTY_HEADS)
        cut = -(-len(kept) // 2)
        for side in (0, 1):
            x, y = self.left + side * (half + 6) + 6, top + 6
            if rng.random() < 0.6:
                canvas.text(x, y, heads[side], theme.bold, theme.ink, "title")
                y += theme.bold.height * 1.3
            for role, value in kept[side * cut : (side + 1) * cut]:
                y = self.put((x, y), role, value, half - 18)
            lowest = max(lowest, y)
        if rng.random() < 0.7:
            for side in (0, 1):
                x = self.left + side * (half + 6)
                canvas.frame((x, top, x + half - 6, lowest + 2), theme.rule)
        self.y = lowest + theme.label.height

    def weeks_grid(self) -> None:
        """Programs by weeks, a rate and a total in each row."""
        rng, theme, canvas = self.rng, self.theme, self.canvas
        font = theme.small
        narrow = max(font.width("88/88") + 10, (self.right - self.left) * 0.055)
        amount = font.width(self.money(88888.88)) + 12
        first = self.right - self.left - self.weeks * narrow - 2 * amount
        xs = [self.left + first + i * narrow for i in range(self.weeks)]
        heads = [(self.start + timedelta(days=7 * i)).strftime("%m/%d") for i in range(self.weeks)]
        program = rng.choice(("Program", "Daypart", "Description", "Vehicle"))
        canvas.text(self.left + 4, self.y, program, theme.bold, theme.ink, "table")
        for x, head in zip(xs, heads, strict=True):
            canvas.text(x + narrow - 5, self.y, head, font, theme.ink, "table", "r")
        rate_x, sum_x = xs[-1] + narrow + amount - 5, self.right - 5
        for x, head in ((rate_x, rng.choice(("Rate", "Unit"))), (sum_x, "Total")):
            canvas.text(x, self.y, head, font, theme.ink, "table", "r")
        self.y += theme.bold.height * 1.3
        canvas.rule(self.left, self.y, self.right, theme.rule)
        self.y += 4
        top, step = self.y, round(font.height * rng.uniform(1.3, 1.8))
        for _ in range(rng.randint(3, 16)):
            if self.y + step > canvas.height - 15 * theme.label.height:
                break
            rate = float(round(self.make.amount(20, 4000) / 5) * 5)
            spots = [rng.choice((0, 0, 1, 2, 3, 5)) for _ in range(self.weeks)]
            name = wrap(rng.choice(PROGRAMS), font, first - 8)[0]
            canvas.text(self.left + 4, self.y, name, font, theme.ink, "table")
            for i, (x, count) in enumerate(zip(xs, spots, strict=True)):
                day = self.start + timedelta(days=7 * i)
                month = day.replace(day=1)
                past = self.by_month.get(month, (0, 0.0))
                self.by_month[month] = (past[0] + count, past[1] + count * rate)
                text = str(count) if count else rng.choice(("", "-"))
                canvas.text(x + narrow - 5, self.y, text, font, theme.ink, "table", "r")
            canvas.text(rate_x, self.y, self.money(rate), font, theme.ink, "table", "r")
            total = self.money(rate * sum(spots))
            canvas.text(sum_x, self.y, total, font, theme.ink, "table", "r")
            self.y += step
        if rng.random() < 0.5:
            for x in (self.left, *xs, xs[-1] + narrow, self.right):
                canvas.column_rule(x, top - 4, self.y, theme.rule)
            canvas.rule(self.left, self.y, self.right, theme.rule)
        self.y += step

    def money(self, value: float) -> str:
        """An amount in the order's currency, with cents."""
        return f"{self.make.symbol}{value:,.2f}"

    def summary(self) -> None:
        """Months with spots, gross, commission and net; the last row holds the totals."""
        rng, theme, canvas = self.rng, self.theme, self.canvas
        width = min(self.right - self.left, 5.2 * theme.bold.width(self.money(888888.88)) + 60)
        left = self.left if rng.random() < 0.5 else self.right - width
        step = width / len(SUMMARY)
        heads: dict[str, TextSpan] = {}
        for i, head in enumerate(SUMMARY):
            x, anchor = (left + 4, "l") if i == 0 else (left + (i + 1) * step - 5, "r")
            heads[head] = canvas.text(x, self.y, head, theme.bold, theme.ink, "label", anchor)
        self.y += theme.bold.height * 1.3
        canvas.rule(left, self.y, left + width, theme.rule)
        self.y += 3
        spots = sum(count for count, _ in self.by_month.values())
        gross = round(sum(amount for _, amount in self.by_month.values()), 2)
        rows = [(f"{month:%B %Y}", *self.by_month[month]) for month in sorted(self.by_month)]
        total = rng.choice(("Total", "Totals", "Grand Total", "Order Total"))
        for name, count, amount in [*rows, (total, spots, gross)]:
            font = theme.bold if name == total else theme.label
            if name == total:
                canvas.rule(left, self.y, left + width, theme.rule)
                self.y += 3
            commission = round(amount * self.share, 2)
            texts = (str(count), *map(self.money, (amount, commission, amount - commission)))
            row = canvas.text(left + 4, self.y, name, font, theme.ink, "label")
            for i, text in enumerate(texts, 1):
                x = left + (i + 1) * step - 5
                value = canvas.text(x, self.y, text, font, theme.ink, "table", "r")
                head = SUMMARY[i]
                role = "cell"
                if name == total and head != "Spots":
                    role = head.lower()
                canvas.fields.append(FormField(head, [value], role, [heads[head]], name, [row]))
            self.y += font.height * 1.35
        self.y += theme.label.height


def draw(rng: Random) -> PageCanvas:
    """An order by weeks and months; roles contract_number, advertiser, gross, net and more."""
    order = _Schedule(rng)
    order.header()
    order.weeks_grid()
    order.summary()
    room = order.canvas.height - order.y
    if room > 8 * order.theme.label.height and rng.random() < 0.6:
        width = order.right - order.left
        signature_row(rng, order.canvas, order.theme, order.make, order.left, order.y, width)
    return order.canvas
