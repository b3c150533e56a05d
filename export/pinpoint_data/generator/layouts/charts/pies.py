"""Pies and rings with their labels beside the slices, inside them or in a legend."""

from random import Random

from pinpoint_data.generator.layouts.charts import shapes
from pinpoint_data.generator.layouts.charts.chart_frame import Chart, Frame, Look
from pinpoint_data.generator.page_builder import Canvas, wrap
from pinpoint_data.generator.sample import Box
from pinpoint_data.generator.text.topics import Topic

JOINTS = (" {v}", ": {v}", " ({v})", ", {v}", " - {v}")


def draw_pie(rng: Random, canvas: Canvas, look: Look, topic: Topic, box: Box) -> Chart:
    """A pie or ring of a topic's shares."""
    frame = Frame(rng, canvas, look, topic, rng.choice(("pie", "donut")), box)
    frame.heading()
    frame.footer()
    chart, count = frame.chart, len(topic.categories)
    style = rng.choice(("beside", "beside", "legend", "legend", "table"))
    if style == "beside" and not _beside(frame):
        style = "legend"
    if style == "table" and not _table(frame):
        style = "legend"
    if style == "legend":
        places = rng.sample(("right", "bottom", "top"), 3)
        next((place for place in places if frame.legend(topic.categories, place)), None)
        chart.labels, chart.legend = chart.legend, []
        _slices(frame, inside=True)
    elif style == "table":
        _slices(frame, inside=False)
    if not chart.values:
        chart.values = [[None] * count]
    if not chart.labels:
        chart.labels = [[] for _ in topic.categories]
    return chart


def _turns(topic: Topic) -> list[tuple[float, float]]:
    total, at, turns = sum(topic.values[0]), 0.0, []
    for value in topic.values[0]:
        turns.append((at / total, (at + value) / total))
        at += value
    return turns


def _centre(frame: Frame, share: float) -> tuple[tuple[float, float], float]:
    radius = min(frame.width, frame.height) / 2 * share
    return ((frame.left + frame.right) / 2, (frame.top + frame.bottom) / 2), max(20.0, radius)


def _pie(frame: Frame, centre: tuple[float, float], radius: float) -> float:
    """Draws the slices; gives the radius of the hole."""
    edge = frame.look.paper if frame.rng.random() < 0.7 else frame.look.ink
    for number, turns in enumerate(_turns(frame.topic)):
        shapes.wedge(frame.canvas, centre, radius, turns, frame.colour(number), edge)
    if frame.chart.kind == "pie":
        return 0.0
    hole = radius * frame.rng.uniform(0.45, 0.62)
    shapes.disc(frame.canvas, centre, hole, frame.look.paper)
    return hole


def _slices(frame: Frame, inside: bool) -> None:
    """The pie, mostly with its numbers in the slices, on a plate where the colour needs it."""
    rng, look, canvas, topic = frame.rng, frame.look, frame.canvas, frame.topic
    centre, radius = _centre(frame, 0.94)
    hole = _pie(frame, centre, radius)
    if not inside:
        return
    frame.chart.values = [[None] * len(topic.categories)]
    if rng.random() < 0.15:
        return
    for number, (start, end) in enumerate(_turns(topic)):
        text, font = topic.text(0, number), look.value
        x, y = shapes.on_circle(centre, (radius + max(hole, radius * 0.25)) / 2, (start + end) / 2)
        top = y - font.ascent + font.size * 0.36
        box = shapes.text_box(x, top, text, font, "m")
        room = (end - start) * 6.28 * (radius + hole) / 2
        if room < font.size * 1.6 or not shapes.is_free(canvas, box, 3):
            continue
        fill = frame.colour(number)
        if 115 < shapes.brightness(fill) < 200 or font.width(text) > radius - hole - 4:
            shapes.panel(canvas, (box[0] - 3, box[1] - 3, box[2] + 3, box[3] + 3), look.paper)
            fill = look.paper
        span = canvas.text(x, top, text, font, shapes.ink_on(fill), "value", "m")
        frame.chart.values[0][number] = span


def _beside(frame: Frame) -> bool:
    """Labels and numbers around the pie; False, and nothing drawn, if they do not find room."""
    rng, look, canvas, topic = frame.rng, frame.look, frame.canvas, frame.topic
    centre, radius = _centre(frame, rng.uniform(0.6, 0.72))
    joint = rng.choice(JOINTS)
    stacked = rng.random() < 0.4
    font = look.label
    placed: list[tuple[list[str], float, float, str, list[Box]]] = []
    taken: list[Box] = []
    step = round(font.height * 1.12)
    for number, (start, end) in enumerate(_turns(topic)):
        turn = (start + end) / 2
        x, y = shapes.on_circle(centre, radius + font.size * 0.7, turn)
        anchor = "m" if (turn * 2) % 1 < 0.06 else "l" if turn < 0.5 else "r"
        value = topic.text(0, number)
        name = topic.categories[number]
        lines = [name, value] if stacked else [name + joint.format(v=value)]
        if not stacked and font.width(lines[0]) > frame.width * 0.3:
            lines = [*wrap(name, font, frame.width * 0.28), value]
        up = y < centre[1] - radius * 0.5
        top = y - step * len(lines) * (1.0 if up else 0.0 if y > centre[1] + radius * 0.5 else 0.5)
        boxes = [
            shapes.text_box(x, top + i * step, line, font, anchor) for i, line in enumerate(lines)
        ]
        for box in boxes:
            inside = frame.left <= box[0] and box[2] <= frame.right
            inside = inside and frame.top <= box[1] and box[3] <= frame.bottom
            if not inside or any(shapes.overlaps(box, other, 3) for other in taken):
                return False
        taken += boxes
        placed.append((lines, x, top, anchor, boxes))
    _pie(frame, centre, radius)
    frame.chart.values = [[]]
    for number, (lines, x, top, anchor, _) in enumerate(placed):
        spans, _ = canvas.paragraph(
            x, top, lines, font, look.ink, "label", anchor, step / font.height
        )
        if len(spans) == 1:
            end = len(topic.categories[number])
            value = topic.text(0, number)
            at = spans[0].text.index(value, end)
            frame.chart.labels.append([canvas.parts(spans[0], font, 0, end)])
            frame.chart.values[0].append(canvas.parts(spans[0], font, at, at + len(value)))
        else:
            frame.chart.labels.append(spans[:-1])
            frame.chart.values[0].append(spans[-1])
    return True


def _table(frame: Frame) -> bool:
    """A legend on the right with the numbers in a column of their own."""
    look, canvas, topic = frame.look, frame.canvas, frame.topic
    swatch = round(look.label.size * 0.8)
    names = max(look.label.width(name) for name in topic.categories)
    numbers = max(look.value.width(topic.text(0, i)) for i in range(len(topic.categories)))
    wide = swatch + 6 + names + look.label.size + numbers
    step = round(look.label.height * frame.rng.uniform(1.3, 1.8))
    if wide > frame.width * 0.55 or step * len(topic.categories) > frame.height:
        return False
    left, y = frame.right - wide, frame.top + (frame.height - step * len(topic.categories)) / 2
    frame.chart.values = [[]]
    for number, name in enumerate(topic.categories):
        middle = y + look.label.ascent - look.label.size * 0.36
        mark = (left, middle - swatch / 2, left + swatch, middle + swatch / 2)
        canvas.frame(mark, frame.colour(number), frame.colour(number))
        label = canvas.text(left + swatch + 6, y, name, look.label, look.ink, "label")
        top = y + look.label.ascent - look.value.ascent
        text = topic.text(0, number)
        number_at = canvas.text(frame.right, top, text, look.value, look.ink, "value", "r")
        frame.chart.labels.append([label])
        frame.chart.values[0].append(number_at)
        y += step
    frame.right = left - look.label.size
    return True
