"""Tables of a topic: a row a category, a column a series, asked about as a chart is."""

from random import Random

from pinpoint_data.generator.layouts.charts.chart import Chart
from pinpoint_data.generator.page_builder import PageCanvas, TextSpan, Theme, wrap
from pinpoint_data.generator.synthetic_page import Box
from pinpoint_data.generator.text.topics import Topic


def draw_data_table(
    rng: Random, canvas: PageCanvas, theme: Theme, topic: Topic, box: Box, number: int
) -> tuple[Chart, float]:
    """Draws caption and table from the top of `box`; gives the table and the y below it."""
    left, y, right, bottom = box
    chart = Chart(topic, "table", box)
    lead = f"Table {number}{rng.choice('.:')} "
    caption = wrap(lead + topic.title, theme.bold, right - left)
    chart.title, y = canvas.paragraph(left, y, caption, theme.bold, theme.ink, "title")
    y += theme.label.size * 0.4
    step = round(theme.label.height * rng.uniform(1.25, 1.7))
    first = max(theme.label.width(name) for name in topic.categories) + 2 * theme.label.size
    first = min(max(first, (right - left) * 0.3), (right - left) * 0.5)
    heads = topic.series or (topic.measure.name,)
    wide = (right - left - first) / len(heads)
    canvas.rule(left, y, right, theme.ink, weight=2)
    top = y + 6
    noun = topic.dimension.noun.title()
    canvas.text(left, top, noun, theme.bold, theme.ink, "label")
    lowest = top + step
    for i, head in enumerate(heads):
        lines = wrap(head, theme.bold, wide - 8)
        x = left + first + (i + 1) * wide - 4
        spans, low = canvas.paragraph(x, top, lines, theme.bold, theme.ink, "label", "r", 1.1)
        if topic.series:
            chart.legend.append(spans)
        else:
            chart.value_axis = spans
        lowest = max(lowest, low)
    if topic.unit_note:
        note = f"({topic.unit_note})"
        span = canvas.text(right - 4, lowest, note, theme.label, theme.ink, "label", "r")
        chart.note = [span]
        chart.unit = [canvas.parts(span, theme.label, 1, len(note) - 1)]
        lowest += step
    y = lowest + 2
    canvas.rule(left, y, right, theme.rule)
    y += 5
    striped, ruled = rng.random() < 0.3, rng.random() < 0.4
    values: list[list[TextSpan | None]] = [[] for _ in topic.values]
    for category, name in enumerate(topic.categories):
        lines = wrap(name, theme.label, first - 8)
        height = step + (len(lines) - 1) * round(theme.label.height * 1.1)
        if y + height > bottom:
            break
        if striped and category % 2:
            canvas.frame((left, y - 3, right, y + height - 4), (244, 244, 244), (244, 244, 244))
        spans, _ = canvas.paragraph(left + 2, y, lines, theme.label, theme.ink, "label", "l", 1.1)
        chart.labels.append(spans)
        for series in range(len(topic.values)):
            x = left + first + (series + 1) * wide - 4
            text = topic.text(series, category)
            span = canvas.text(x, y, text, theme.label, theme.ink, "table", "r")
            values[series].append(span)
        y += height
        if ruled:
            canvas.rule(left, y - 3, right, theme.rule)
    missing = len(topic.categories) - len(chart.labels)
    chart.labels += [[] for _ in range(missing)]
    chart.values = [row + [None] * missing for row in values]
    canvas.rule(left, y, right, theme.ink)
    return chart, y + 8
