"""Questions about drawn charts, each with all that supports its answer.

Only what is printed is asked for: a bar without a number is not estimated, and an extreme or a
comparison needs the numbers of all that it compares.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from random import Random

from pinpoint_data.generator.layouts.charts.chart import Chart
from pinpoint_data.generator.page_builder import PageCanvas, TextSpan
from pinpoint_data.generator.questions.chart_facts import WORDINGS, ChartFacts
from pinpoint_data.generator.synthetic_page import SyntheticQuestion
from pinpoint_data.generator.text.labels import normalise
from pinpoint_data.generator.text.topics import DAYS, DIMENSIONS, MONTHS, Dimension

_TURNS = (
    *(
        "value",
        "value",
        "value",
        "extreme",
        "extreme",
        "category",
        "comparison",
        "yes_no",
        "yes_no",
    ),
    *("count", "text", "absent"),
)
_MOST = {"value": 5, "extreme": 3, "category": 2, "comparison": 2, "yes_no": 2}
"""Questions of one chart by field; one of any other."""
_FEWEST = 3
"""Questions a chart, however many charts share a page."""


class ChartAsker(ChartFacts):
    """Asks about one chart of a page whose text is `page`, normalised between spaces."""

    def __init__(self, rng: Random, chart: Chart, page: str, title: str = "") -> None:
        super().__init__(rng, chart, title)
        self.page = page
        self.makers: dict[str, Callable[[], SyntheticQuestion | None]] = {
            "value": self.value,
            "category": self.category,
            "extreme": self.extreme,
            "comparison": lambda: self.comparison(derived=False),
            "yes_no": lambda: rng.choice((self.threshold, lambda: self.comparison(derived=True)))(),
            "count": self.count,
            "text": self.text,
            "absent": self.absent,
        }

    def ask(self, limit: int) -> list[SyntheticQuestion]:
        """Up to `limit` questions, fields in turns."""
        found: dict[str, SyntheticQuestion] = {}
        asked: Counter[str] = Counter()
        turns = self.rng.sample(_TURNS, len(_TURNS))
        for field in turns * 3:
            if len(found) >= limit:
                break
            question = self.makers[field]() if asked[field] < _MOST.get(field, 1) else None
            if question is not None and question.question not in found:
                found[question.question] = question
                asked[field] += 1
        return list(found.values())

    def value(self) -> SyntheticQuestion | None:
        """The number of a category, and of a series where there are several."""
        place = self.any_value()
        if place is None:
            return None
        series, category, span = place
        if self.topic.series:
            wording = "value_of_series"
        elif self.topic.measure.unit == "%" and self.chart.kind in ("pie", "donut"):
            wording = "value_share" if self.rng.random() < 0.6 else "value"
        elif self.topic.measure.counted and self.rng.random() < 0.4:
            wording = "value_counted"
        else:
            wording = "value"
        text = self.word(wording, series, category)
        return self.about(text, [span], self.around([(series, category)]), "value")

    def category(self) -> SyntheticQuestion | None:
        """The category that has a given number, where only one has it."""
        place = self.any_value()
        if place is None:
            return None
        series, category, span = place
        shown = [s.text for row in self.chart.values for s in row if s is not None]
        # A number that is a label too, as a year may be, would ask for two things.
        if shown.count(span.text) > 1 or not self.chart.labels[category]:
            return None
        wording = "category_of_series" if self.topic.series else "category"
        text = self.word(wording, series, category, v=span.text)
        label = self.chart.labels[category]
        return self.about(text, label, self.around([(series, category)]), "category")

    def extreme(self) -> SyntheticQuestion | None:
        """What has the highest or lowest number, or that number itself."""
        rng, topic, most = self.rng, self.topic, self.rng.random() < 0.6
        best_of = max if most else min
        if topic.series and rng.random() < 0.5:
            category = rng.randrange(len(topic.categories))
            column = [(s, category) for s in range(len(topic.values))]
            best = self.best(column, best_of)
            if best is None or len(self.chart.legend) != len(topic.series):
                return None
            wording = "highest_series" if most else "lowest_series"
            text = self.word(wording, best[0], category)
            return self.about(text, self.chart.legend[best[0]], self.around(column), "extreme")
        series = rng.randrange(len(topic.values))
        row = [(series, c) for c in range(len(topic.categories))]
        best = self.best(row, best_of)
        if best is None:
            return None
        timely = topic.dimension.timely
        answer = self.chart.labels[best[1]]
        if topic.series:
            wording = "highest_of_series" if most else "lowest_of_series"
        elif rng.random() < 0.2:
            wording = "highest_value" if most else "lowest_value"
            span = self.chart.values[series][best[1]]
            answer = [span] if span is not None else answer
        elif timely:
            wording = "highest_time" if most else "lowest_time"
        else:
            wording = "highest" if most else "lowest"
        return self.about(self.word(wording, *best), answer, self.around(row), "extreme")

    def comparison(self, derived: bool) -> SyntheticQuestion | None:
        """Which of two is larger, or whether one is (`derived`: answered by yes or no)."""
        pair = self.pair()
        if pair is None:
            return None
        first, second = pair
        larger = self.topic.printed(*first) > self.topic.printed(*second)
        of_series, more = first[0] != second[0], self.rng.random() < 0.6
        wordings = {
            (False, False): ("smaller", "larger"),
            (False, True): ("smaller_series", "larger_series"),
            (True, False): ("is_smaller", "is_larger"),
            (True, True): ("is_smaller_series", "is_larger_series"),
        }
        text = self.word(wordings[derived, of_series][more], *first, other=second)
        if self.topic.series and not of_series:
            text = self.for_series(text, first[0])
        support = self.around([first, second])
        if derived:
            return self.derived(text, "yes" if larger == more else "no", [first, second])
        winner = first if larger == more else second
        label = self.chart.legend[winner[0]] if of_series else self.chart.labels[winner[1]]
        return self.about(text, label, support, "comparison")

    def threshold(self) -> SyntheticQuestion | None:
        """Whether a number is above or below a round one."""
        place = None if self.topic.series else self.any_value()
        if place is None:
            return None
        series, category = place[:2]
        value = self.topic.printed(series, category)
        limit = _round(value * self.rng.choice((0.5, 0.7, 0.85, 1.2, 1.4, 2.0)))
        if limit == value or limit <= 0:
            return None
        above = self.rng.random() < 0.6
        shown = f"{limit:g}" if limit < 1e5 else f"{limit:,.0f}"
        text = self.word("is_above" if above else "is_below", series, category, v=shown)
        answer = "yes" if (value > limit) == above else "no"
        return self.derived(text, answer, [(series, category)])

    def count(self) -> SyntheticQuestion | None:
        """How many categories or series there are, or how many numbers are above a round one."""
        rng, topic, chart = self.rng, self.topic, self.chart
        draw = rng.random()
        if draw < 0.3 and chart.legend and topic.series:
            spans = [span for entry in chart.legend for span in entry]
            text = self.word("count_series", 0, 0)
            return self.counted(text, len(chart.legend), spans)
        if draw < 0.5 and not topic.series and None not in chart.values[0]:
            row = [topic.printed(0, c) for c in range(len(topic.categories))]
            limit = _round(rng.choice(row) * rng.choice((0.8, 0.9, 1.1, 1.3)))
            number = sum(value > limit for value in row)
            if limit in row or limit <= 0 or not 0 < number < len(row):
                return None
            text = self.word("count_above", 0, 0, v=f"{limit:g}")
            everything = [(0, c) for c in range(len(row))]
            return self.counted(text, number, self.around(everything))
        spans = [span for label in chart.labels for span in label]
        if not all(chart.labels):
            return None
        return self.counted(self.word("count", 0, 0), len(chart.labels), spans)

    def text(self) -> SyntheticQuestion | None:
        """The title, an axis, the unit, the source, the other series."""
        chart, rng = self.chart, self.rng
        upright = chart.kind == "line" or bool(chart.labels and _is_upright(chart))
        options: list[tuple[str, list[TextSpan], list[TextSpan]]] = []
        if not self.title:
            options.append(("title", chart.title, []))
        if chart.kind not in ("pie", "donut"):
            across, up = (
                (chart.category_axis, chart.value_axis)
                if upright
                else (chart.value_axis, chart.category_axis)
            )
            options += [("level_axis", across, []), ("upright_axis", up, [])]
            options.append(("value_axis", chart.value_axis, []))
            if chart.ticks:
                options.append(("top_tick", [chart.ticks[-1]], chart.ticks))
        options += [("unit", chart.unit, chart.heading), ("source", chart.source, [])]
        if len(chart.legend) == 2 and self.topic.split is not None:
            keep = rng.randrange(2)
            text = self.word("other_series", keep, 0)
            other = chart.legend[1 - keep]
            if rng.random() < 0.3:
                return self.about(text, other, [s for e in chart.legend for s in e], "text")
        options = [option for option in options if option[1]]
        if not options:
            return None
        wording, answer, about = rng.choice(options)
        return self.about(rng.choice(WORDINGS[wording]), answer, [*about, *answer], "text")

    def absent(self) -> SyntheticQuestion | None:
        """A category or series of the same sort that the page does not name."""
        rng, topic = self.rng, self.topic
        names = other_names(topic.dimension)
        # Not even a part of a name: "Europe" beside "Eastern Europe" would be half an answer.
        names = [n for n in names if normalise(n) and f" {normalise(n)} " not in self.page]
        if not names:
            return None
        name = rng.choice(names)
        if topic.series:
            wording = "value_of_series"
        else:
            wording = "value" if rng.random() < 0.8 else "is_above"
        text = self.word(wording, rng.randrange(len(topic.values)), 0, v="10", name=name)
        return SyntheticQuestion(self.placed(text), [], [], [], "absent", name)


def other_names(dimension: Dimension) -> list[str]:
    """Names that a chart of the dimension might have shown, its own among them."""
    first, last = dimension.names[0], dimension.names[-1]
    if dimension.noun == "year" and first.isdigit():
        return [str(year) for year in range(int(first) - 8, int(last) + 9)]
    if dimension.noun == "quarter":
        year = first[2:]
        return [f"Q{i}{year}" for i in (1, 2, 3, 4)] + [f"Q1 {y}" for y in range(2001, 2008)]
    if dimension.timely:
        names = (*MONTHS, *DAYS)
        whole = any(name in names for name in dimension.names if name != "May")
        pool = MONTHS if dimension.noun == "month" else DAYS
        return [name if whole else name[:3] for name in pool]
    found = [name for d in DIMENSIONS if d.noun == dimension.noun for name in d.names]
    return found or ["Other", "Unknown", "Total", "Average", "None"]


def _is_upright(chart: Chart) -> bool:
    """Whether the categories are side by side."""
    tops = [label[0].box[1] for label in chart.labels if label]
    return bool(tops) and max(tops) - min(tops) < 12


def _round(value: float) -> float:
    """A number of one or two digits and zeros."""
    if value <= 0:
        return 0.0
    return float(f"{value:.1g}") if value < 3 else float(f"{value:.2g}")


def ask(
    rng: Random, canvas: PageCanvas, charts: Sequence[Chart], limit: int, named: bool = False
) -> list[SyntheticQuestion]:
    """Up to `limit` questions about the charts of a finished page.

    They say which chart they mean where there are several, or where `named` says so.
    """
    page = f" {normalise(' '.join(line.text for line in canvas.lines))} "
    named = named or len(charts) > 1
    asked: list[SyntheticQuestion] = []
    for chart in charts:
        title = chart.topic.title if named else ""
        asker = ChartAsker(rng, chart, page, title)
        asked += asker.ask(max(_FEWEST, limit // len(charts)))
    return asked
