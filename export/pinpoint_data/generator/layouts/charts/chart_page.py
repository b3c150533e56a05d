"""Chart pages: one or two charts alone, or a chart within a page of text."""

from collections.abc import Sequence
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
    paper = rng.choice(shapes.DEEP) if rng.random() < 0.05 else rng.choice(shapes.TINTS)
    canvas = PageCanvas(width, max(300, round(width * rng.uniform(0.5, 0.95))), paper)
    pad = width * rng.uniform(0.02, 0.05)
    box = (pad, pad, width - pad, canvas.height - pad)
    _ask_all(rng, canvas, width / rng.uniform(40, 62), [box], 14)
    if rng.random() < 0.25:
        canvas.draw.rectangle((1, 1, width - 2, canvas.height - 2), outline=(200, 200, 200))
    return canvas


def _two(rng: Random) -> PageCanvas:
    beside = rng.random() < 0.5
    width = rng.randint(900, 1300) if beside else rng.randint(600, 900)
    height = round(width * (rng.uniform(0.42, 0.6) if beside else rng.uniform(1.1, 1.4)))
    canvas = PageCanvas(width, height, rng.choice(shapes.TINTS))
    pad, right, low = width * 0.025, float(width), float(height)
    right, low = (right / 2, low) if beside else (right, low / 2)
    first = (pad, pad, right - pad, low - pad)
    second = (width - right + pad, height - low + pad, width - pad, height - pad)
    letter = width / (rng.uniform(75, 95) if beside else rng.uniform(48, 62))
    _ask_all(rng, canvas, letter, [first, second], 16)
    return canvas


def _ask_all(
    rng: Random, canvas: PageCanvas, letter: float, places: Sequence[Box], limit: int
) -> None:
    """Draw a chart in each place, with letters of a size, and ask about all of them."""
    size = max(13, round(letter))
    look = Look.random(rng, Theme.random(rng, size, STYLES, STYLES), size, canvas.paper)
    charts = [draw_any(rng, canvas, look, box) for box in places]
    canvas.questions += chart_questions.ask(rng, canvas, charts, limit)


def _within_text(rng: Random) -> PageCanvas:
    width = rng.randint(760, 1150)
    page = prose.Writer(
        rng,
        (width, width * rng.choice((1.294, 1.414, 1.1))),
        max(13, width / rng.uniform(55, 72)),
        ("serif sans sans", "sans serif"),
        width * rng.uniform(0.07, 0.13),
        width * rng.uniform(0.05, 0.1),
    )
    canvas, size, charts = page.canvas, page.theme.label.size, list[Chart]()
    look = Look.random(rng, page.theme, size, canvas.paper)
    if rng.random() < 0.7:
        page.heading()
    page.paragraph(rng.randint(2, 4))

    def draw(box: Box) -> None:
        charts.append(draw_any(rng, canvas, look, box))

    page.figure(rng.randint(1, 14), draw, width * rng.uniform(0.42, 0.6))
    while page.y < page.bottom - 4 * size:
        page.y += size * 0.4
        page.paragraph(rng.randint(2, 4))
    page.page_number()
    canvas.questions += chart_questions.ask(rng, canvas, charts, 10)
    canvas.questions += page.ask(6)
    return canvas
