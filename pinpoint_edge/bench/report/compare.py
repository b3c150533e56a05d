"""Two records compared question by question, with intervals and a verdict in words."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from pinpoint_edge.bench.record.figures import exponential, figure
from pinpoint_edge.bench.record.record import Figure, MeasuredAnswer, Record
from pinpoint_edge.errors import DataError
from pinpoint_edge.evaluation.metrics import bootstrap_interval

Values = dict[str, float]


@dataclass(frozen=True)
class Comparison:
    """A record beside a base, on the questions of both.

    Ratios are times, or joules, of the record as a multiple of the base's: the geometric mean over
    questions, resampled page by page. `anls` is the difference, in points of 100. `alike` counts
    the `questions` that have the same text in both.
    """

    record: Record
    base: Record
    questions: int
    alike: int
    anls: Figure
    cold_page: Figure | None
    further_question: Figure | None
    joules: Figure | None

    @property
    def verdict(self) -> str:
        """The comparison in a sentence."""
        name, base = self.record.name, self.base.name
        ratio = self.cold_page or self.further_question
        if ratio is None:
            speed = f"{name} and {base} have no time in common"
        elif ratio.low is None or ratio.high is None or ratio.low <= 1 <= ratio.high:
            speed = f"no difference in time is shown between {name} and {base} ({ratio} times)"
        else:
            faster = ratio.high < 1
            shown = _inverse(ratio) if faster else ratio
            speed = f"{name} is {shown} times as {'fast' if faster else 'slow'} as {base}"
        if self.alike == self.questions:
            return f"{speed}, answers alike"
        differ = self.questions - self.alike
        return f"{speed}; {differ} of {self.questions} answers differ, ANLS {self.anls} points"


def compare(record: Record, base: Record) -> Comparison:
    """Compare two records; raises DataError where they have no question in common."""
    ours, theirs = _by_question(record), _by_question(base)
    common = [key for key in ours if key in theirs]
    if not common:
        raise DataError(
            f"{record.name} and {base.name} have no question in common: measure both with the "
            "same --data."
        )
    pairs = [(ours[key][0], theirs[key][0]) for key in common]
    pages = [a.page for a, _ in pairs]
    points = [100 * (a.anls - b.anls) for a, b in pairs]

    def ratio(value: Callable[[MeasuredAnswer], float | None]) -> Figure | None:
        logs, groups = [], []
        for key in common:
            one = [v for a in ours[key] if (v := value(a)) is not None]
            other = [v for a in theirs[key] if (v := value(a)) is not None]
            if one and other and min(*one, *other) > 0:
                logs.append(math.log(statistics.median(one) / statistics.median(other)))
                groups.append(ours[key][0].page)
        return exponential(bootstrap_interval(logs, groups=groups)) if logs else None

    return Comparison(
        record=record,
        base=base,
        questions=len(common),
        alike=sum(a.answer == b.answer for a, b in pairs),
        anls=figure(bootstrap_interval(points, groups=pages)),
        cold_page=ratio(lambda a: a.cold_ms),
        further_question=ratio(lambda a: None if a.is_cold else a.ms),
        joules=ratio(lambda a: a.joules if a.is_cold else None),
    )


def _by_question(record: Record) -> dict[str, list[MeasuredAnswer]]:
    found: dict[str, list[MeasuredAnswer]] = defaultdict(list)
    for answer in record.answers:
        found[answer.id].append(answer)
    return found


def _inverse(ratio: Figure) -> Figure:
    assert ratio.low is not None
    assert ratio.high is not None
    return Figure(1 / ratio.value, 1 / ratio.high, 1 / ratio.low, ratio.count)
