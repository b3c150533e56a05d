"""Tables of a topic: a row a category, a column a series, asked about as a chart is."""

from pinpoint_data.generator.composer import Composer
from pinpoint_data.generator.layouts.charts.chart import Chart
from pinpoint_data.generator.layouts.tables import Column, TableLook, draw_table
from pinpoint_data.generator.text.topics import Topic


def draw_data_table(page: Composer, topic: Topic, number: int) -> Chart:
    """Draws caption and table at the pen; categories that do not fit are left out."""
    rng, theme, canvas, top = page.rng, page.theme, page.canvas, page.y
    chart = Chart(topic, "table", (page.left, top, page.right, page.bottom))
    chart.title = page.write(
        f"Table {number}{rng.choice('.:')} {topic.title}", theme.bold, kind="title"
    )
    if topic.unit_note:
        chart.note = page.write(f"({topic.unit_note})", anchor="r", kind="label")
        if len(chart.note) == 1:
            end = len(chart.note[0].text) - 1
            chart.unit = [canvas.parts(chart.note[0], theme.label, 1, end)]
    page.y += theme.label.size * 0.4
    first = max(theme.label.width(name) for name in topic.categories) + 2 * theme.label.size
    first = min(max(first, page.width * 0.3), page.width * 0.5)
    heads = topic.series or (topic.measure.name,)
    wide = (page.width - first) / len(heads)
    columns = [Column(topic.dimension.noun.title(), first)]
    columns += [Column(head, wide, True) for head in heads]
    rows = [
        [name, *(topic.text(series, category) for series in range(len(topic.values)))]
        for category, name in enumerate(topic.categories)
    ]
    table = draw_table(page, columns, rows, TableLook.random(rng, theme.label, theme.bold))
    chart.box = (page.left, top, page.right, page.y)
    if topic.series:
        chart.legend = table.heads[1:]
    else:
        chart.value_axis = table.heads[1]
    missing = len(topic.categories) - len(table.rows)
    chart.labels = [row[0] for row in table.rows] + [[] for _ in range(missing)]
    chart.values = [
        [*(row[series][0] for row in table.rows), *[None] * missing]
        for series in range(1, len(heads) + 1)
    ]
    return chart
