"""The comparison as a table and as pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.table import Table

from pinpoint_edge.bench.plots import Point, scattered
from pinpoint_edge.evaluation.metrics import Estimate
from pinpoint_edge.evaluation.report import estimate, ratio
from pinpoint_export.baselines.compare import BASE, Outcome


def table(outcomes: Sequence[Outcome], title: str) -> Table:
    """Return a row for each variant; intervals of 95 %, differences and ratios to full-page."""
    result = Table(title=title, title_justify="left", caption_justify="left")
    result.caption = (
        f"vs.: paired difference to {BASE}, * excludes 0. a layer: tokens of the prompt that a "
        "layer reads, mean over all layers. times: how long a cold page with its first question "
        f"takes, further: another question, as multiples of {BASE}'s."
    )
    for name in (
        "", "ANLS", "vs.", "answer recall", "LLM tokens", "a layer", "cold, ms", "times", "further",
    ):  # fmt: skip
        result.add_column(name, justify="right" if name else "left")
    for each in outcomes:
        to_base = each.to_base.differences["anls"]
        mark = "*" if to_base.differs_from_zero else ""
        cells = [
            each.variant.name,
            estimate(each.anls, "anls"),
            estimate(to_base, "anls", sign=True) + mark,
            _plain(each.answer_recall, 3),
            _plain(each.llm_tokens, 0),
            estimate(each.mean_tokens, "llm_tokens"),
            _plain(each.cold_ms, 0),
            ratio(each.to_base.cold_page_ratio),
            ratio(each.to_base.next_question_ratio),
        ]
        if each.variant.name == BASE:
            cells[2] = cells[7] = cells[8] = ""
        result.add_row(*cells)
    return result


def _plain(value: Estimate, digits: int) -> str:
    return f"{value.mean:.{digits}f}" if value.count else "–"


def plot(path: Path, outcomes: Sequence[Outcome], title: str, times: str) -> None:
    """Draw ANLS against tokens and milliseconds; variants of a family are joined by a line."""
    panels = {
        "tokens of the prompt, mean over layers": [o.mean_tokens for o in outcomes],
        f"a page and its first question, ms ({times})": [o.cold_ms for o in outcomes],
        f"a further question, ms ({times})": [o.further_ms for o in outcomes],
    }
    scattered(
        path,
        title,
        "ANLS",
        {
            label: [
                Point(o.variant.name, o.variant.family, x, o.anls)
                for o, x in zip(outcomes, values, strict=True)
                if x.count
            ]
            for label, values in panels.items()
        },
    )
