"""A small form, drawn, with a reader that knows its lines."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from pinpoint_data.templates.page_lines import Line
from pinpoint_edge.vision.page import Page

SIZE = 800, 1000
TALL, WIDE = 20, 10  # of a letter
LABELS = {
    "name": ("1. Name of member", 60, 100),
    "number": ("2. Member No.", 500, 100),
    "address": ("3. Address to which the card", 60, 220),
    "address_2": ("is sent:", 84, 244),
    "visit": ("4. Date of visit", 60, 400),
    "kind": ("5. Kind of membership:", 60, 500),
    "new": ("New member", 120, 540),
    "old": ("Renewal of a card", 120, 580),
    "signature": ("Signature of the member", 60, 680),
}
TEMPLATE = """
name = "membership"
printed = ["Form 12 of the club"]
[labels]
name = ["1. Name of member"]
number = ["2. Member No."]
address = ["3. Address to which the card is sent:"]
visit = ["4. Date of visit"]
kind = ["5. Kind of membership:"]
new = ["New member"]
old = ["Renewal of a card"]
signature = ["Signature of the member"]
[[fields]]
name = "name"
kind = "text"
label = "name"
questions = ["Who is the member?", "Member's name?"]
[[fields]]
name = "number"
kind = "number"
label = "number"
foot = "address"
questions = ["Which number?"]
[[fields]]
name = "address"
kind = "lines"
label = "address"
questions = ["Where does the card go?"]
[[fields]]
name = "visit"
kind = "date"
label = "visit"
where = "right"
questions = ["When did they come?"]
[[fields]]
name = "kind"
kind = "choice"
label = "kind"
options = ["new", "old"]
questions = ["What kind of membership is it?"]
[[fields]]
name = "new"
kind = "ticked"
label = "new"
questions = ["Is New member ticked?"]
[[fields]]
name = "signature"
kind = "signature"
label = "signature"
offset = [12.0, -2.0, 30.0, 2.0]
questions = ["Is it signed?"]
[[editions]]
name = "only one"
[editions.labels]
name = [60, 100, 230, 120]
number = [500, 100, 620, 120]
address = [60, 220, 340, 264]
visit = [60, 400, 220, 420]
kind = [60, 500, 270, 520]
new = [120, 540, 220, 560]
old = [120, 580, 290, 600]
signature = [60, 680, 290, 700]
"""
VALUES = {
    "who": ("Ada Lovelace", 80, 140),
    "no": ("4711", 510, 140),
    "street": ("12 Analytical Row", 90, 280),
    "town": ("London N1", 90, 304),
    "when": ("3 May 1990", 240, 400),
}


@dataclass
class DrawnForm:
    """What is on a page: texts at places, ticks, a signature; then shifted, turned, noised."""

    texts: dict[str, tuple[str, float, float]] = field(default_factory=lambda: {**LABELS, **VALUES})
    ticked: str = "new"
    signed: bool = True
    shift: tuple[float, float] = (0.0, 0.0)
    degrees: float = 0.0
    noise: float = 0.0
    confidence: dict[str, float] = field(default_factory=dict)

    def _moved(self, x: float, y: float) -> tuple[float, float]:
        turn = math.radians(self.degrees)
        x, y = x - SIZE[0] / 2, y - SIZE[1] / 2
        return (
            x * math.cos(turn) - y * math.sin(turn) + SIZE[0] / 2 + self.shift[0],
            x * math.sin(turn) + y * math.cos(turn) + SIZE[1] / 2 + self.shift[1],
        )

    def lines(self) -> list[Line]:
        """The lines as a reader gives them."""
        found = []
        for name, (text, x, y) in self.texts.items():
            right = x + WIDE * len(text)
            corners = ((x, y), (right, y), (right, y + TALL), (x, y + TALL))
            spans = tuple((n / len(text), (n + 1) / len(text)) for n in range(len(text)))
            quad = tuple(self._moved(*corner) for corner in corners)
            found.append(Line(quad, text, self.confidence.get(name, 0.99), spans))
        return found

    def page(self, source: str = "form.png") -> Page:
        """The page: bars for letters, frames and their ticks, a wave for the signature."""
        image = Image.new("L", SIZE, 255)
        pen = ImageDraw.Draw(image)
        for text, x, y in self.texts.values():
            for n, letter in enumerate(text):
                if letter != " ":
                    at = x + n * WIDE
                    pen.line([self._moved(at + 4, y + 4), self._moved(at + 4, y + 16)], 0, 2)
        for name in ("new", "old"):
            x, y = LABELS[name][1] - 34, LABELS[name][2] + 2
            corners = [(x, y), (x + 16, y), (x + 16, y + 16), (x, y + 16), (x, y)]
            pen.line([self._moved(*corner) for corner in corners], 0, 2)
            if self.ticked == name:
                for line in (
                    ((x + 2, y + 2), (x + 14, y + 14)),
                    ((x + 2, y + 14), (x + 14, y + 2)),
                ):
                    pen.line([self._moved(*point) for point in line], 0, 3)
        if self.signed:
            wave = [(330 + 4 * n, 690 + 22 * math.sin(n / 2)) for n in range(50)]
            pen.line([self._moved(*point) for point in wave], 0, 3)
        pixels = np.array(image)
        specks = np.random.default_rng(1).random(pixels.shape) < self.noise
        pixels[specks] = 0
        return Page(np.repeat(pixels[:, :, None], 3, 2), source, 0)


class KnownLines:
    """A reader that knows the lines of each page by its file's name."""

    name = "known"

    def __init__(self, forms: dict[str, DrawnForm | None]) -> None:
        self.forms = forms
        self.reads = 0

    def find(self, page: Page) -> list[Line]:
        """The lines of a page, unread."""
        form = self.forms[Path(page.source).name]
        return [Line(line.quad) for line in form.lines()] if form else []

    def read(self, page: Page, lines: Sequence[Line]) -> list[Line]:
        """Read lines of a page."""
        self.reads += 1
        form = self.forms[Path(page.source).name]
        known = {_place(line): line for line in form.lines()} if form else {}
        return [known[_place(line)] for line in lines]


def _place(line: Line) -> tuple[int, int]:
    return round(10 * line.quad[0][0]), round(10 * line.quad[0][1])
