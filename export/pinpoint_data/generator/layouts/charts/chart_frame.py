"""What every chart has around its plot: title, note of the unit, legend, source."""

from dataclasses import dataclass, field
from random import Random

from pinpoint_data.generator.fonts import Font
from pinpoint_data.generator.layouts.charts import shapes
from pinpoint_data.generator.page_builder import Canvas, Colour, Span, Theme, wrap
from pinpoint_data.generator.sample import Box
from pinpoint_data.generator.text import phrase_lists
from pinpoint_data.generator.text.topics import Topic, joined

SOURCES = joined(phrase_lists.SOURCES)


@dataclass
class Chart:
    """A drawn chart: the spans of all its words; what was not printed is empty or None."""

    topic: Topic
    kind: str
    box: Box
    title: list[Span] = field(default_factory=list)
    note: list[Span] = field(default_factory=list)
    unit: list[Span] = field(default_factory=list)
    labels: list[list[Span]] = field(default_factory=list)
    legend: list[list[Span]] = field(default_factory=list)
    values: list[list[Span | None]] = field(default_factory=list)
    value_axis: list[Span] = field(default_factory=list)
    category_axis: list[Span] = field(default_factory=list)
    ticks: list[Span] = field(default_factory=list)
    source: list[Span] = field(default_factory=list)

    @property
    def heading(self) -> list[Span]:
        """What tells the chart's subject and unit."""
        return [*self.title, *self.note, *self.value_axis]


@dataclass
class Look:
    """Fonts and colours of a chart; `paper` is what it stands on."""

    theme: Theme
    title: Font
    label: Font
    value: Font
    colours: list[Colour]
    paper: Colour
    ink: Colour
    faint: Colour

    @classmethod
    def random(cls, rng: Random, theme: Theme, size: int, paper: Colour) -> "Look":
        """A look for a chart whose labels are `size` pixels high."""
        dark = shapes.brightness(paper) < 140
        ink: Colour = (
            (255, 255, 255) if dark else rng.choice(((0, 0, 0), (30, 30, 30), (60, 60, 70)))
        )
        faint: Colour = (150, 150, 150) if dark else rng.choice(((200, 200, 200), (225, 225, 225)))
        value = theme.bold if rng.random() < 0.35 else theme.label
        colours = shapes.palette(rng)
        if dark:
            colours = [tuple(min(255, 90 + c) for c in colour) for colour in colours]  # type: ignore[misc]
        return cls(
            theme,
            theme.title.resized(round(size * rng.uniform(1.15, 1.7))),
            theme.label.resized(size),
            value.resized(max(11, size - rng.choice((0, 0, 1)))),
            colours,
            paper,
            ink,
            faint,
        )


class Frame:
    """A chart being drawn; `left`, `top`, `right` and `bottom` bound what is left for the plot."""

    def __init__(
        self, rng: Random, canvas: Canvas, look: Look, topic: Topic, kind: str, box: Box
    ) -> None:
        self.rng, self.canvas, self.look, self.topic = rng, canvas, look, topic
        self.left, self.top, self.right, self.bottom = box
        self.chart = Chart(topic, kind, box)

    @property
    def width(self) -> float:
        """Width that is left."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Height that is left."""
        return self.bottom - self.top

    def heading(self) -> None:
        """Title at the top, then the unit where the numbers do not carry it."""
        rng, look, topic = self.rng, self.look, self.topic
        anchor = rng.choice("lmm")
        x = self.left if anchor == "l" else (self.left + self.right) / 2
        lines = wrap(topic.title, look.title, self.width - 8)
        font = look.title
        if len(lines) > 2:
            font = look.title.resized(max(look.label.size, round(look.title.size * 0.75)))
            lines = wrap(topic.title, font, self.width - 8)
        self.chart.title, self.top = self.canvas.paragraph(
            x, self.top, lines, font, look.ink, "title", anchor, 1.15
        )
        if topic.unit_note and rng.random() < 0.4:
            note = rng.choice(("in {u}", "({u})", "Values in {u}", "{n}, in {u}", "{n} ({u})"))
            text = note.format(u=topic.unit_note, n=topic.measure.name)
            if look.label.width(text) < self.width:
                span = self.canvas.text(x, self.top, text, look.label, look.ink, "text", anchor)
                self.chart.note, at = [span], text.rindex(topic.unit_note)
                end = at + len(topic.unit_note)
                self.chart.unit = [self.canvas.parts(span, look.label, at, end)]
                self.top += look.label.height * 1.3
        self.top += look.label.size * 0.6

    def footer(self) -> None:
        """The source of the data, at times."""
        if self.rng.random() > 0.35:
            return
        font = self.look.label.resized(max(11, round(self.look.label.size * 0.85)))
        name = self.rng.choice(SOURCES) + self.rng.choice(("", f", {self.rng.randint(2001, 2025)}"))
        text = self.rng.choice(("Source: ", "Source: ", "Data: ", "Data source: ")) + name
        if font.width(text) > self.width:
            return
        anchor = self.rng.choice("llr")
        x = self.left if anchor == "l" else self.right
        y = self.bottom - font.height
        span = self.canvas.text(x, y, text, font, self.look.ink, "text", anchor)
        self.chart.source = [self.canvas.parts(span, font, text.index(": ") + 2, len(text))]
        self.bottom = y - font.size * 0.4

    def legend(self, names: tuple[str, ...], place: str) -> bool:
        """The names with their colours at `top`, `bottom` or `right`; False if there is no room."""
        look, swatch = self.look, round(self.look.label.size * 0.8)
        step = round(look.label.height * 1.35)
        widths = [swatch + 6 + look.label.width(name) for name in names]
        if place == "right":
            wide = max(widths) + look.label.size
            if wide > self.width * 0.4 or step * len(names) > self.height:
                return False
            x = self.right - wide + look.label.size * 0.5
            y = self.top + max(0.0, (self.height - step * len(names)) * self.rng.choice((0, 0.3)))
            self.right -= wide + look.label.size * 0.5
            for i, name in enumerate(names):
                self._entry(i, name, x, y + i * step, swatch)
            return True
        gap = look.label.size * 1.4
        rows: list[list[int]] = [[]]
        for i, wide in enumerate(widths):
            if rows[-1] and sum(widths[j] + gap for j in rows[-1]) + wide > self.width:
                rows.append([])
            rows[-1].append(i)
        if max(widths) > self.width or len(rows) * step > self.height * 0.3:
            return False
        y = self.top if place == "top" else self.bottom - len(rows) * step
        for row in rows:
            x = self.left + (self.width - sum(widths[j] for j in row) - gap * (len(row) - 1)) / 2
            for i in row:
                self._entry(i, names[i], x, y, swatch)
                x += widths[i] + gap
            y += step
        if place == "top":
            self.top = y + look.label.size * 0.4
        else:
            self.bottom -= len(rows) * step + look.label.size * 0.4
        return True

    def _entry(self, number: int, name: str, x: float, y: float, swatch: int) -> None:
        look = self.look
        middle = y + look.label.ascent - look.label.size * 0.36
        box = (x, middle - swatch / 2, x + swatch, middle + swatch / 2)
        self.canvas.frame(box, self.colour(number), self.colour(number))
        span = self.canvas.text(x + swatch + 6, y, name, look.label, look.ink, "label")
        self.chart.legend.append([span])

    def colour(self, number: int) -> Colour:
        """The colour of a series or slice."""
        return self.look.colours[number % len(self.look.colours)]
