"""The panels of an infographic: big numbers, rankings, pairs, timelines, steps, charts, text.

A panel knows its height before it is drawn, so that a page can be laid out around it.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from random import Random

from pinpoint_data.generator.fonts import Font
from pinpoint_data.generator.layouts.charts import shapes
from pinpoint_data.generator.layouts.charts.chart import Chart
from pinpoint_data.generator.layouts.charts.chart_page import draw_any
from pinpoint_data.generator.layouts.charts.look import Look
from pinpoint_data.generator.page_builder import Colour, PageCanvas, TextSpan, Theme, answered, wrap
from pinpoint_data.generator.synthetic_page import SyntheticQuestion
from pinpoint_data.generator.text import prose


@dataclass
class Style:
    """What all panels of a page share, and how one of them is coloured."""

    rng: Random
    theme: Theme
    accent: Colour
    fill: Colour
    ink: Colour
    centred: bool = False

    @property
    def strong(self) -> Colour:
        """The accent where it can be read on the panel, else the ink."""
        far = abs(shapes.brightness(self.accent) - shapes.brightness(self.fill)) > 110
        return self.accent if far else self.ink

    def look(self, size: int) -> Look:
        """A chart's look on this panel."""
        return Look.random(self.rng, self.theme, size, self.fill)


@dataclass
class Drawn:
    """What the panels of a page left to ask."""

    charts: list[Chart] = field(default_factory=list)
    questions: list[SyntheticQuestion] = field(default_factory=list)


class Panel(ABC):
    """A block of one column; `height` in pixels with its padding."""

    def __init__(self, style: Style, width: float) -> None:
        self.style, self.rng, self.theme = style, style.rng, style.theme
        self.pad = style.theme.label.size * 0.8
        self.inner = width - 2 * self.pad
        self.height = 0.0

    @abstractmethod
    def draw(self, canvas: PageCanvas, x: float, y: float, drawn: Drawn) -> None:
        """Draws the panel with its top left corner at `x`, `y`."""

    def place(self, x: float) -> tuple[float, str]:
        """Where centred or left-aligned text is set."""
        return (x + self.pad + self.inner / 2, "m") if self.style.centred else (x + self.pad, "l")


@dataclass(frozen=True)
class BigNumber:
    """A big number with its caption and the questions for the number."""

    number: str
    caption: str
    wordings: tuple[str, ...]


class Stat(Panel):
    """A big number over or beside what it counts, with or without a picture."""

    def __init__(self, style: Style, width: float, figure: BigNumber) -> None:
        super().__init__(style, width)
        rng, self.figure = self.rng, figure
        big = round(self.theme.label.size * rng.uniform(2.0, 3.4))
        self.big = self.theme.bold.resized(big)
        while self.big.width(figure.number) > self.inner and self.big.size > 12:
            self.big = self.big.resized(self.big.size - 4)
        self.icon = big * 1.1 if rng.random() < 0.5 else 0.0
        self.beside = self.big.width(figure.number) < self.inner * 0.4 and rng.random() < 0.4
        room = self.inner - (self.big.width(figure.number) + self.pad if self.beside else 0)
        self.lines = wrap(figure.caption, self.theme.label, room)
        text = len(self.lines) * round(self.theme.label.height * 1.2)
        if self.beside:
            self.icon = 0.0
            self.height = 2 * self.pad + max(text, self.big.height)
        else:
            step = self.icon + self.pad * 0.6 if self.icon else 0
            self.height = 2 * self.pad + step + self.big.height * 1.15 + text

    def draw(self, canvas: PageCanvas, x: float, y: float, drawn: Drawn) -> None:
        style, figure = self.style, self.figure
        at, anchor = self.place(x)
        y += self.pad
        if self.icon:
            left = at - self.icon / 2 if anchor == "m" else at
            box = (left, y, left + self.icon, y + self.icon)
            shapes.icon(canvas, self.rng, box, style.strong)
            y += self.icon + self.pad * 0.6
        if self.beside:
            at, anchor = x + self.pad, "l"
        number = canvas.text(at, y, figure.number, self.big, style.strong, "value", anchor)
        if self.beside:
            at += self.big.width(figure.number) + self.pad
        else:
            y += self.big.height * 1.15
        lines, _ = canvas.paragraph(
            at, y, self.lines, self.theme.label, style.ink, "label", anchor, 1.2
        )
        question = self.rng.choice(figure.wordings)
        if self.rng.random() < 0.2:
            form = self.rng.choice(
                ("What does {n} stand for?", "What is {n}?", "What does the number {n} tell?")
            )
            about = answered(form.format(n=number.text), lines, [number], "text")
            drawn.questions.append(about)
        else:
            drawn.questions.append(answered(question, [number], lines, "value"))


class Headed(Panel):
    """A panel with a heading."""

    def __init__(self, style: Style, width: float, title: str) -> None:
        super().__init__(style, width)
        self.title = title
        self.font: Font = self.theme.bold.resized(round(self.theme.label.size * 1.15))
        self.head = wrap(title, self.font, self.inner)
        self.step = round(self.theme.label.height * self.rng.uniform(1.3, 1.8))
        self.height = 2 * self.pad + len(self.head) * round(self.font.height * 1.2) + self.pad * 0.5

    def heading(self, canvas: PageCanvas, x: float, y: float) -> tuple[list[TextSpan], float]:
        """Draws the heading; gives its spans and the y below it."""
        at, anchor = self.place(x)
        spans, y = canvas.paragraph(
            at, y + self.pad, self.head, self.font, self.style.strong, "title", anchor, 1.2
        )
        return spans, y + self.pad * 0.5


class ChartPanel(Panel):
    """A small chart."""

    def __init__(self, style: Style, width: float) -> None:
        super().__init__(style, width)
        self.height = max(width * self.rng.uniform(0.62, 0.9), 16 * self.theme.label.size)

    def draw(self, canvas: PageCanvas, x: float, y: float, drawn: Drawn) -> None:
        size = max(12, round(self.theme.label.size * 0.92))
        box = (x + self.pad, y + self.pad, x + self.pad + self.inner, y + self.height - self.pad)
        drawn.charts.append(draw_any(self.rng, canvas, self.style.look(size), box))


class Note(Headed):
    """A heading with one sentence that states a fact."""

    def __init__(self, style: Style, width: float, title: str) -> None:
        super().__init__(style, width, title)
        self.fact, self.slots = self.rng.choice(prose.FACTS), prose.values(self.rng)
        self.text, self.places = prose.fill(self.fact.sentence, self.slots)
        self.text = self.text[0].upper() + self.text[1:]
        self.lines = wrap(self.text, self.theme.label, self.inner)
        self.height += len(self.lines) * round(self.theme.label.height * 1.25)

    def draw(self, canvas: PageCanvas, x: float, y: float, drawn: Drawn) -> None:
        _, y = self.heading(canvas, x, y)
        font = self.theme.label
        spans, _ = canvas.paragraph(
            x + self.pad, y, self.lines, font, self.style.ink, "text", "l", 1.25
        )
        wording, names = self.rng.choice(self.fact.questions)
        answer = [
            span
            for name in names.split("+")
            for span in prose.pieces(canvas, spans, font, *self.places[name])
        ]
        question, _ = prose.fill(wording, self.slots)
        drawn.questions.append(answered(question, answer, spans, "text"))
