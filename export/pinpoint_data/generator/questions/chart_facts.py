"""The facts of a drawn chart and questions about it: numbers, support boxes, words."""

import re
from collections.abc import Callable, Sequence
from random import Random

from pinpoint_data.generator.layouts.charts.chart import Chart
from pinpoint_data.generator.page_builder import TextSpan, answered
from pinpoint_data.generator.synthetic_page import SyntheticQuestion
from pinpoint_data.word_lists import groups

Place = tuple[int, int]
"""Series and category of a number."""


WORDINGS = groups("chart_questions", "wordings")
"""What is asked for → wordings.

Slots: {m} the measure, {c} and {d} categories, {at} and {at_d} the same with their preposition
("in 2019"), {noun} and {plural} what the categories are, {s} and {t} series, {snoun} and {splural}
what they are, {v} a number, {Many} "How many visitors were there".
"""


class ChartFacts:
    """Finds printed numbers of one chart; questions name the chart by `title` if that is given."""

    def __init__(self, rng: Random, chart: Chart, title: str = "") -> None:
        self.rng, self.chart, self.topic, self.title = rng, chart, chart.topic, title

    def any_value(self) -> tuple[int, int, TextSpan] | None:
        """A printed number whose category and series are named: its place and its span."""
        shown = [
            (s, c, span)
            for s, row in enumerate(self.chart.values)
            for c, span in enumerate(row)
            if span is not None and self.chart.labels[c] and self.named(s)
        ]
        return self.rng.choice(shown) if shown else None

    def named(self, series: int) -> bool:
        """Whether a legend names the series, or there is but one."""
        return not self.topic.series or len(self.chart.legend) == len(self.topic.series)

    def best(self, places: list[Place], best_of: Callable[..., float]) -> Place | None:
        """The place of the extreme number, if all are printed and named and only one has it."""
        for series, category in places:
            if self.chart.values[series][category] is None or not self.named(series):
                return None
            if not self.chart.labels[category]:
                return None
        numbers = [self.topic.printed(*place) for place in places]
        best = best_of(numbers)
        if numbers.count(best) != 1 or len(numbers) < 2:
            return None
        return places[numbers.index(best)]

    def pair(self) -> tuple[Place, Place] | None:
        """Two printed numbers that differ, of two categories or of two series."""
        place = self.any_value()
        if place is None:
            return None
        first = place[:2]
        if self.topic.series and self.rng.random() < 0.5:
            others = [(s, first[1]) for s in range(len(self.topic.values))]
        else:
            others = [(first[0], c) for c in range(len(self.topic.categories))]
        others = [
            (s, c)
            for s, c in others
            if self.chart.values[s][c] is not None
            and self.chart.labels[c]
            and self.topic.printed(s, c) != self.topic.printed(*first)
        ]
        return (first, self.rng.choice(others)) if others else None

    def around(self, places: Sequence[Place]) -> list[TextSpan]:
        """Everything that explains numbers: title, axis, legend entries, labels and the numbers."""
        chart, spans = self.chart, list(self.chart.heading)
        if self.topic.series:
            spans += [span for s in {s: 0 for s, _ in places} for span in chart.legend[s]]
        for series, category in places:
            value = chart.values[series][category]
            spans += [*chart.labels[category], *([value] if value is not None else [])]
        return spans

    def word(
        self,
        wording: str,
        series: int,
        category: int,
        other: Place | None = None,
        v: str = "",
        name: str = "",
    ) -> str:
        """A wording filled in for a place; `name` replaces its category, `v` is a number."""
        topic, measure = self.topic, self.topic.measure
        second = other or (series, category)
        names = [topic.categories[c] for c in (category, second[1])]
        names[0] = name or names[0]
        at = [f"{topic.dimension.preposition} {n}" for n in names]
        split = topic.split or topic.dimension
        many = measure.how_many
        spoken = measure.spoken
        if measure.counted and self.rng.random() < 0.6:
            spoken = f"count of {spoken}"
        return self.rng.choice(WORDINGS[wording]).format(
            m=spoken,
            c=names[0],
            d=names[1],
            at=at[0],
            at_d=at[1],
            noun=topic.dimension.noun,
            plural=topic.dimension.plural,
            s=topic.series[series] if topic.series else "",
            t=topic.series[second[0]] if topic.series else "",
            snoun=split.noun,
            splural=split.plural,
            v=v,
            Many=many[:1].upper() + many[1:],
        )

    def for_series(self, text: str, series: int) -> str:
        """The question with the series that it is about."""
        name = self.topic.series[series]
        form = self.rng.choice(("For {s}: {q}", "{s}: {q}", "{q} ({s})"))
        return form.format(s=name, q=text)

    def placed(self, text: str, opens: bool = False) -> str:
        """The question with its chart's title, where the page holds several charts."""
        if not self.title:
            return text
        forms = [form for form in WORDINGS["in_chart"] if not opens or form.startswith("{q}")]
        form = self.rng.choice(forms)
        if not form.startswith("{q}") and re.match(r"(Wh|How|Is |Does|Did|In |For|To )", text):
            text = text[0].lower() + text[1:]
        what = {"table": "table", "ranking": "list"}.get(self.chart.kind, "chart")
        return form.format(q=text, title=self.title, what=what)

    def about(
        self, text: str, answer: list[TextSpan], support: list[TextSpan], field: str
    ) -> SyntheticQuestion | None:
        """A question that spans answer; None where there are none."""
        if not answer:
            return None
        return answered(self.placed(text), answer, support, field)

    def derived(self, text: str, answer: str, places: list[Place]) -> SyntheticQuestion:
        """A question answered by yes or no from the numbers at `places`."""
        told = [self.chart.values[s][c] for s, c in places]
        values = [span for span in told if span]
        return answered(self.placed(text), values, self.around(places), "yes_no", said=answer)

    def counted(self, text: str, number: int, spans: list[TextSpan]) -> SyntheticQuestion:
        """A question answered by the number of things that the spans name."""
        return answered(self.placed(text, opens=True), spans, [], "count", said=str(number))
