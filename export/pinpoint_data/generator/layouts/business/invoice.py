"""Invoices and broadcast orders: a header block of labelled facts, a dense line table, totals."""

from collections.abc import Sequence
from datetime import timedelta
from random import Random

from pinpoint_data.generator.layouts.business.order_terms import COLUMNS, LABELS, RIGHT
from pinpoint_data.generator.layouts.business.spot_order import SpotOrder
from pinpoint_data.generator.page_builder import FormField, PageCanvas, TextSpan, wrap
from pinpoint_data.word_lists import words

Fact = tuple[str, str, str]
"""Role, printed label, value."""

OPTIONAL = (
    *("agency", "product", "station", "estimate", "salesperson", "buyer", "print_date", "billing"),
    *("demographic", "office"),
)
TITLES = words("broadcast", "invoice_titles")


class _Order(SpotOrder):
    """Draws one order or invoice."""

    def header(self) -> None:
        """Station block, title, page number, and the address of the agency."""
        rng, theme, canvas = self.rng, self.theme, self.canvas
        call = "".join(rng.choice("ABCDEFGHKLMNPRSTVWXY") for _ in range(3))
        station = rng.choice("WK") + call + rng.choice(("-TV", "", " TV", "-FM"))
        title = rng.choice(TITLES)
        top = self.y
        x = rng.choice((self.margin, canvas.width * 0.3))
        if rng.random() < 0.4:
            canvas.frame((self.margin, top, self.margin + 70, top + 60), theme.rule, (40, 40, 60))
            x = self.margin + 82
        block = [station, *self.make.address()]
        if rng.random() < 0.6:
            block.append(self.make.phone())
        _, low = canvas.paragraph(x, top, block, theme.bold, theme.ink)
        spot = rng.choice((0.5, 0.62))
        canvas.text(canvas.width * spot, top - 4, title, theme.title, theme.ink, "title", "l")
        page = f"Page {rng.randint(1, 3)} of {rng.randint(3, 12)}"
        canvas.text(
            canvas.width - self.margin, max(6, top - 14), page, theme.small, theme.ink, "text", "r"
        )
        self.station = station
        self.y = max(low, top + theme.title.height + 6, top + 66) + rng.randint(4, 24)

    def facts(self) -> list[Fact]:
        """The labelled facts of the header, in random order after the number."""
        rng, make = self.rng, self.make
        values = {
            "agency": make.company(),
            "product": rng.choice((make.campaign(), make.phrase(), "Political", "Issue")),
            "station": self.station,
            "estimate": make.digits(3, 6),
            "salesperson": make.name(),
            "buyer": make.name(),
            "print_date": make.format_date(self.start - timedelta(days=rng.randint(0, 40))),
            "billing": rng.choice(("EOM/EOC", "Weekly/Irregular", "Broadcast", "Calendar", "Cash")),
            "demographic": rng.choice(("Adults 35+", "A25-54", "HH", "W18-49", "P18+")),
            "office": self.make.town(),
        }
        number = make.digits(5, 8) + rng.choice(("", "", "-1", " / 2", "-2"))
        advertiser = make.campaign() if rng.random() < 0.6 else make.company()
        if rng.random() < 0.2:
            advertiser += f" ({make.digits(4, 6)})"
        facts = [("contract_number", number), ("advertiser", advertiser)]
        facts += [(role, values[role]) for role in OPTIONAL if rng.random() < 0.7]
        if rng.random() < 0.6:
            separator = rng.choice((" - ", "-", " to ", " / "))
            facts.append(("flight", f"{self.day(0)}{separator}{self.day(1)}"))
        else:
            facts += [("flight_start", self.day(0)), ("flight_end", self.day(1))]
        if rng.random() < 0.35:
            facts.append(("gross_header", self.money(self.gross)))
        head, tail = facts[:2], facts[2:]
        rng.shuffle(tail)
        mixed = head + tail
        if rng.random() < 0.4:
            rng.shuffle(mixed)
        return [(role, self.label(role), value) for role, value in mixed]

    def label(self, role: str) -> str:
        if role == "gross_header":
            return self.rng.choice(("Order Total", "Cost in Total", "Gross Order Amount"))
        return self.rng.choice(LABELS[role])

    def record(self, role: str, label: str, spans: list[TextSpan], values: list[TextSpan]) -> None:
        """Stores the field; a flight of two dates becomes three fields."""
        fields = self.canvas.fields
        if role == "flight" and len(values) == 1:
            font, text = self.theme.value, values[0].text
            first, last = self.day(0), self.day(1)
            parts = self.canvas.parts
            at = text.rindex(last)
            fields.append(
                FormField(label, [parts(values[0], font, 0, len(first))], "flight_start", spans)
            )
            fields.append(
                FormField(label, [parts(values[0], font, at, len(text))], "flight_end", spans)
            )
        role = {"gross_header": "order_total", "flight": "label"}.get(role, role)
        fields.append(FormField(label, values, role, spans))

    def fact_grid(self, facts: Sequence[Fact], left: float, right: float, boxed: bool) -> None:
        """Facts in cells, label above value."""
        theme, number = self.theme, self.rng.choice((2, 3, 4))
        step = (right - left) / number
        height = theme.small.height + theme.value.height + 10
        for i, (role, label, value) in enumerate(facts):
            x, y = left + (i % number) * step, self.y + (i // number) * (height + 14)
            lines = wrap(value, theme.value, step - 10)[:2]
            if boxed:
                self.canvas.frame((x, y, x + step, y + height + 14), theme.rule)
            name = self.canvas.text(x + 4, y + 2, label, theme.small, theme.ink, "label")
            values, _ = self.canvas.paragraph(
                x + 4,
                y + theme.small.height + 4,
                lines,
                theme.value,
                theme.value_ink,
                "value",
                leading=1.05,
            )
            self.record(role, label, [name], values)
        self.y += -(-len(facts) // number) * (height + 14) + 8

    def fact_list(self, facts: Sequence[Fact], left: float, right: float) -> None:
        """Facts in one or two columns, value at a tab or directly behind the label."""
        rng, theme, canvas = self.rng, self.theme, self.canvas
        columns = rng.choice((1, 2, 2, 3)) if right - left > 600 else 1
        step = (right - left) / columns
        rows = -(-len(facts) // columns)
        colon = rng.choice((":", ":", ""))
        tab = max(theme.label.width(label + colon) for _, label, _ in facts) + theme.label.size
        tab = tab if rng.random() < 0.7 else 0.0
        top, lowest = self.y, self.y
        for column in range(columns):
            y, x = top, left + column * step
            for role, label, value in facts[column * rows : (column + 1) * rows]:
                name = canvas.text(x, y, label + colon, theme.label, theme.ink, "label")
                start = max(x + tab, name.box[2] + theme.label.size * 0.6)
                lines = wrap(value, theme.value, x + step - start - 8)
                shift = theme.label.ascent - theme.value.ascent
                values, low = canvas.paragraph(
                    start, y + shift, lines, theme.value, theme.value_ink, "value", leading=1.15
                )
                self.record(role, label, [name], values)
                y = max(low, y + round(theme.label.height * 1.15)) + 2
            lowest = max(lowest, y)
        self.y = lowest + 8

    def table(self) -> None:
        """The line table, with rules or without."""
        rng, theme, canvas = self.rng, self.theme, self.canvas
        font = theme.label if rng.random() < 0.7 else theme.small
        room = canvas.width - 2 * self.margin
        weights = [max(font.width(r[c]) for r in self.rows[:8]) + 14 for c in self.columns]
        scale = room / sum(weights)
        edges = [self.margin]
        for weight in weights:
            edges.append(edges[-1] + weight * scale)
        step = round(font.height * rng.choice((1.15, 1.4, 1.8)))
        heads = {c: rng.choice(COLUMNS[c]) for c in self.columns}
        lined, boxed = rng.random() < 0.4, rng.random() < 0.3
        top = self.y
        deepest = self.y
        for i, column in enumerate(self.columns):
            lines = wrap(heads[column], font, edges[i + 1] - edges[i] - 4)
            right = column in RIGHT
            x, anchor = (edges[i + 1] - 4, "r") if right else (edges[i] + 3, "l")
            _, low = canvas.paragraph(x, self.y, lines, font, theme.ink, "table", anchor, 1.1)
            deepest = max(deepest, low)
        self.y = deepest + 3
        canvas.rule(self.margin, self.y, canvas.width - self.margin, theme.rule)
        self.y += 4
        limit = canvas.height - 9 * theme.label.height * 1.3
        for row in self.rows:
            if self.y + step > limit:
                break
            for i, column in enumerate(self.columns):
                right = column in RIGHT
                x, anchor = (edges[i + 1] - 4, "r") if right else (edges[i] + 3, "l")
                text = wrap(row[column], font, edges[i + 1] - edges[i] - 4)[0]
                canvas.text(x, self.y, text, font, theme.ink, "table", anchor)
            self.y += step
            if lined:
                canvas.rule(self.margin, self.y - 2, canvas.width - self.margin, theme.rule)
        if boxed:
            for edge in edges:
                canvas.column_rule(edge, top, self.y, theme.rule)
        self.y += 6

    def totals(self) -> None:
        """Gross, commission and net, as a row below the table, a stack or a small table."""
        rng, theme, canvas = self.rng, self.theme, self.canvas
        share = rng.choice((0.15, 0.15, 0.1, 0.0))
        gross, net = self.gross, self.gross * (1 - share)
        rows = [("gross", gross)]
        if rng.random() < 0.8:
            rows += [
                ("commission", -gross * share if rng.random() < 0.3 else gross * share),
                ("net", net),
            ]
        facts = [
            (role, self.label(role), f"({self.money(-v)})" if v < 0 else self.money(v))
            for role, v in rows
        ]
        font, style = theme.bold if rng.random() < 0.5 else theme.label, rng.random()
        if style < 0.35:
            x = self.margin + rng.choice((0.0, 0.3)) * canvas.width
            for role, label, value in facts:
                name = canvas.text(x, self.y, label, theme.label, theme.ink, "label")
                below = self.y + theme.label.height + 4
                at = canvas.text(x, below, value, font, theme.ink, "value")
                self.record(role, label, [name], [at])
                x = max(name.box[2], at.box[2]) + 30
            self.y += 2.6 * theme.label.height
            return
        right = canvas.width - self.margin - 4 if style < 0.8 else canvas.width * 0.45
        for role, label, value in facts:
            at = canvas.text(right, self.y, value, font, theme.ink, "value", "r")
            edge = right - font.width("$8,888,888.88") - 16
            name = canvas.text(
                edge, self.y, label + rng.choice(("", ":")), font, theme.ink, "label", "r"
            )
            self.record(role, label, [name], [at])
            self.y += round(font.height * 1.3)

    def footer(self) -> None:
        """Terms in small print."""
        room = self.canvas.height - self.y - 20
        lines = wrap(
            self.make.sentence(20, 80), self.theme.small, self.canvas.width - 2 * self.margin
        )
        count = int(room / (self.theme.small.height * 1.25))
        self.canvas.paragraph(
            self.margin, self.y + 12, lines[: max(0, count - 1)], self.theme.small, self.theme.ink
        )


def draw(rng: Random) -> PageCanvas:
    """A broadcast order, contract or invoice; roles contract_number, advertiser, gross and more."""
    order = _Order(rng)
    order.header()
    facts = order.facts()
    left = order.margin if rng.random() < 0.6 else order.canvas.width * 0.35
    right = order.canvas.width - order.margin
    style = rng.random()
    if style < 0.45:
        order.fact_list(facts, left, right)
    elif style < 0.8:
        order.fact_grid(facts, left, right, boxed=rng.random() < 0.6)
    else:
        cut = rng.randint(2, max(2, len(facts) - 2))
        order.fact_grid(facts[:cut], left, right, boxed=True)
        if facts[cut:]:
            order.fact_list(facts[cut:], order.margin, right)
    order.table()
    order.totals()
    order.footer()
    return order.canvas
