"""Till receipts: company and address without labels, items, totals; in the styles of many shops."""

from random import Random

from pinpoint_data.generator.composer import Composer
from pinpoint_data.generator.fonts import Font, load, pick
from pinpoint_data.generator.page_builder import FormField, PageCanvas, TextSpan, wrap
from pinpoint_data.word_lists import groups, words

TITLES = words("receipts", "titles")
FOOTERS = words("receipts", "footers")
LABELS = groups("receipts", "labels")
"""Role → the labels that print it."""
DATE_FORMATS = words("receipts", "date_formats")


class _Receipt(Composer):
    """Draws one receipt from top to bottom."""

    def __init__(self, rng: Random) -> None:
        width = rng.randint(350, 700)
        styles = rng.choice(("sans", "mono", "mono", "narrow", "sans", "serif"))
        letter, margin = width / rng.uniform(24, 36), width * rng.uniform(0.03, 0.12)
        super().__init__(
            rng, (width, 3000), letter, (styles, styles), margin, float(rng.randint(12, 90))
        )
        self.theme.value = self.theme.label
        self.make.strip_zeros = rng.random() < 0.1
        self.asian = rng.random() < 0.55
        symbols = ("", "", "RM ", "RM", "S$") if self.asian else ("", "$", "$", "€", "£")
        self.symbol, self.gap = rng.choice(symbols), rng.uniform(1.1, 1.5)

    def upper(self, text: str) -> str:
        return text.upper() if self.make.upper else text

    def amount(self, value: float) -> str:
        return f"{self.symbol}{value:,.2f}"

    def advance(self, factor: float = 1.0) -> None:
        self.y += round(self.theme.label.height * self.gap * factor)

    def line(
        self, text: str, anchor: str = "l", kind: str = "text", font: Font | None = None
    ) -> TextSpan:
        """Prints one line."""
        font, ink = font or self.theme.label, self.theme.ink
        span = self.canvas.text(self.place(anchor), self.y, text, font, ink, kind, anchor)
        self.advance()
        return span

    def field(
        self, role: str, values: list[TextSpan], labels: list[TextSpan], label: str = ""
    ) -> None:
        """Records what was printed."""
        printed = label or " ".join(span.text for span in labels)
        self.canvas.fields.append(FormField(printed, values, role, labels))

    def part(self, span: TextSpan, text: str, start: int = 0) -> TextSpan:
        """Where a part of a printed line is."""
        at = span.text.index(text.strip(), start)
        return self.canvas.parts(span, self.theme.label, at, at + len(text.strip()))

    def separator(self) -> None:
        choice, font = self.rng.random(), self.theme.label
        if choice < 0.6:
            dash, y = 4 if choice < 0.35 else 0, self.y + font.height * 0.3
            self.canvas.rule(self.left, y, self.right, self.theme.ink, dash)
        elif choice < 0.8:
            sign = self.rng.choice("-=*_")
            text = sign * int(self.width / font.width(sign))
            self.canvas.text(self.left, self.y, text, font, self.theme.ink)
        self.advance(0.8)

    def labelled(self, role: str, value: str, anchor: str = "l", pad: int = 0) -> None:
        """`label: value` on one text line."""
        label = self.rng.choice(LABELS[role])
        colon = self.rng.choice((": ", ":", " : ", ". ", " "))
        colon = " " * max(0, pad - len(label)) + ": " if pad else colon
        span = self.line(f"{label}{colon}{value}", anchor)
        name = self.part(span, label)
        self.field(role, [self.part(span, value, len(label))], [name], label)

    def header(self) -> None:
        rng, make, theme = self.rng, self.make, self.theme
        anchor = "m" if rng.random() < 0.75 else "l"
        if rng.random() < 0.12:
            self.line(make.name().upper(), anchor)
        name = make.malaysian_company() if self.asian else make.company()
        name = name.upper() if rng.random() < 0.6 else name
        face = pick(rng, "sans serif hand") if rng.random() < 0.2 else theme.title.face
        font = load(face, theme.title.size) if rng.random() < 0.6 else theme.bold
        while font.size > 12 and font.width(max(name.split(), key=len)) > self.width:
            font = font.resized(font.size - 2)
        self.field("company", self.write(name, font, anchor, "title"), [])
        if rng.random() < 0.4:
            number = f"{make.digits(5, 7)}-{rng.choice('ADHKMPTUVWX')}"
            self.line(
                rng.choice((f"({number})", f"Co. Reg No: {number}", f"Reg. {number}")), anchor
            )
        lines = make.malaysian_address() if self.asian else make.address()
        address = self.write(self.upper("\n".join(lines)), anchor=anchor, leading=self.gap)
        self.field("address", address, [])
        if rng.random() < 0.7:
            self.labelled("phone", make.phone(), anchor)
        if self.asian and rng.random() < 0.6:
            self.labelled("tax_id", make.digits(12), anchor)
        if rng.random() < 0.5:
            self.advance(0.4)
            self.line(rng.choice(TITLES), anchor, "title", theme.bold)

    def facts(self) -> None:
        """Date, time, number, cashier: labelled or not, alone or several a line."""
        rng, make = self.rng, self.make
        day = self.upper(make.format_date(make.day(2010, 2024), rng.choice(DATE_FORMATS)))
        clock, style = make.time(), rng.random()
        facts = {"date": day}
        if style < 0.4 and rng.random() < 0.6:
            facts["time"] = clock
        if rng.random() < 0.75:
            facts["number"] = make.identifier()
        if rng.random() < 0.5:
            facts["cashier"] = rng.choice((make.name().split()[0], make.digits(1, 3), make.name()))
        if rng.random() < 0.3:
            facts["table"] = make.digits(1, 2)
        pad = 12 if self.theme.label.face.style == "mono" and rng.random() < 0.5 else 0
        tabbed = rng.random() < 0.25
        for role in rng.sample(list(facts), len(facts)):
            if role == "date" and style >= 0.4:
                self._date_line(day, clock if rng.random() < 0.8 else "", labelled=style < 0.6)
            elif tabbed:
                self._tabbed(role, facts[role])
            else:
                self.labelled(role, facts[role], pad=pad)

    def _date_line(self, day: str, clock: str, labelled: bool) -> None:
        """Date and time on one line, at times with another number behind them."""
        rng = self.rng
        label = rng.choice(LABELS["date"]) if labelled else ""
        tail = rng.choice(("", "", f" #{self.make.digits(1, 2)}", f"  {self.make.digits(4, 6)}"))
        head = f"{label}: " if label else ""
        span = self.line(f"{head}{day} {clock}{tail}", rng.choice("llmr"))
        labels = [self.part(span, label)] if label else []
        self.field("date", [self.part(span, day, len(label))], labels, label)
        if clock:
            self.field("time", [self.part(span, clock, len(head) + len(day))], [])

    def _tabbed(self, role: str, value: str) -> None:
        label = self.rng.choice(LABELS[role])
        names, _ = self.label(self.left, self.y, label)
        x = max(self.left + self.width * 0.34, names[0].box[2] + self.theme.label.size * 0.8)
        at = self.canvas.text(x, self.y, f": {value}", self.theme.label, self.theme.ink, "value")
        self.field(role, [self.part(at, value)], names, label)
        self.advance()

    def items(self) -> float:
        """Item lines; gives their sum."""
        rng, make, theme, canvas = self.rng, self.make, self.theme, self.canvas
        two_rows, middle = rng.random() < 0.4, self.left + self.width * 0.62
        if rng.random() < 0.6:
            heads = [("item_head", self.left, "l"), ("amount_head", self.right, "r")]
            heads += [("count_head", middle, "r")] if rng.random() < 0.6 else []
            for name, x, anchor in heads:
                text = rng.choice(LABELS[name])
                canvas.text(x, self.y, text, theme.bold, theme.ink, "table", anchor)
            self.advance()
            self.separator()
        total, top = 0.0, rng.choice((15, 60, 400))
        for _ in range(rng.randint(1, rng.choice((3, 6, 12)))):
            count = rng.choice((1, 1, 1, 1, 2, 3, 5, 10))
            price = round(make.amount(0.5, top), 2)
            total += count * price
            names = wrap(
                self.upper(make.item()), theme.label, self.width * (0.95 if two_rows else 0.55)
            )
            spans, low = canvas.paragraph(
                self.left, self.y, names, theme.label, theme.ink, "table", leading=self.gap
            )
            if two_rows:
                self.y = low
                text, x, anchor = f"{count} x {price:,.2f}", self.left + 20, "l"
            else:
                text, x, anchor = str(count), middle, "r"
            if two_rows or rng.random() < 0.8:
                canvas.text(x, self.y, text, theme.label, theme.ink, "table", anchor)
            amount = f"{count * price:,.2f}"
            tail = rng.choice(("", "", "", " SR", " T"))
            at = canvas.text(
                self.right, self.y, amount + tail, theme.label, theme.ink, "table", "r"
            )
            self.field("item", [self.part(at, amount)], spans)
            self.y = max(self.y + round(theme.label.height * self.gap), low)
        return round(total, 2)

    def totals(self, subtotal: float) -> None:
        """The sums below the items, each with its label."""
        rng, theme = self.rng, self.theme
        tax = round(subtotal * rng.choice((0.06, 0.0825, 0.2, 0.0)), 2)
        total = round(subtotal + tax, 2)
        shares = {"subtotal": 0.7, "tax": 0.6, "discount": 0.3, "rounding": 0.35, "cash": 0.75}
        shown = {role for role, share in shares.items() if rng.random() < share}
        rounded = round(total * 20) / 20 if "rounding" in shown else total
        paid = rng.choice([rounded, *(float(-(-rounded // note) * note) for note in (10, 50))])
        amounts = {
            "subtotal": subtotal,
            "tax": tax,
            "discount": 0.0,
            "rounding": rounded - total,
            "total": rounded,
            "cash": paid,
        }
        if "cash" in shown and rng.random() < 0.85:
            amounts["change"] = paid - rounded
        start = self.left + rng.choice((0.0, 0.0, 0.2, 0.35)) * self.width
        flush_right, colon = rng.random() < 0.3, rng.choice(("", "", ":", " :"))
        large = theme.bold.resized(round(theme.bold.size * rng.uniform(1.2, 1.6)))
        strong = rng.choice((theme.label, theme.bold, large))
        for role, value in amounts.items():
            if role not in shown and role in shares:
                continue
            font = strong if role == "total" else theme.label
            text = self.upper(rng.choice(LABELS[role])) + colon
            number = self.amount(value)
            at = self.canvas.text(self.right, self.y, number, font, theme.ink, "value", "r")
            edge = at.box[0] - font.size
            left = max(self.left, min(start, edge - font.width(text)))
            if left + font.width(text) > edge:
                text = text.split()[0]
            x, anchor = (edge, "r") if flush_right else (left, "l")
            name = self.canvas.text(x, self.y, text, font, theme.ink, "label", anchor)
            if role in ("tax", "discount") and "%" not in text and rng.random() < 0.4:
                self._rate(name.box[2] + font.size * 0.6, edge)
            self.field(role, [at], [name], name.text.rstrip(": "))
            self.y += round(font.height * self.gap)
        if rng.random() < 0.35:
            self._tax_summary(subtotal, tax)

    def _rate(self, left: float, edge: float) -> None:
        """A rate between a label and its amount."""
        rng, font = self.rng, self.theme.label
        text = rng.choice(("{}%", "{} %", "({}%)", "@ {}%")).format(
            rng.choice(("6", "7", "19", "20", "8.25", "6.625", "9.5", "5.0", "10"))
        )
        if left + font.width(text) < edge:
            x, anchor = (left, "l") if rng.random() < 0.6 else (edge, "r")
            self.canvas.text(x, self.y, text, font, self.theme.ink, "table", anchor)

    def _tax_summary(self, subtotal: float, tax: float) -> None:
        self.separator()
        places = ((self.left, "l"), (self.left + self.width * 0.6, "r"), (self.right, "r"))
        sums = ("SR @ 6%", f"{subtotal:,.2f}", f"{tax:,.2f}")
        for row in (("GST Summary", "Amount(RM)", "Tax(RM)"), sums):
            for text, (x, anchor) in zip(row, places, strict=True):
                self.canvas.text(x, self.y, text, self.theme.small, self.theme.ink, "table", anchor)
            self.advance()

    def footer(self) -> None:
        self.advance(0.5)
        for text in self.rng.sample(FOOTERS, self.rng.randint(0, 3)):
            self.write(text, anchor="m", leading=self.gap)


def draw(rng: Random) -> PageCanvas:
    """A receipt of 350–700 by 400–1600 pixels; roles company, address, date, total and more."""
    receipt = _Receipt(rng)
    early = rng.random() < 0.75
    receipt.header()
    receipt.advance(rng.uniform(0.2, 1.2))
    if early:
        receipt.facts()
        receipt.separator()
    subtotal = receipt.items()
    receipt.separator()
    receipt.totals(subtotal)
    if not early:
        receipt.separator()
        receipt.facts()
    receipt.footer()
    canvas = receipt.canvas
    bottom = round(receipt.y) + rng.randint(10, 120)
    if rng.random() < 0.4:
        bottom = max(bottom, rng.randint(800, 1600))
    canvas.crop_to(bottom)
    return canvas
