"""Charts with axes: bars upright or lying, grouped or stacked, and lines."""

import math
from random import Random

from pinpoint_data.generator.fonts import Font
from pinpoint_data.generator.layouts.charts import shapes
from pinpoint_data.generator.layouts.charts.chart_frame import Chart, Frame, Look
from pinpoint_data.generator.page_builder import Canvas, Span, wrap
from pinpoint_data.generator.sample import Box
from pinpoint_data.generator.text.topics import Topic

LEGEND_PLACES = ("top", "top", "bottom", "bottom", "right")


def scale(low: float, high: float, steps: int) -> list[float]:
    """Round tick values, about `steps` of them, from at most `low` to at least `high`."""
    alike = high - low <= 1e-6 * max(1.0, high)
    raw = (max(1.0, high) if alike else high - low) / steps
    unit = 10.0 ** math.floor(math.log10(raw))
    step = next(unit * f for f in (1, 2, 2.5, 5, 10) if unit * f >= raw * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    last = max(last, first + 1)
    return [i * step for i in range(first, last + 1)]


class _Plot(Frame):
    """A frame with a value axis and a category axis."""

    def __init__(
        self, rng: Random, canvas: Canvas, look: Look, topic: Topic, kind: str, box: Box
    ) -> None:
        super().__init__(rng, canvas, look, topic, kind, box)
        self.count, self.rows = len(topic.categories), len(topic.values)
        self.stacked = kind == "stacked"
        highs = [v for row in topic.values for v in row]
        if self.stacked:
            highs = [sum(column) for column in zip(*topic.values, strict=True)]
        low = 0.0
        if kind == "line" and rng.random() < 0.5:
            low = min(highs) - (max(highs) - min(highs)) * rng.uniform(0.2, 0.6)
            low = max(0.0, low)
        self.scale = scale(low, max(highs), rng.randint(4, 7))
        step = self.scale[1] - self.scale[0]
        self.decimals = next(d for d in range(7) if abs(round(step, d) - step) < step * 1e-6)
        self.printed = rng.random() < 0.8
        self.has_ticks = not self.printed or rng.random() < 0.7

    def tick(self, value: float) -> str:
        """A tick's text."""
        comma = "," if self.topic.numbers.comma else ""
        number = f"{value:{comma}.{self.decimals}f}"
        affixed = self.has_affixes and self.topic.numbers
        return f"{affixed.prefix}{number}{affixed.suffix}" if affixed else number

    def around(self) -> None:
        """Title, source, legend and the titles of both axes."""
        self.heading()
        self.footer()
        if self.topic.series:
            places = list(LEGEND_PLACES)
            self.rng.shuffle(places)
            next((p for p in places if self.legend(self.topic.series, p)), None)
        self.has_affixes = self.rng.random() < 0.5

    def value_title(self) -> str:
        """What the value axis says; empty where it is bare."""
        if self.rng.random() < (0.35 if self.chart.note else 0.15):
            return ""
        name, note = self.topic.measure.name, self.topic.unit_note
        if note and not self.chart.note:
            return self.rng.choice(
                (f"{name} ({note})", f"{name} ({note})", f"{name} in {note}", note)
            )
        return name

    def category_title(self) -> str:
        """What the category axis says; often nothing."""
        return self.topic.dimension.noun.title() if self.rng.random() < 0.4 else ""

    def upright_axes(self) -> None:
        """The value axis on the left with ticks and title, the category labels below."""
        rng, look, canvas, chart = self.rng, self.look, self.canvas, self.chart
        title = self.value_title()
        if title and (rng.random() < 0.55 or look.label.width(title) > self.height * 0.8):
            if look.label.width(title) < self.width:
                span = canvas.text(self.left, self.top, title, look.label, look.ink, "label")
                chart.value_axis = [span]
                self.top += look.label.height * 1.4
        elif title:
            middle = (self.top + self.bottom) / 2
            downwards = rng.random() < 0.3
            span = shapes.turned_text(
                canvas, self.left, middle, title, look.label, look.ink, downwards
            )
            chart.value_axis = [span]
            self.left = span.box[2] + look.label.size * 0.5
        ticks = [self.tick(v) for v in self.scale] if self.has_ticks else []
        room = max((look.label.width(t) for t in ticks), default=0.0) + (8 if ticks else 0)
        self.left += room
        below = self.category_title()
        pieces = [wrap(name, look.label, self.slot - 6) for name in self.topic.categories]
        deep = max(map(len, pieces)) * round(look.label.height * 1.1) + 6
        if below:
            y = self.bottom - look.label.height
            middle = (self.left + self.right) / 2
            chart.category_axis = [
                canvas.text(middle, y, below, look.label, look.ink, "label", "m")
            ]
            self.bottom = y - 4
        self.bottom -= deep
        # Room above the highest value for its number.
        self.top += look.value.height * 1.2
        for value, text in zip(self.scale, ticks, strict=False):
            y = self.at(value)
            canvas.rule(self.left, y, self.right, look.faint)
            top = y - look.label.ascent + look.label.size * 0.36
            shape = shapes.text_box(self.left - 6, top, text, look.label, "r")
            if shapes.is_free(canvas, shape, 1):
                span = canvas.text(self.left - 6, top, text, look.label, look.ink, "label", "r")
                chart.ticks.append(span)
        canvas.rule(self.left, self.bottom, self.right, look.ink)
        if rng.random() < 0.5:
            canvas.column_rule(self.left, self.top, self.bottom, look.ink)
        for i, lines in enumerate(pieces):
            spans, _ = canvas.paragraph(
                self.middle(i), self.bottom + 6, lines, look.label, look.ink, "label", "m", 1.1
            )
            chart.labels.append(spans)

    @property
    def slot(self) -> float:
        """Pixels of one category along the category axis."""
        return self.width / self.count

    def middle(self, category: int) -> float:
        """Where a category stands along a horizontal axis."""
        return self.left + (category + 0.5) * self.slot

    def at(self, value: float) -> float:
        """The height of a value on an upright axis."""
        low, high = self.scale[0], self.scale[-1]
        return self.bottom - (value - low) / (high - low) * (self.bottom - self.top)

    def number(self, x: float, y: float, series: int, category: int, anchor: str) -> Span | None:
        """Prints a value where it stays clear of what is there, y being its top."""
        text, font = self.topic.text(series, category), self.look.value
        if not shapes.is_free(self.canvas, shapes.text_box(x, y, text, font, anchor), 1.5):
            return None
        return self.canvas.text(x, y, text, font, self.look.ink, "value", anchor)

    def inside(self, box: Box, series: int, category: int) -> Span | None:
        """Prints a value in the middle of its bar, if it fits there."""
        text, font = self.topic.text(series, category), self.look.value
        if font.width(text) > box[2] - box[0] - 4 or font.size * 1.15 > box[3] - box[1]:
            return None
        fill = self.colour(series if self.rows > 1 else 0)
        # Numbers on a middling colour vanish in a fax: they get a plate of their own.
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        top = y - font.ascent + font.size * 0.36
        if 115 < shapes.brightness(fill) < 200:
            x0, y0, x1, y1 = shapes.text_box(x, top, text, font, "m")
            self.canvas.frame((x0 - 2, y0 - 2, x1 + 2, y1 + 2), self.look.paper, self.look.paper)
            fill = self.look.paper
        return self.canvas.text(x, top, text, font, shapes.ink_on(fill), "value", "m")


def _fits_below(plot: _Plot, font: Font) -> bool:
    """Whether the category labels fit below upright bars, in three lines at most."""
    room = plot.width * 0.86 / plot.count - 8
    lines = [wrap(name, font, room) for name in plot.topic.categories]
    return all(len(ls) <= 3 and all(font.width(n) <= room for n in ls) for ls in lines)


def draw_bars(rng: Random, canvas: Canvas, look: Look, topic: Topic, kind: str, box: Box) -> Chart:
    """Bars of `kind` "bar", "grouped" or "stacked"; lying where the labels need it or by chance."""
    plot = _Plot(rng, canvas, look, topic, kind, box)
    plot.around()
    if rng.random() < 0.3 or not _fits_below(plot, look.label):
        return _lying_bars(plot)
    plot.upright_axes()
    group = plot.slot * rng.uniform(0.5, 0.85)
    wide = group if plot.stacked or plot.rows == 1 else group / plot.rows
    each = plot.rows == 1 and rng.random() < 0.1
    if plot.printed and not plot.stacked:
        widest = max(
            look.value.width(topic.text(s, c)) for s in range(plot.rows) for c in range(plot.count)
        )
        plot.printed = widest <= (plot.slot - 2 if plot.rows == 1 else wide + 1)
    within = plot.printed and not plot.stacked and rng.random() < 0.15
    chart = plot.chart
    bars: list[tuple[int, int, Box]] = []
    for series, row in enumerate(topic.values):
        for category, value in enumerate(row):
            left = plot.middle(category) - group / 2
            base = 0.0
            if plot.stacked:
                base = sum(topic.values[s][category] for s in range(series))
            else:
                left += series * wide
            low, high = plot.at(base), plot.at(base + value)
            bar = (left, min(high, low - 1), left + wide - (1 if plot.rows > 1 else 0), low)
            fill = plot.colour(category if each else series)
            canvas.frame(bar, fill, fill)
            bars.append((series, category, bar))
    chart.values = [[None] * plot.count for _ in topic.values]
    for series, category, bar in bars if plot.printed else ():
        span = plot.inside(bar, series, category) if plot.stacked or (within and not each) else None
        if span is None and not plot.stacked:
            y = bar[1] - look.value.ascent - 3
            span = plot.number((bar[0] + bar[2]) / 2, y, series, category, "m")
        chart.values[series][category] = span
    return chart


def _lying_bars(plot: _Plot) -> Chart:
    rng, canvas, look, topic, chart = plot.rng, plot.canvas, plot.look, plot.topic, plot.chart
    plot.scale = scale(0.0, plot.scale[-1], len(plot.scale) - 1)
    title, below = plot.category_title(), plot.value_title()
    if title:
        span = canvas.text(plot.left, plot.top, title, look.label, look.ink, "label")
        chart.category_axis = [span]
        plot.top += look.label.height * 1.4
    room = plot.width * 0.34
    pieces = [wrap(name, look.label, room) for name in topic.categories]
    margin = max(look.label.width(line) for lines in pieces for line in lines) + 10
    if below and look.label.width(below) < plot.width - margin:
        y = plot.bottom - look.label.height
        middle = (plot.left + margin + plot.right) / 2
        chart.value_axis = [canvas.text(middle, y, below, look.label, look.ink, "label", "m")]
        plot.bottom = y - 4
    plot.left += margin
    ticks = [plot.tick(v) for v in plot.scale] if plot.has_ticks else []
    plot.right -= look.value.width(max((topic.text(0, 0), *ticks), key=len)) * 1.15 + 6
    low, high = plot.scale[0], plot.scale[-1]

    def across(value: float) -> float:
        return plot.left + (value - low) / (high - low) * plot.width

    if ticks:
        plot.bottom -= look.label.height * 1.25
        for value, text in zip(plot.scale, ticks, strict=True):
            x = across(value)
            canvas.column_rule(x, plot.top, plot.bottom, look.faint)
            shape = shapes.text_box(x, plot.bottom + 4, text, look.label, "m")
            if shapes.is_free(canvas, shape, 6):
                span = canvas.text(x, plot.bottom + 4, text, look.label, look.ink, "label", "m")
                chart.ticks.append(span)
    slot = plot.height / plot.count
    group = slot * rng.uniform(0.5, 0.8)
    high_enough = slot if plot.rows == 1 or plot.stacked else group / plot.rows
    plot.printed = plot.printed and high_enough > look.value.size * 1.02
    deep = group if plot.stacked or plot.rows == 1 else group / plot.rows
    chart.values = [[None] * plot.count for _ in topic.values]
    leading = round(look.label.height * 1.1)
    for category, lines in enumerate(pieces):
        middle = plot.top + (category + 0.5) * slot
        start = middle - leading * len(lines) / 2 + (leading - look.label.height) / 2
        spans, _ = canvas.paragraph(
            plot.left - 8, start, lines, look.label, look.ink, "label", "r", 1.1
        )
        chart.labels.append(spans)
        base = 0.0
        for series in range(plot.rows):
            value = topic.values[series][category]
            top = middle - group / 2 + (0 if plot.stacked else series * deep)
            x0, x1 = across(base), across(base + value)
            bar = (x0, top, max(x1, x0 + 1), top + deep - 1)
            canvas.frame(bar, plot.colour(series), plot.colour(series))
            if plot.stacked:
                base += value
            if not plot.printed:
                continue
            if plot.stacked:
                chart.values[series][category] = plot.inside(bar, series, category)
            else:
                y = top + deep / 2 - look.value.ascent + look.value.size * 0.36
                chart.values[series][category] = plot.number(bar[2] + 5, y, series, category, "l")
    canvas.column_rule(plot.left, plot.top, plot.bottom, look.ink)
    return chart


def draw_lines(rng: Random, canvas: Canvas, look: Look, topic: Topic, box: Box) -> Chart:
    """Lines over time with or without points and numbers; lying bars if the labels do not fit."""
    plot = _Plot(rng, canvas, look, topic, "line", box)
    plot.around()
    if not _fits_below(plot, look.label):
        plot.chart.kind = "grouped" if topic.series else "bar"
        return _lying_bars(plot)
    plot.upright_axes()
    weight, dash = rng.choice((2, 2, 3)), rng.choice((0, 0, 0, 6))
    shape, size = rng.choice(("disc", "disc", "square", "diamond", "none")), rng.choice((3, 4))
    paths = []
    for series, row in enumerate(topic.values):
        points = [(plot.middle(i), plot.at(value)) for i, value in enumerate(row)]
        shapes.dashed(canvas, points, plot.colour(series), weight, dash if series % 2 else 0)
        for x, y in points:
            shapes.marker(canvas, x, y, size, shape, plot.colour(series))
        paths.append(points)
    chart = plot.chart
    chart.values = [[None] * plot.count for _ in topic.values]
    for series, points in enumerate(paths if plot.printed else ()):
        for i, (x, y) in enumerate(points):
            nearby = [points[j][1] for j in (i - 1, i + 1) if 0 <= j < len(points)]
            peak = y <= sum(nearby) / len(nearby)
            above, below = y - look.value.ascent - size - 4, y + size + 2
            if below + look.value.height > plot.bottom:
                below = above
            for top in (above, below) if peak else (below, above):
                span = plot.number(x, top, series, i, "m")
                if span is not None:
                    chart.values[series][i] = span
                    break
    return chart
