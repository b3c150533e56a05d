"""The figures as tables for the terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table

from pinpoint_edge.evaluation.metrics import Estimate
from pinpoint_edge.evaluation.summary import MEANS, Comparison, PrecisionRecall, Spread, Summary

_COUNTS = frozenset({"evidence_tokens", "llm_tokens"})

_RELIABILITY = {
    "error": "expected calibration error",
    "error_anls": "the same, ANLS of .5 or more right",
    "aurc": "area under risk-coverage",
}


def tables(summaries: Sequence[Summary], comparisons: Sequence[Comparison]) -> RenderableType:
    """Return the table of all methods side by side, that of stages, and the differences."""
    parts: list[RenderableType] = [_figures(summaries), _stages(summaries)]
    if comparisons:
        parts.append(_differences(comparisons))
    return Group(*parts)


def _figures(summaries: Sequence[Summary]) -> Table:
    first = summaries[0]
    table = Table(title=f"{first.questions} questions on {first.pages} pages", title_justify="left")
    table.add_column("mean [95 % interval]")
    for summary in summaries:
        table.add_column(summary.method, justify="right")
    for name, label in MEANS.items():
        table.add_row(label, *(estimate(s.means[name], name) for s in summaries))
    table.add_section()
    table.add_row("found: P / R / F1", *(_detection(s.found) for s in summaries))
    table.add_row("not found: P / R / F1", *(_detection(s.not_found) for s in summaries))
    table.add_row("not found: F1", *(estimate(s.not_found_f1, "f1") for s in summaries))
    table.add_section()
    for name, label in _RELIABILITY.items():
        cells = (None if s.reliability is None else getattr(s.reliability, name) for s in summaries)
        table.add_row(label, *("–" if cell is None else estimate(cell, name) for cell in cells))
    table.add_section()
    table.add_row("cold page, ms p50 / p90", *(_spread(s.cold_page_ms) for s in summaries))
    table.add_row("next question, ms p50 / p90", *(_spread(s.next_question_ms) for s in summaries))
    return table


def _stages(summaries: Sequence[Summary]) -> Table:
    table = Table(title="stages, ms p50 / p90", title_justify="left")
    table.add_column("stage")
    for summary in summaries:
        table.add_column(summary.method, justify="right")
    for name in dict.fromkeys(stage for s in summaries for stage in s.stages_ms):
        cells = (s.stages_ms.get(name) for s in summaries)
        table.add_row(name, *("–" if cell is None else _spread(cell) for cell in cells))
    return table


def _differences(comparisons: Sequence[Comparison]) -> Table:
    table = Table(title=f"difference to {comparisons[0].base} (* excludes 0)", title_justify="left")
    table.add_column("paired [95 % interval]")
    for comparison in comparisons:
        table.add_column(comparison.method, justify="right")
    for name, label in MEANS.items():
        cells = (c.differences[name] for c in comparisons)
        table.add_row(
            label,
            *(estimate(c, name, sign=True) + ("*" if c.differs_from_zero else "") for c in cells),
        )
    table.add_section()
    table.add_row(
        "evidence tokens, times as many", *(_share(c.evidence_token_ratio) for c in comparisons)
    )
    table.add_row("cold page, times as long", *(ratio(c.cold_page_ratio) for c in comparisons))
    table.add_row(
        "next question, times as long", *(ratio(c.next_question_ratio) for c in comparisons)
    )
    return table


def estimate(value: Estimate, name: str, *, sign: bool = False) -> str:
    """Return "0.712 [0.650, 0.771]" in rich's markup, or "–" where nothing was measured."""
    if not value.count:
        return "–"
    digits = 0 if name in _COUNTS else 3
    mean = f"{value.mean:+.{digits}f}" if sign else f"{value.mean:.{digits}f}"
    return mean + _interval(value, digits)


def ratio(value: Estimate) -> str:
    """Return "1.52 [1.40, 1.66]" in rich's markup, or "–" where nothing was measured."""
    return f"{value.mean:.2f}" + _interval(value, 2) if value.count else "–"


def _interval(value: Estimate, digits: int) -> str:
    if math.isnan(value.low):
        return ""
    return rf" \[{value.low:.{digits}f}, {value.high:.{digits}f}]"


def _spread(value: Spread) -> str:
    return f"{value.p50:.1f} / {value.p90:.1f}" if value.count else "–"


def _detection(value: PrecisionRecall) -> str:
    return " / ".join(_share(v) for v in (value.precision, value.recall, value.f1))


def _share(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.3f}"
