"""Panels of an infographic that list: rankings, pairs of lists, timelines, steps."""

from pinpoint_data.generator.layouts.charts.chart import Chart
from pinpoint_data.generator.layouts.charts.panels import Drawn, Headed, Style
from pinpoint_data.generator.page_builder import (
    FormField,
    PageCanvas,
    TextSpan,
    answered,
    wrap,
)
from pinpoint_data.generator.synthetic_page import SyntheticQuestion
from pinpoint_data.generator.text.topic_maker import make_topic
from pinpoint_data.word_lists import groups, words

WORDINGS = groups("infographics", "questions")
MILESTONES = words("infographics", "milestones")
STEPS = words("infographics", "steps")


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

    def draw(self, canvas: PageCanvas, x: float, y: float, drawn: Drawn) -> None:
        rng, theme, style, topic = self.rng, self.theme, self.style, self.topic
        chart = Chart(topic, "ranking", (x, y, x + self.inner, y + self.height))
        chart.title, y = self.heading(canvas, x, y)
        labels: dict[int, list[TextSpan]] = {}
        numbers: dict[int, TextSpan] = {}
        left, right = x + self.pad, x + self.pad + self.inner
        indent = theme.label.width(self.rank.format(n=8)) + theme.label.size * 0.8
        top, ranks = max(topic.values[0]), list[tuple[TextSpan, TextSpan]]()
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
            question = rng.choice(WORDINGS["ranked"]).format(**slots)
            drawn.questions.append(answered(question, [name], support, "category"))
        else:
            question = rng.choice(WORDINGS["rank"]).format(**slots)
            sign = canvas.parts(rank, theme.label, *_digits(rank.text))
            drawn.questions.append(answered(question, [sign], support, "value"))


def _digits(text: str) -> tuple[int, int]:
    """Where the digits of a rank are."""
    places = [i for i, c in enumerate(text) if c.isdigit()]
    return places[0], places[-1] + 1


class TwoLists(Headed):
    """The same labels twice, side by side under two headings: which is meant must be said."""

    def __init__(self, style: Style, width: float) -> None:
        rng = style.rng
        self.topic = make_topic(rng, rng.random() < 0.3, rng.randint(3, 5), 2)
        super().__init__(style, width, self.topic.title)
        self.small = self.theme.label
        self.height += self.step * 2 * (len(self.topic.categories) + 1.2)

    def draw(self, canvas: PageCanvas, x: float, y: float, drawn: Drawn) -> None:
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
                canvas.fields.append(FormField(label, [value], "label", [label_at], name, [head]))
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
            texts = rng.sample(MILESTONES, count)
        else:
            form = rng.choice(("{n}", "Step {n}", "{n}."))
            self.signs = [form.format(n=n) for n in range(1, count + 1)]
            texts = rng.sample(STEPS, count)
        self.indent = max(self.theme.bold.width(s) for s in self.signs) + self.theme.label.size
        self.texts = [wrap(t, self.theme.label, self.inner - self.indent) for t in texts]
        self.leading = round(self.theme.label.height * 1.15)
        self.gap = self.step - self.leading + 4
        self.height += sum(len(t) * self.leading + self.gap for t in self.texts)

    def draw(self, canvas: PageCanvas, x: float, y: float, drawn: Drawn) -> None:
        rng, theme, style = self.rng, self.theme, self.style
        title, y = self.heading(canvas, x, y)
        left, signs = x + self.pad, list[TextSpan]()
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
                drawn.questions.append(self._about(number, spans))
        if not self.timeline and rng.random() < 0.5:
            text = rng.choice(WORDINGS["steps"])
            count = answered(text, signs, title, "count", said=str(len(signs)))
            drawn.questions.append(count)

    def _about(self, number: TextSpan, spans: list[TextSpan]) -> SyntheticQuestion:
        event = " ".join(span.text for span in spans)
        backwards = self.rng.random() < 0.5
        if self.timeline:
            block, name = ("when", "value") if backwards else ("happened", "text")
        else:
            block, name = ("step_number", "value") if backwards else ("step", "text")
        question = self.rng.choice(WORDINGS[block]).format(y=number.text, n=number.text, e=event)
        return answered(question, [number] if backwards else spans, [number, *spans], name)
