"""Chart pages: one or two charts alone, or a chart within a page of text."""

from random import Random

from matplotlib import style

from pinpoint_data.generator.layouts.charts import shapes
from pinpoint_data.generator.layouts.charts.chart import Chart
from pinpoint_data.generator.layouts.charts.figure import ChartFigure
from pinpoint_data.generator.layouts.charts.look import Look
from pinpoint_data.generator.layouts.charts.pies import draw_pie
from pinpoint_data.generator.layouts.charts.plots import Plot
from pinpoint_data.generator.page_builder import PageCanvas, Theme
from pinpoint_data.generator.questions import charts as chart_questions
from pinpoint_data.generator.synthetic_page import Box, PageElement
from pinpoint_data.generator.text import prose
from pinpoint_data.generator.text.topic_maker import make_shares, make_topic
from pinpoint_data.generator.text.topics import Topic

STYLES = "sans sans sans sans narrow serif"
KINDS = ("bar", "bar", "bar", "grouped", "grouped", "stacked", "line", "line", "pie", "pie")


def draw_any(
    rng: Random, canvas: PageCanvas, look: Look, box: Box, kind: str | None = None
) -> Chart:
    """Draw a chart of a random kind and topic that suits the size of `box`, as a `figure`."""
    canvas.elements.append(PageElement(box, "figure"))
    kind = kind or rng.choice(KINDS)
    with style.context(look.style):
        figure = ChartFigure(
            rng, look, _topic(rng, kind, (box[2] - box[0]) / look.label.size), kind, box
        )
        figure.heading()
        figure.footer()
        if kind == "pie":
            draw_pie(figure)
        else:
            Plot(figure).draw()
        return figure.finish(canvas)


def _topic(rng: Random, kind: str, letters: float) -> Topic:
    """What a chart of a kind shows on a width of so many letters."""
    most = max(3, min(12, int(letters / 4.5)))
    if kind == "pie":
        return make_shares(rng, min(7, most))
    if kind == "line":
        return make_topic(rng, True, most, rng.choice((1, 1, 2, 3, 4)) if letters > 25 else 1)
    timely = rng.random() < 0.35
    if kind == "bar" or letters < 22:
        return make_topic(rng, timely, most, 1)
    series = rng.choice((2, 2, 3, 3, 4))
    return make_topic(rng, timely, max(3, most // (series if kind == "grouped" else 2)), series)


def draw(rng: Random) -> PageCanvas:
    """A page with one or two charts; asks for their words and numbers."""
    layout = rng.random()
    if layout < 0.6:
        return _alone(rng)
    return _two(rng) if layout < 0.75 else _within_text(rng)


def _alone(rng: Random) -> PageCanvas:
    width = rng.randint(480, 1100)
    height = max(300, round(width * rng.uniform(0.5, 0.95)))
    size = max(13, round(width / rng.uniform(40, 62)))
    theme = Theme.random(rng, size, STYLES, STYLES)
    paper = rng.choice(shapes.DEEP) if rng.random() < 0.05 else rng.choice(shapes.TINTS)
    canvas = PageCanvas(width, height, paper)
    look = Look.random(rng, theme, size, paper)
    pad = width * rng.uniform(0.02, 0.05)
    chart = draw_any(rng, canvas, look, (pad, pad, width - pad, height - pad))
    if rng.random() < 0.25:
        canvas.draw.rectangle((1, 1, width - 2, height - 2), outline=(200, 200, 200))
    canvas.questions += chart_questions.ask(rng, canvas, [chart], 14)
    return canvas


def _two(rng: Random) -> PageCanvas:
    beside = rng.random() < 0.5
    width = rng.randint(900, 1300) if beside else rng.randint(600, 900)
    height = round(width * (rng.uniform(0.42, 0.6) if beside else rng.uniform(1.1, 1.4)))
    size = max(13, round(width / (rng.uniform(75, 95) if beside else rng.uniform(48, 62))))
    theme = Theme.random(rng, size, STYLES, STYLES)
    paper = rng.choice(shapes.TINTS)
    canvas = PageCanvas(width, height, paper)
    look = Look.random(rng, theme, size, paper)
    pad, charts = width * 0.025, []
    for i in (0, 1):
        if beside:
            box = (pad + i * width / 2, pad, (i + 1) * width / 2 - pad, height - pad)
        else:
            box = (pad, pad + i * height / 2, width - pad, (i + 1) * height / 2 - pad)
        charts.append(draw_any(rng, canvas, look, box))
    canvas.questions += chart_questions.ask(rng, canvas, charts, 16)
    return canvas


def _within_text(rng: Random) -> PageCanvas:
    width = rng.randint(760, 1150)
    canvas = PageCanvas(width, round(width * rng.choice((1.294, 1.414, 1.1))))
    size = max(13, round(width / rng.uniform(55, 72)))
    theme = Theme.random(rng, size, "serif sans sans", "sans serif")
    look = Look.random(rng, theme, size, canvas.paper)
    margin = width * rng.uniform(0.07, 0.13)
    right, y = width - margin, width * rng.uniform(0.05, 0.1)
    page = prose.Writer(rng, canvas, theme)
    if rng.random() < 0.7:
        y = page.heading(margin, y, right)
    y = page.paragraph(margin, y, right, rng.randint(2, 4))
    high = width * rng.uniform(0.42, 0.6)
    over = rng.random() < 0.3
    number = rng.randint(1, 14)
    if over:
        y = page.caption(margin, y, right, "Figure", number)
    y += size * 0.8
    chart = draw_any(rng, canvas, look, (margin, y, right, y + high))
    y += high + size
    if not over:
        y = page.caption(margin, y, right, "Figure", number)
    while y < page.bottom - 4 * size:
        y = page.paragraph(margin, y + size * 0.4, right, rng.randint(2, 4))
    page.page_number()
    canvas.questions += chart_questions.ask(rng, canvas, [chart], 10)
    canvas.questions += page.ask(6)
    return canvas
