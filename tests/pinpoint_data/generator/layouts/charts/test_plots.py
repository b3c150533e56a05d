"""Value axes: ticks that can be told apart when printed, whatever the numbers are."""

import re
from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib import style

from pinpoint_data.generator.layouts.charts.chart import Chart
from pinpoint_data.generator.layouts.charts.figure import ChartFigure
from pinpoint_data.generator.layouts.charts.look import Look
from pinpoint_data.generator.layouts.charts.plots import Plot
from pinpoint_data.generator.page_builder import PageCanvas, Theme
from pinpoint_data.generator.text.topic_maker import make_topic

values = st.lists(st.floats(0, 1e7, allow_nan=False), min_size=3, max_size=3)


def drawn(seed: int, numbers: list[float], kind: str) -> tuple[Chart, Plot]:
    rng = Random(seed)
    canvas = PageCanvas(700, 500)
    look = Look.random(rng, Theme.random(rng, 14, "sans", "sans"), 14, canvas.paper)
    topic = make_topic(rng, True, 3, 1)
    topic = replace(topic, categories=topic.categories[:3], values=(tuple(numbers),))
    with style.context(look.style):
        figure = ChartFigure(rng, look, topic, kind, (0, 0, 700, 500))
        figure.heading()
        plot = Plot(figure)
        plot.draw()
        return figure.finish(canvas), plot


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10**6), values, st.sampled_from(("bar", "line")))
def test_ticks_rise_and_can_be_told_apart(seed: int, numbers: list[float], kind: str) -> None:
    chart, _ = drawn(seed, numbers, kind)
    ticks = [float(re.sub(r"[^\d.]", "", span.text)) for span in chart.ticks]
    assert ticks == sorted(set(ticks))


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10**6), values, st.sampled_from(("bar", "line")))
def test_the_axis_holds_all_values(seed: int, numbers: list[float], kind: str) -> None:
    chart, plot = drawn(seed, numbers, kind)
    low, high = plot.value_axis.get_view_interval()
    assert low <= min(numbers)
    assert high >= max(numbers)
    assert chart.kind == "line" or low == 0, "bars begin at zero"


def test_values_that_are_all_alike_have_an_axis() -> None:
    for value in (0.0, 0.3, 7.0, 5e6):
        _, plot = drawn(3, [value] * 3, "line")
        low, high = plot.value_axis.get_view_interval()
        assert high - low >= max(0.01, value) * 0.99
