"""A report as tables, and as a picture with its Pareto front."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.table import Table

from pinpoint_edge.errors import OptionError
from pinpoint_edge.storage.atomic import replacing
from pinpoint_quantization.recipe import STAGES
from pinpoint_quantization.report.measure import BundleReport
from pinpoint_quantization.report.memory import WHOLE

FRONT, BEHIND = "#1b6ca8", "#9aa5b1"


def front(points: Sequence[tuple[float, float]]) -> list[bool]:
    """Return for each point (cost, gain) whether it is on the Pareto front.

    No other point costs less and gains as much or more. Equal points are all on the front.
    """
    return [
        not any((c <= cost and g >= gain) and (c < cost or g > gain) for c, g in points)
        for cost, gain in points
    ]


def tables(rows: Sequence[BundleReport]) -> list[Table]:
    """Return the table of all bundles, and the one of memory if it was measured."""
    table = Table(
        "bundle", "recipe", "MB", "page, ms p50 / p90", "ratio", "next, ms", "ratio",
        "ANLS [95 %]", "difference", "identical",
    )  # fmt: skip
    for row in rows:
        table.add_row(row.bundle, row.recipe, f"{row.size / 1e6:.1f}", *_times(row), *_answers(row))
    found = [table]
    if any(row.memory for row in rows):
        memory = Table("peak RSS, MB", *STAGES, WHOLE)
        for row in rows:
            peaks = row.memory or {}
            cells = [peaks.get(stage) for stage in (*STAGES, WHOLE)]
            memory.add_row(row.bundle, *("–" if c is None else f"{c / 1e6:.0f}" for c in cells))
        found.append(memory)
    return found


def _times(row: BundleReport) -> list[str]:
    times = row.times
    if times is None:
        return ["–"] * 4
    return [
        f"{times.page.p50:.0f} / {times.page.p90:.0f}",
        f"{times.page_ratio:.2f}",
        f"{times.next_question.p50:.0f}",
        f"{times.next_ratio:.2f}",
    ]


def _answers(row: BundleReport) -> list[str]:
    answers = row.answers
    if answers is None:
        return ["–"] * 3
    same = round(answers.identical * answers.questions)
    return [
        f"{answers.anls.mean:.4f}{_interval(answers.anls.low, answers.anls.high, '')}",
        f"{answers.difference.mean:+.4f}"
        f"{_interval(answers.difference.low, answers.difference.high, '+')}",
        f"{same} of {answers.questions}",
    ]


def _interval(low: float, high: float, sign: str) -> str:
    return "" if math.isnan(low) else rf" \[{low:{sign}.3f}, {high:{sign}.3f}]"


def check_plot() -> None:
    """Raise OptionError when matplotlib is not installed."""
    from importlib.util import find_spec

    if find_spec("matplotlib") is None:
        raise OptionError(
            "--plot needs matplotlib, which is not installed; run: pip install matplotlib"
        )


def draw(rows: Sequence[BundleReport], path: Path) -> None:
    """Draw size and time against ANLS, or sizes alone, and write the file; raises OutputError."""
    check_plot()
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    answered = all(row.answers for row in rows)
    timed = all(row.times for row in rows)
    figure, axes = pyplot.subplots(
        1, 2 if answered and timed else 1, figsize=(11, 4.5), squeeze=False
    )
    panels = list(axes[0])
    if answered:
        anls = [row.answers.anls for row in rows if row.answers]
        sizes = [row.size / 1e6 for row in rows]
        _panel(panels[0], rows, sizes, anls, "bundle, MB")
        if timed:
            times = [row.times.page.p50 for row in rows if row.times]
            _panel(panels[1], rows, times, anls, "page and question, ms (median)")
    else:
        _sizes(panels[0], rows)
    figure.tight_layout()
    with replacing(path) as file:
        figure.savefig(file, format=path.suffix.removeprefix(".") or "png", dpi=150, metadata=_NONE
                       if path.suffix == ".png" else None)  # fmt: skip
    pyplot.close(figure)


_NONE = {"Software": None}  # the picture of equal figures is the same bytes


def _panel(
    axis: Any, rows: Sequence[BundleReport], costs: Sequence[float], anls: Sequence[Any], label: str
) -> None:
    best = front([(cost, value.mean) for cost, value in zip(costs, anls, strict=True)])
    for row, cost, value, on_front in zip(rows, costs, anls, best, strict=True):
        known = not math.isnan(value.low)
        reach = [[value.mean - value.low], [value.high - value.mean]] if known else None
        colour = FRONT if on_front else BEHIND
        axis.errorbar([cost], [value.mean], yerr=reach, fmt="o", color=colour, capsize=3)
        axis.annotate(row.recipe, (cost, value.mean), (6, 6), textcoords="offset points")
    line = sorted(
        (cost, value.mean)
        for cost, value, on_front in zip(costs, anls, best, strict=True)
        if on_front
    )
    axis.step(*zip(*line, strict=True), where="post", color=FRONT, linewidth=1, alpha=0.6)
    axis.set_xlabel(label)
    axis.set_ylabel("ANLS, 95 % interval over pages")
    axis.set_xlim(left=0)
    axis.grid(alpha=0.3)


def _sizes(axis: Any, rows: Sequence[BundleReport]) -> None:
    names = [row.recipe for row in rows]
    left = [0.0] * len(rows)
    for stage in STAGES:
        widths = [row.stages.get(stage, 0) / 1e6 for row in rows]
        axis.barh(names, widths, left=left, label=stage)
        left = [a + b for a, b in zip(left, widths, strict=True)]
    axis.set_xlabel("MB")
    axis.legend()
