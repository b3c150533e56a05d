"""The panels of an infographic: big numbers, rankings, pairs, timelines, steps, charts, text.

A panel knows its height before it is drawn, so that a page can be laid out around it.
"""

from dataclasses import dataclass, field
from random import Random

from pinpoint_export.data import prose, topic_lists
from pinpoint_export.data.fonts import Font
from pinpoint_export.data.layouts import shapes
from pinpoint_export.data.layouts.chart_frame import Chart, Look
from pinpoint_export.data.layouts.charts import draw_any
from pinpoint_export.data.page_builder import Canvas, Colour, Field, Span, Theme, wrap
from pinpoint_export.data.prose import answered, boxes
from pinpoint_export.data.sample import Question
from pinpoint_export.data.topics import joined, make_topic
from pinpoint_export.data.words import by_semicolon

RANKED = by_semicolon(
    'Which {noun} is ranked {n} in "{t}"?;Who is number {n} in "{t}"?;Number {n} of "{t}";'
    'What is in place {n} of "{t}"?;Which {noun} takes place {n} in the list "{t}"?'
)
RANK = by_semicolon(
    'What is the rank of {c} in "{t}"?;In which place is {c} in "{t}"?;'
    'Which number has {c} in "{t}"?;Rank of {c} ("{t}")'
)
HAPPENED = by_semicolon(
    "What happened in {y}?;Which event took place in {y}?;What is the milestone of {y}?;"
    "What does the timeline say for {y}?;{y}: what happened?"
)
WHEN = by_semicolon(
    'When: "{e}"?;In which year does the timeline place "{e}"?;What is the year of "{e}"?;'
    'Which year belongs to "{e}"?'
)
STEP = by_semicolon(
    "What is step {n}?;What has to be done in step {n}?;What does step {n} say?;Step {n}"
)
STEP_NUMBER = by_semicolon(
    'Which step is "{e}"?;What is the number of the step "{e}"?;In which step: "{e}"?'
)
STEPS = by_semicolon(
    "How many steps are there?;How many steps are shown?;What is the number of steps?;"
    "Count the steps."
)


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
    asked: list[Question] = field(default_factory=list)


class Panel:
    """A block of one column; `height` in pixels with its padding."""

    def __init__(self, style: Style, width: float) -> None:
        self.style, self.rng, self.theme = style, style.rng, style.theme
        self.pad = style.theme.label.size * 0.8
        self.inner = width - 2 * self.pad
        self.height = 0.0

    def draw(self, canvas: Canvas, x: float, y: float, drawn: Drawn) -> None:
        """Draws the panel with its top left corner at `x`, `y`."""
        raise NotImplementedError

    def place(self, x: float) -> tuple[float, str]:
        """Where centred or left-aligned text stands."""
        return (x + self.pad + self.inner / 2, "m") if self.style.centred else (x + self.pad, "l")


@dataclass(frozen=True)
class Figure:
    """A big number with its caption and the questions for the number."""

    number: str
    caption: str
    wordings: tuple[str, ...]


class Stat(Panel):
    """A big number over or beside what it counts, with or without a picture."""

    def __init__(self, style: Style, width: float, figure: Figure) -> None:
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

    def draw(self, canvas: Canvas, x: float, y: float, drawn: Drawn) -> None:
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
            about = answered(form.format(n=number.text), lines, [number, *lines], "text")
            drawn.asked.append(about)
        else:
            drawn.asked.append(answered(question, [number], [*lines, number], "value"))


class Headed(Panel):
    """A panel with a heading."""

    def __init__(self, style: Style, width: float, title: str) -> None:
        super().__init__(style, width)
        self.title = title
        self.font: Font = self.theme.bold.resized(round(self.theme.label.size * 1.15))
        self.head = wrap(title, self.font, self.inner)
        self.step = round(self.theme.label.height * self.rng.uniform(1.3, 1.8))
        self.height = 2 * self.pad + len(self.head) * round(self.font.height * 1.2) + self.pad * 0.5

    def heading(self, canvas: Canvas, x: float, y: float) -> tuple[list[Span], float]:
        """Draws the heading; gives its spans and the y below it."""
        at, anchor = self.place(x)
        spans, y = canvas.paragraph(
            at, y + self.pad, self.head, self.font, self.style.strong, "title", anchor, 1.2
        )
        return spans, y + self.pad * 0.5


class Ranking(Headed):
    """A list of names with their numbers, the largest first."""

    def __init__(self, style: Style, width: float) -> None:
        rng = style.rng
        self.topic = make_topic(rng, False, rng.randint(3, 8), 1)
        super().__init__(style, width, self.topic.title)
        order = sorted(range(len(self.topic.categories)), key=lambda c: -self.topic.values[0][c])
        self.order = order
        self.rank = rng.choice(("{n}", "{n}.", "#{n}", "0{n}"))
        self.bars = rng.random() < 0.5
        if self.bars:
            self.step = round(self.step * 1.35)
        self.height += self.step * len(order)

    def draw(self, canvas: Canvas, x: float, y: float, drawn: Drawn) -> None:
        rng, theme, style, topic = self.rng, self.theme, self.style, self.topic
        chart = Chart(topic, "ranking", (x, y, x + self.inner, y + self.height))
        chart.title, y = self.heading(canvas, x, y)
        labels: dict[int, list[Span]] = {}
        numbers: dict[int, Span] = {}
        left, right = x + self.pad, x + self.pad + self.inner
        indent = theme.label.width(self.rank.format(n=8)) + theme.label.size * 0.8
        top, ranks = max(topic.values[0]), list[tuple[Span, Span]]()
        for place, category in enumerate(self.order, 1):
            text = topic.text(0, category)
            rank = canvas.text(
                left, y, self.rank.format(n=place), theme.label, style.strong, "label"
            )
            name = canvas.text(
                left + indent, y, topic.categories[category], theme.label, style.ink, "label"
            )
            value = canvas.text(right, y, text, theme.bold, style.ink, "value", "r")
            if self.bars:
                low = y + theme.label.height * 1.1
                end = left + indent + (self.inner - indent) * topic.values[0][category] / top
                canvas.draw.rectangle((left + indent, low, end, low + 4), fill=style.accent)
            labels[category], numbers[category] = [name], value
            ranks.append((rank, name))
            y += self.step
        chart.labels = [labels[c] for c in range(len(topic.categories))]
        chart.values = [[numbers[c] for c in range(len(topic.categories))]]
        drawn.charts.append(chart)
        at = rng.randrange(len(ranks))
        rank, name = ranks[at]
        slots = {"n": at + 1, "t": topic.title, "c": name.text, "noun": topic.dimension.noun}
        support = [*chart.title, rank, name]
        if rng.random() < 0.5:
            question = rng.choice(RANKED).format(**slots)
            drawn.asked.append(answered(question, [name], support, "category"))
        else:
            question = rng.choice(RANK).format(**slots)
            sign = canvas.parts(rank, theme.label, *_digits(rank.text))
            drawn.asked.append(answered(question, [sign], [*support, sign], "value"))


def _digits(text: str) -> tuple[int, int]:
    """Where the digits of a rank stand."""
    places = [i for i, c in enumerate(text) if c.isdigit()]
    return places[0], places[-1] + 1


class Pair(Headed):
    """The same labels twice, side by side under two headings: which is meant must be said."""

    def __init__(self, style: Style, width: float) -> None:
        rng = style.rng
        self.topic = make_topic(rng, rng.random() < 0.3, rng.randint(3, 5), 2)
        super().__init__(style, width, self.topic.title)
        self.small = self.theme.label
        self.height += self.step * 2 * (len(self.topic.categories) + 1.2)

    def draw(self, canvas: Canvas, x: float, y: float, drawn: Drawn) -> None:
        topic, style, font = self.topic, self.style, self.small
        _, y = self.heading(canvas, x, y)
        left, right = x + self.pad, x + self.pad + self.inner
        for series, name in enumerate(topic.series):
            head = canvas.text(left, y, name, self.theme.bold, style.strong, "label")
            canvas.rule(left, y + self.step * 0.85, right, style.accent)
            y += self.step
            for category, label in enumerate(topic.categories):
                label_at = canvas.text(left + font.size, y, label, font, style.ink, "label")
                text = topic.text(series, category)
                value = canvas.text(right, y, text, font, style.ink, "value", "r")
                canvas.fields.append(Field(label, [value], "label", [label_at], name, [head]))
                y += self.step
            y += self.step * 0.2


class Listing(Headed):
    """A timeline of years, or numbered steps."""

    def __init__(self, style: Style, width: float, title: str, timeline: bool) -> None:
        super().__init__(style, width, title)
        rng, count = self.rng, self.rng.randint(3, 6)
        self.timeline = timeline
        if timeline:
            years = sorted(rng.sample(range(1890, 2025), count))
            self.signs = [str(year) for year in years]
            texts = rng.sample(joined(topic_lists.MILESTONES), count)
        else:
            form = rng.choice(("{n}", "Step {n}", "{n}."))
            self.signs = [form.format(n=n) for n in range(1, count + 1)]
            texts = rng.sample(joined(topic_lists.STEPS), count)
        self.indent = max(self.theme.bold.width(s) for s in self.signs) + self.theme.label.size
        self.texts = [wrap(t, self.theme.label, self.inner - self.indent) for t in texts]
        self.leading = round(self.theme.label.height * 1.15)
        self.gap = self.step - self.leading + 4
        self.height += sum(len(t) * self.leading + self.gap for t in self.texts)

    def draw(self, canvas: Canvas, x: float, y: float, drawn: Drawn) -> None:
        rng, theme, style = self.rng, self.theme, self.style
        title, y = self.heading(canvas, x, y)
        left, signs = x + self.pad, list[Span]()
        chosen = set(rng.sample(range(len(self.texts)), 2))
        for i, lines in enumerate(self.texts):
            sign = canvas.text(left, y, self.signs[i], theme.bold, style.strong, "label")
            spans, y = canvas.paragraph(
                left + self.indent, y, lines, theme.label, style.ink, "text", "l", 1.15
            )
            y += self.gap
            signs.append(sign)
            if i in chosen:
                start, end = _digits(sign.text)
                number = canvas.parts(sign, theme.bold, start, end)
                drawn.asked.append(self._about(number, spans))
        if not self.timeline and rng.random() < 0.5:
            spans = [*title, *signs]
            count = Question(
                rng.choice(STEPS), [str(len(signs))], boxes(signs), boxes(spans), "count"
            )
            drawn.asked.append(count)

    def _about(self, number: Span, spans: list[Span]) -> Question:
        event = " ".join(span.text for span in spans)
        backwards = self.rng.random() < 0.5
        if self.timeline:
            block, name = (WHEN, "value") if backwards else (HAPPENED, "text")
        else:
            block, name = (STEP_NUMBER, "value") if backwards else (STEP, "text")
        question = self.rng.choice(block).format(y=number.text, n=number.text, e=event)
        return answered(question, [number] if backwards else spans, [number, *spans], name)


class ChartPanel(Panel):
    """A small chart."""

    def __init__(self, style: Style, width: float) -> None:
        super().__init__(style, width)
        self.height = max(width * self.rng.uniform(0.62, 0.9), 16 * self.theme.label.size)

    def draw(self, canvas: Canvas, x: float, y: float, drawn: Drawn) -> None:
        size = max(12, round(self.theme.label.size * 0.92))
        box = (x + self.pad, y + self.pad, x + self.pad + self.inner, y + self.height - self.pad)
        drawn.charts.append(draw_any(self.rng, canvas, self.style.look(size), box))


class Note(Headed):
    """A heading with one sentence that tells a fact."""

    def __init__(self, style: Style, width: float, title: str) -> None:
        super().__init__(style, width, title)
        self.fact, self.slots = self.rng.choice(prose.FACTS), prose.values(self.rng)
        self.text, self.places = prose.fill(self.fact.sentence, self.slots)
        self.text = self.text[0].upper() + self.text[1:]
        self.lines = wrap(self.text, self.theme.label, self.inner)
        self.height += len(self.lines) * round(self.theme.label.height * 1.25)

    def draw(self, canvas: Canvas, x: float, y: float, drawn: Drawn) -> None:
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
        drawn.asked.append(answered(question, answer, [*spans, *answer], "text"))
