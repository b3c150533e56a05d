"""The comparison of methods on a host: asked, summed up with paired intervals, shown and drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

from pinpoint_edge.bench.plots import Point, scattered
from pinpoint_edge.errors import OptionError
from pinpoint_edge.evaluation.dataset import AnnotatedPage
from pinpoint_edge.evaluation.metrics import (
    Estimate,
    anls,
    bootstrap_interval,
    paired_bootstrap,
    relaxed_match,
)
from pinpoint_edge.evaluation.report import estimate
from pinpoint_hosts.methods.comparison import Case, Reading, methods
from pinpoint_hosts.pages import gold_boxes, picture
from pinpoint_hosts.refinement import PinPointHost

BASE = "full"
METRICS = {"anls": anls, "relaxed": relaxed_match}


@dataclass(frozen=True)
class Outcome:
    """Figures of a method: means with intervals over pages; `to_full`: the paired difference of
    the score to the full page."""

    method: str
    score: Estimate
    to_full: Estimate
    visual_tokens: Estimate
    vision_gflops: Estimate
    prefill_gflops: Estimate
    ms: Estimate


def run(
    reader: PinPointHost,
    pages: Sequence[AnnotatedPage],
    *,
    names: Sequence[str] = (),
    metric: str = "anls",
    seed: int = 0,
    limit: int = 32,
) -> list[Outcome]:
    """Ask every question of every method; OptionError for a method that the host does not run."""
    known = methods(reader, limit)
    if unknown := sorted(set(names) - set(known)):
        raise OptionError(f"this host runs no method {unknown[0]!r}; choose of {', '.join(known)}")
    chosen = {name: each for name, each in known.items() if not names or name in {BASE, *names}}
    readings: dict[str, list[Reading]] = {name: [] for name in chosen}
    scores: dict[str, list[float]] = {name: [] for name in chosen}
    groups: list[str] = []
    for annotated in pages:
        for number, question in enumerate(annotated.questions):
            page = picture(question.path)
            case = Case(page, question.question, gold_boxes(question), seed + number)
            groups.append(annotated.path)
            for name, method in chosen.items():
                made = method(case)
                readings[name].append(made)
                said = reader.host.text(made.ids)
                scores[name].append(METRICS[metric](said, question.answers))

    def mean(values: Sequence[float]) -> Estimate:
        return bootstrap_interval(values, seed, groups=groups)

    return [
        Outcome(
            name,
            mean(scores[name]),
            paired_bootstrap(scores[name], scores[BASE], seed, groups=groups),
            mean([each.cost.visual_tokens for each in made]),
            mean([each.cost.vision_flops / 1e9 for each in made]),
            mean([each.cost.prefill_flops / 1e9 for each in made]),
            mean([each.ms for each in made]),
        )
        for name, made in readings.items()
    ]


def table(outcomes: Sequence[Outcome], title: str, metric: str) -> Table:
    """Return a row for each method."""
    result = Table(title=title, title_justify="left", caption_justify="left")
    result.caption = (
        f"vs.: paired difference to {BASE}, * excludes 0. visual tokens: mean over layers. "
        "GFLOPs of all vision passes, and of the prefill."
    )
    names = ("", metric.upper(), "vs.", "visual tokens", "vision GF", "prefill GF", "GF", "ms")
    for name in names:
        result.add_column(name, justify="right" if name else "left")
    whole = _total(outcomes[0])
    for each in outcomes:
        mark = "*" if each.to_full.differs_from_zero else ""
        result.add_row(
            each.method,
            estimate(each.score, "anls"),
            "" if each.method == BASE else estimate(each.to_full, "anls", sign=True) + mark,
            f"{each.visual_tokens.mean:.0f}",
            f"{each.vision_gflops.mean:.4g}",
            f"{each.prefill_gflops.mean:.4g}",
            f"{_total(each) / whole:.0%}",
            f"{each.ms.mean:.0f}",
        )
    return result


def _total(outcome: Outcome) -> float:
    return outcome.vision_gflops.mean + outcome.prefill_gflops.mean


def plot(path: Path, outcomes: Sequence[Outcome], title: str, metric: str) -> None:
    """Draw the score against visual tokens and FLOPs."""
    panels = {
        "visual tokens, mean over layers": [each.visual_tokens for each in outcomes],
        "GFLOPs of vision": [each.vision_gflops for each in outcomes],
        "GFLOPs of the prefill": [each.prefill_gflops for each in outcomes],
    }
    points = {
        label: [
            Point(each.method, each.method.split("+")[0], value, each.score)
            for each, value in zip(outcomes, values, strict=True)
        ]
        for label, values in panels.items()
    }
    scattered(path, title, metric.upper(), points)
