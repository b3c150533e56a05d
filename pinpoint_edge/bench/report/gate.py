"""A gate for CI: whether a record is worse than a baseline by more than is allowed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pinpoint_edge.bench.record.record import Figure
from pinpoint_edge.bench.report.compare import Comparison

Outcome = Literal["pass", "fail", "unsure"]


@dataclass(frozen=True)
class Judgement:
    """One limit: what was measured against it, and the outcome.

    pass: the whole interval keeps the limit; fail: the whole interval breaks it; unsure: the limit
    lies inside the interval, and more runs are needed to know.
    """

    name: str
    measured: Figure
    limit: float
    outcome: Outcome


@dataclass(frozen=True)
class Limits:
    """The most that may be lost; None for no limit.

    slower and joules: as a part of the baseline's; anls_drop: in points of 100.
    """

    slower: float | None
    joules: float | None
    anls_drop: float | None


def judge(comparison: Comparison, limits: Limits) -> Iterator[Judgement]:
    """Yield a judgement for each limit that can be measured."""
    for name, ratio, allowed in (
        ("time of a cold page", comparison.cold_page, limits.slower),
        ("time of a further question", comparison.further_question, limits.slower),
        ("joules of a cold page", comparison.joules, limits.joules),
    ):
        if ratio is not None and allowed is not None:
            yield _judgement(name, ratio, 1 + allowed)
    if limits.anls_drop is not None:
        lost = comparison.anls
        low, high = (None if v is None else -v for v in (lost.high, lost.low))
        drop = Figure(-lost.value or 0.0, low, high, lost.count)
        yield _judgement("ANLS points lost", drop, limits.anls_drop)


def _judgement(name: str, measured: Figure, limit: float) -> Judgement:
    low = measured.value if measured.low is None else measured.low
    high = measured.value if measured.high is None else measured.high
    outcome: Outcome = "pass" if high <= limit else "fail" if low > limit else "unsure"
    return Judgement(name, measured, limit, outcome)
