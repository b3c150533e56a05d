"""Pies and rings with their labels beside the slices, inside them or in a legend."""

import math
from collections.abc import Sequence
from random import Random
from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import Wedge
from matplotlib.transforms import Bbox

from pinpoint_data.generator.layouts.charts.figure import ChartFigure
from pinpoint_data.generator.layouts.charts.look import plate, shade
from pinpoint_data.generator.layouts.charts.text_recorder import TextRange
from pinpoint_data.generator.page_builder import wrap

JOINTS = (" {v}", ": {v}", " ({v})", ", {v}", " - {v}")


def draw_pie(figure: ChartFigure) -> None:
    """Draw a pie or ring of the topic's shares below the heading."""
    rng, topic = figure.rng, figure.topic
    figure.kind = rng.choice(("pie", "donut"))
    figure.values = [[None] * len(topic.categories)]
    axes = figure.figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    slices, hole = _slices(figure, axes)
    style = rng.choice(("beside", "beside", "legend", "legend", "numbers in the legend"))
    if style == "beside":
        if _beside(figure, axes, slices, rng):
            return
        for text in list(axes.texts):
            text.remove()
        figure.values = [[None] * len(topic.categories)]
        style = "legend"
    names, places = list(topic.categories), rng.sample(("right", "bottom", "top"), 3)
    if style == "numbers in the legend":
        names = [name + f"  {topic.text(0, i)}" for i, name in enumerate(names)]
    figure.labels = figure.add_legend(slices, names, places)
    if style == "numbers in the legend":
        _divide(figure, figure.labels)
    _resize(figure, axes, 0.47)
    if style == "legend" and rng.random() > 0.15:
        _numbers_inside(figure, axes, slices, hole)


def _slices(figure: ChartFigure, axes: Axes) -> tuple[list[Wedge], float]:
    """Draw the slices with a radius of 1, from the top to the right; also the hole's radius."""
    rng, look, values = figure.rng, figure.look, figure.topic.values[0]
    hole = 0.0 if figure.kind == "pie" else rng.uniform(0.45, 0.62)
    edge = look.paper if rng.random() < 0.7 else look.ink
    apart = rng.random() < 0.1
    pie: Any = axes.pie(
        values, colors=[shade(look.colour(i)) for i in range(len(values))], startangle=90,
        counterclock=False, hatch=[look.hatch(i) for i in range(len(values))],
        explode=[0.05 if apart and value == max(values) else 0.0 for value in values],
        wedgeprops={"width": 1 - hole, "edgecolor": shade(edge), "linewidth": 1},
        shadow=rng.random() < 0.04,
    )  # fmt: skip
    return list(pie[0]), hole


def _resize(figure: ChartFigure, axes: Axes, share: float) -> float:
    """Lay the pie into the middle of the room; its radius is a share of the shorter side."""
    room, whole = figure.room, figure.figure.bbox.size
    axes.set_position(Bbox([room.p0 / whole, room.p1 / whole]))
    radius = max(20.0, min(room.size) * share)
    axes.set_xlim(-room.width / 2 / radius, room.width / 2 / radius)
    axes.set_ylim(-room.height / 2 / radius, room.height / 2 / radius)
    return radius


def _numbers_inside(figure: ChartFigure, axes: Axes, slices: Sequence[Wedge], hole: float) -> None:
    """Print numbers in the slices that have room for them."""
    look, font = figure.look, figure.look.value
    radius = axes.get_window_extent().width / (axes.get_xlim()[1] - axes.get_xlim()[0])
    for category, part in enumerate(slices):
        turn, far = math.radians((part.theta1 + part.theta2) / 2), (1 + max(hole, 0.25)) / 2
        width = font.width(figure.topic.text(0, category))
        if math.radians(part.theta2 - part.theta1) * far * radius < font.size * 1.6:
            continue
        crosses = width > radius * (1 - hole) - 4 or bool(look.hatch(category))
        at = (part.center[0] + far * math.cos(turn), part.center[1] + far * math.sin(turn))
        figure.number(
            axes, 0, category, at, xytext=(0, 0), ha="center", va="center",
            **plate(look.colour(category), look.paper, crosses),
        )  # fmt: skip


def _beside(figure: ChartFigure, axes: Axes, slices: Sequence[Wedge], rng: Random) -> bool:
    """Write labels and numbers around the pie; False if they do not find room."""
    topic, font = figure.topic, figure.look.label
    _resize(figure, axes, rng.uniform(0.3, 0.36))
    joint = rng.choice((*JOINTS, "\n{v}", "\n{v}", "\n{v}"))
    words = []
    for category, part in enumerate(slices):
        turn = math.radians((part.theta1 + part.theta2) / 2)
        x, y = math.cos(turn), math.sin(turn)
        string = topic.categories[category] + joint.format(v=topic.text(0, category))
        if "\n" not in joint and font.width(string) > figure.room.width * 0.3:
            lines = wrap(topic.categories[category], font, figure.room.width * 0.28)
            string = "\n".join([*lines, topic.text(0, category)])
        text = axes.annotate(
            string, (part.center[0] + x, part.center[1] + y), textcoords="offset points",
            xytext=(font.size * 0.7 * x, font.size * 0.7 * y),
            ha="center" if abs(x) < 0.18 else "left" if x > 0 else "right",
            va="bottom" if y > 0.5 else "top" if y < -0.5 else "center", annotation_clip=False,
        )  # fmt: skip
        words.append(figure.styled(text, font, "label"))
    _divide(figure, words)
    return not figure.clashes()


def _divide(figure: ChartFigure, words: Sequence[TextRange]) -> None:
    """Note which part of each text is a label, and which is its number."""
    topic = figure.topic
    if not words:
        return
    figure.labels, figure.values = [], [[]]
    for category, (name, word) in enumerate(zip(topic.categories, words, strict=True)):
        value = topic.text(0, category)
        at = word.text.get_text().index(value, len(name))
        figure.labels.append(TextRange(word.text, 0, len(name)))
        figure.values[0].append(TextRange(word.text, at, at + len(value)))
