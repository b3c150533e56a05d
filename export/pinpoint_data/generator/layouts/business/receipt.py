"""Till receipts: company and address without labels, items, totals; in the styles of many shops."""

from random import Random

from pinpoint_data.generator.fonts import load, pick
from pinpoint_data.generator.layouts.business.till_roll import TillRoll
from pinpoint_data.generator.page_builder import FormField, PageCanvas, wrap
from pinpoint_data.word_lists import words

TOTALS = words("receipts", "totals")
SUBTOTALS = words("receipts", "subtotals")
TAXES = words("receipts", "taxes")
CASH = words("receipts", "cash")
CHANGE = words("receipts", "change")
DATE_LABELS = words("receipts", "date_labels")
NUMBER_LABELS = words("receipts", "number_labels")
TITLES = words("receipts", "titles")
FOOTERS = words("receipts", "footers")
DATE_FORMATS = (
    *(
        "%d/%m/%Y",
        "%d/%m/%y",
        "%d-%m-%Y",
        "%m/%d/%Y",
        "%m/%d/%y",
        "%Y-%m-%d",
        "%d.%m.%Y",
        "%d-%b-%Y",
    ),
    *("%d-%m-%y", "%d %b %Y", "%d %b %y", "%b %d, %Y", "%d/%b/%Y", "%a %d %b %Y", "%A, %d %B, %Y"),
)


class _Receipt(TillRoll):
    """Draws one receipt from top to bottom."""

    def header(self) -> None:
        rng, width = self.rng, self.right - self.margin
        anchor = "m" if rng.random() < 0.75 else "l"
        if rng.random() < 0.12:
            self.line(self.make.name().upper(), anchor)
        name = self.make.malaysian_company() if self.asian else self.make.company()
        name = name.upper() if rng.random() < 0.6 else name
        big = rng.random() < 0.6
        face = pick(rng, "sans serif hand") if rng.random() < 0.2 else self.theme.title.face
        font = load(face, self.theme.title.size) if big else self.theme.bold
        while font.size > 12 and font.width(max(name.split(), key=len)) > width:
            font = font.resized(font.size - 2)
        x = self.canvas.width / 2 if anchor == "m" else self.margin
        spans, self.y = self.canvas.paragraph(
            x, self.y, wrap(name, font, width), font, self.theme.ink, "title", anchor
        )
        self.fields.append(FormField("", spans, "company"))
        if rng.random() < 0.4:
            number = f"{self.make.digits(5, 7)}-{rng.choice('ADHKMPTUVWX')}"
            self.line(
                rng.choice((f"({number})", f"Co. Reg No: {number}", f"Reg. {number}")), anchor
            )
        lines = self.make.malaysian_address() if self.asian else self.make.address()
        spans = []
        for line in lines:
            for piece in wrap(self.upper(line), self.theme.label, width):
                spans.append(self.line(piece, anchor))
        self.fields.append(FormField("", spans, "address"))
        if rng.random() < 0.7:
            self.labelled(
                rng.choice(("Tel", "TEL", "Phone", "Hotline")), self.make.phone(), anchor, "phone"
            )
        if self.asian and rng.random() < 0.6:
            label = rng.choice(("GST ID", "GST Reg No", "GST No", "GST ID No"))
            self.labelled(label, self.make.digits(12), anchor, "tax_id")
        if rng.random() < 0.5:
            self.advance(0.4)
            self.line(rng.choice(TITLES), anchor, bold=True, kind="title")

    def facts(self) -> None:
        """Date, time, number, cashier: labelled or not, alone or several a line."""
        rng, make = self.rng, self.make
        day = make.format_date(make.day(2010, 2024), rng.choice(DATE_FORMATS))
        day, clock = self.upper(day), make.time()
        style = rng.random()
        rows = []
        if style < 0.4:
            rows.append(("date", rng.choice(DATE_LABELS), day))
            if rng.random() < 0.6:
                rows.append(("time", rng.choice(("Time", "TIME", "Print Time")), clock))
        elif style < 0.6:
            rows.append(("date", rng.choice(DATE_LABELS), f"{day} {clock}"))
        else:
            rows.append(("date", "", f"{day} {clock}" if rng.random() < 0.7 else day))
        if rng.random() < 0.75:
            rows.append(("number", rng.choice(NUMBER_LABELS), make.identifier()))
        if rng.random() < 0.5:
            name = rng.choice((make.name().split()[0], make.digits(1, 3), make.name()))
            rows.append(("cashier", rng.choice(("Cashier", "CASHIER", "Served by", "Staff")), name))
        if rng.random() < 0.3:
            rows.append(
                ("table", rng.choice(("Table", "Table No", "Counter", "Till")), make.digits(1, 2))
            )
        rng.shuffle(rows)
        pad = 12 if self.theme.label.face.style == "mono" and rng.random() < 0.5 else 0
        tabbed = rng.random() < 0.25
        for role, label, value in rows:
            if role == "date" and " " in value and clock in value:
                self._date_line(label, day, value, clock)
            elif not label:
                self.fields.append(FormField("", [self.line(value, rng.choice("llmr"))], role))
            elif tabbed:
                self._tabbed(label, value, role)
            else:
                self.labelled(label, value, "l", role, pad)

    def _date_line(self, label: str, day: str, value: str, clock: str) -> None:
        tail = self.rng.choice(
            ("", "", f" #{self.make.digits(1, 2)}", f"  {self.make.digits(4, 6)}")
        )
        head = f"{label}: " if label else ""
        span = self.line(head + value + tail, self.rng.choice("llm"))
        font, parts = self.theme.label, self.canvas.parts
        labels = [parts(span, font, 0, len(label))] if label else []
        start = len(head)
        self.fields.append(
            FormField(label, [parts(span, font, start, start + len(day))], "date", labels)
        )
        start = span.text.index(clock, start + len(day))
        self.fields.append(FormField("", [parts(span, font, start, start + len(clock))], "time"))

    def _tabbed(self, label: str, value: str, role: str) -> None:
        font, ink = self.theme.label, self.theme.ink
        name = self.canvas.text(self.margin, self.y, label, font, ink, "label")
        x = self.margin + (self.right - self.margin) * 0.34
        x = max(x, name.box[2] + font.size * 0.8)
        at = self.canvas.text(x, self.y, f": {value}", font, ink, "value")
        self.fields.append(
            FormField(label, [self.canvas.parts(at, font, 2, len(at.text))], role, [name])
        )
        self.advance()

    def items(self) -> float:
        """Item lines; gives their sum."""
        rng, make, theme = self.rng, self.make, self.theme
        two_rows = rng.random() < 0.4
        columns = rng.random() < 0.6
        if columns:
            self.canvas.text(
                self.margin,
                self.y,
                rng.choice(("Item", "DESCRIPTION", "Description")),
                theme.bold,
                theme.ink,
                "table",
            )
            self.canvas.text(
                self.right,
                self.y,
                rng.choice(("Amount", "PRICE", "Total", "Amt(RM)")),
                theme.bold,
                theme.ink,
                "table",
                "r",
            )
            if rng.random() < 0.6:
                x = self.margin + (self.right - self.margin) * 0.62
                self.canvas.text(
                    x, self.y, rng.choice(("Qty", "QTY")), theme.bold, theme.ink, "table", "r"
                )
            self.advance()
            self.separator()
        total = 0.0
        top = rng.choice((15, 60, 400))
        for _ in range(rng.randint(1, rng.choice((3, 6, 12)))):
            count = rng.choice((1, 1, 1, 1, 2, 3, 5, 10))
            price = round(make.amount(0.5, top), 2)
            total += count * price
            name = self.upper(make.item())
            price_text = f"{count * price:,.2f}" + rng.choice(("", "", "", " SR", " T"))
            room = (self.right - self.margin) * (0.95 if two_rows else 0.55)
            first = wrap(name, theme.label, room)
            spans, y = self.canvas.paragraph(
                self.margin, self.y, first, theme.label, theme.ink, "table", leading=self.gap
            )
            self.y = y if two_rows else self.y
            if two_rows:
                detail = f"{count} x {price:,.2f}"
                self.canvas.text(self.margin + 20, self.y, detail, theme.label, theme.ink, "table")
            elif rng.random() < 0.8:
                x = self.margin + (self.right - self.margin) * 0.62
                self.canvas.text(x, self.y, str(count), theme.label, theme.ink, "table", "r")
            at = self.canvas.text(
                self.right, self.y, price_text, theme.label, theme.ink, "table", "r"
            )
            value = self.canvas.parts(at, theme.label, 0, len(f"{count * price:,.2f}"))
            self.fields.append(FormField(" ".join(s.text for s in spans), [value], "item", spans))
            self.y = max(self.y + round(theme.label.height * self.gap), y)
        return round(total, 2)

    def totals(self, subtotal: float) -> None:
        rng = self.rng
        rows: list[tuple[str, str, str]] = []
        tax = round(subtotal * rng.choice((0.06, 0.0825, 0.2, 0.0)), 2)
        total = round(subtotal + tax, 2)
        if rng.random() < 0.7:
            rows.append(("subtotal", rng.choice(SUBTOTALS), self.amount(subtotal)))
        if rng.random() < 0.6:
            rows.append(("tax", rng.choice(TAXES), self.amount(tax)))
        if rng.random() < 0.3:
            rows.append(("discount", rng.choice(("Discount", "DISC", "Less")), self.amount(0)))
        if rng.random() < 0.35:
            rounded = round(total * 20) / 20
            rows.append(
                (
                    "rounding",
                    rng.choice(("Rounding", "Rounding Adj", "Round Adj")),
                    f"{rounded - total:.2f}",
                )
            )
            total = rounded
        rows.append(("total", rng.choice(TOTALS), self.amount(total)))
        if rng.random() < 0.75:
            paid = rng.choice((total, float(-(-total // 10) * 10), float(-(-total // 50) * 50)))
            rows.append(("cash", rng.choice(CASH), self.amount(paid)))
            if rng.random() < 0.85:
                rows.append(("change", rng.choice(CHANGE), self.amount(paid - total)))
        left = self.margin + rng.choice((0.0, 0.0, 0.2, 0.35)) * (self.right - self.margin)
        flush_right, colon = rng.random() < 0.3, rng.choice(("", "", ":", " :"))
        strong = rng.choice(("none", "bold", "large"))
        for role, label, value in rows:
            font = self.theme.label
            if role == "total" and strong != "none":
                font = self.theme.bold
                if strong == "large":
                    font = font.resized(round(font.size * rng.uniform(1.2, 1.6)))
            text = self.upper(label) + colon
            at = self.canvas.text(self.right, self.y, value, font, self.theme.ink, "value", "r")
            edge = at.box[0] - font.size
            while left > self.margin and left + font.width(text) > edge:
                left = max(self.margin, left - 30)
            if left + font.width(text) > edge:
                text = text.split()[0]
            anchor, x = ("r", edge) if flush_right else ("l", left)
            name = self.canvas.text(x, self.y, text, font, self.theme.ink, "label", anchor)
            printed = name.text.rstrip(": ")
            self.fields.append(FormField(printed, [at], role, [name]))
            self.y += round(font.height * self.gap)
        if rng.random() < 0.35:
            self._tax_summary(subtotal, tax)

    def _tax_summary(self, subtotal: float, tax: float) -> None:
        self.separator()
        middle = self.margin + (self.right - self.margin) * 0.6
        rows = [
            ("GST Summary", "Amount(RM)", "Tax(RM)"),
            ("SR @ 6%", f"{subtotal:,.2f}", f"{tax:,.2f}"),
        ]
        for row in rows:
            for text, x, anchor in zip(row, (self.margin, middle, self.right), "lrr", strict=True):
                self.canvas.text(x, self.y, text, self.theme.small, self.theme.ink, "table", anchor)
            self.advance()

    def footer(self) -> None:
        self.advance(0.5)
        for text in self.rng.sample(FOOTERS, self.rng.randint(0, 3)):
            for piece in wrap(text, self.theme.label, self.right - self.margin):
                self.line(piece, "m")


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
    canvas.image = canvas.image.crop((0, 0, canvas.width, min(canvas.height, bottom)))
    return canvas
