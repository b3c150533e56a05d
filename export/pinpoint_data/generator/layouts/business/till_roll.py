"""The paper of a till: its fonts and margins, and lines printed one below another."""

from random import Random

from pinpoint_data.generator.page_builder import FormField, PageCanvas, TextSpan, Theme
from pinpoint_data.generator.text.vocabulary import Maker


class TillRoll:
    """A receipt that is printed from top to bottom; `y` is the pen."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.make = Maker(rng)
        self.make.strip_zeros = rng.random() < 0.1
        self.asian = rng.random() < 0.55
        if self.asian:
            self.symbol = rng.choice(("", "", "RM ", "RM", "S$"))
        else:
            self.symbol = rng.choice(("", "$", "$", "€", "£"))
        width = rng.randint(350, 700)
        size = max(11, round(width / rng.uniform(24, 36)))
        styles = rng.choice(("sans", "mono", "mono", "narrow", "sans", "serif"))
        self.theme = Theme.random(rng, size, styles, styles)
        self.theme.value = self.theme.label
        self.canvas = PageCanvas(width, 3000)
        self.margin = width * rng.uniform(0.03, 0.12)
        self.right = width - self.margin
        self.y = float(rng.randint(12, 90))
        self.gap = rng.uniform(1.1, 1.5)
        self.fields = self.canvas.fields

    def upper(self, text: str) -> str:
        return text.upper() if self.make.upper else text

    def amount(self, value: float) -> str:
        return f"{self.symbol}{value:,.2f}"

    def advance(self, factor: float = 1.0) -> None:
        self.y += round(self.theme.label.height * self.gap * factor)

    def line(self, text: str, anchor: str, bold: bool = False, kind: str = "text") -> TextSpan:
        font = self.theme.bold if bold else self.theme.label
        x = {"l": self.margin, "m": self.canvas.width / 2, "r": self.right}[anchor]
        span = self.canvas.text(x, self.y, text, font, self.theme.ink, kind, anchor)
        self.advance()
        return span

    def separator(self) -> None:
        choice = self.rng.random()
        middle = self.y + self.theme.label.height * 0.3
        if choice < 0.35:
            self.canvas.rule(self.margin, middle, self.right, self.theme.ink, dash=4)
        elif choice < 0.6:
            self.canvas.rule(self.margin, middle, self.right, self.theme.ink)
        elif choice < 0.8:
            sign = self.rng.choice("-=*_")
            count = int((self.right - self.margin) / self.theme.label.width(sign))
            self.canvas.text(self.margin, self.y, sign * count, self.theme.label, self.theme.ink)
        self.advance(0.8)

    def labelled(self, label: str, value: str, anchor: str, role: str, pad: int = 0) -> None:
        """`label: value` on one text line."""
        colon = self.rng.choice((": ", ":", " : ", ". ", " "))
        if pad:
            colon = " " * max(0, pad - len(label)) + ": "
        span = self.line(f"{label}{colon}{value}", anchor)
        start = len(span.text) - len(value)
        font = self.theme.label
        self.fields.append(
            FormField(
                label,
                [self.canvas.parts(span, font, start, len(span.text))],
                role,
                [self.canvas.parts(span, font, 0, len(label))],
            )
        )
