"""What is each part of the aligner's training worth? See README.md.

Aligners are trained from nothing for the same steps on the same draws, each without one loss or
with one visual feature a region instead of four. All choose regions for the same questions at the
same share of a page's tokens. The whole one also chooses by coverage r and by a fixed number of
regions that costs as many tokens.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import click
import numpy as np

from comparing import comparison_options, run_script, train_once
from pinpoint_edge.errors import OptionError
from pinpoint_edge.evaluation import metrics
from pinpoint_edge.retrieval.selection import select
from pinpoint_edge.storage.atomic import write_json
from pinpoint_models.aligner import Aligner, AlignerConfig, load_aligner
from pinpoint_train.commands.options import FOLDER
from pinpoint_train.corpus.page_features import PageFeatures, read_pages
from pinpoint_train.measuring.aligner_recall import NO_BUDGET, Recalls, measure, relevance
from pinpoint_train.training.aligner import train

LOSSES = ("inter", "intra", "box")
PEAK_RATE = 1.2e-3
COVERAGES = (0.6, 0.8)
NUMBERS = range(1, 97)  # of regions, where their number is fixed


@dataclass(frozen=True)
class Arm:
    """One way to train: its losses, and whether a region has one feature alone."""

    losses: tuple[str, ...] = LOSSES
    one_feature: bool = False


ARMS = {
    "whole": Arm(),
    "without inter-image loss": Arm(("intra", "box")),
    "without intra-image loss": Arm(("inter", "box")),
    "without box loss": Arm(("inter", "intra")),
    "one visual feature a region": Arm(one_feature=True),
}


def with_one_feature(pages: Sequence[PageFeatures]) -> list[PageFeatures]:
    """The pages with the mean of a region's features in place of each of them."""
    return [
        replace(
            page,
            features=np.repeat(
                page.features.astype(np.float32).mean(1, keepdims=True), page.features.shape[1], 1
            ).astype(np.float16),
        )
        for page in pages
    ]


def compare_choices(
    model: Aligner, pages: Sequence[PageFeatures], coverages: Sequence[float]
) -> list[dict[str, float]]:
    """Recall of all support regions by each coverage, and by the fixed number that costs as much.

    The number is the least whose mean share of a page's tokens is that of the coverage or more.
    """
    by_coverage: list[list[tuple[float, float]]] = []  # found, share of the tokens
    by_number: list[list[tuple[float, float]]] = []
    for page in pages:
        questions = [q for q in page.questions if q.answerable and q.support]
        if not questions:
            continue
        total = max(int(page.tokens.sum()), 1)
        scores = relevance(model, page, [question.question for question in questions])
        for question, logits in zip(questions, scores, strict=True):
            support = set(question.support)
            picks = [select(logits, page.tokens, r, NO_BUDGET) for r in coverages]
            by_coverage.append(
                [(float(support <= set(p.indices)), p.estimated_tokens / total) for p in picks]
            )
            order = np.argsort(-logits[:-1], kind="stable")
            costs = np.cumsum(page.tokens[order]) / total
            place = max(int(np.flatnonzero(order == index)[0]) for index in support)
            last = len(order) - 1
            by_number.append([(float(place < k), float(costs[min(k - 1, last)])) for k in NUMBERS])
    if not by_coverage:
        raise OptionError("No page of --dev has a question with support: give others.")
    numbers = np.asarray(by_number).mean(0)  # (K, 2)
    rows = []
    for coverage, (recall, tokens) in zip(coverages, np.asarray(by_coverage).mean(0), strict=True):
        enough = numbers[:, 1] >= tokens
        k = int(np.argmax(enough)) if enough.any() else -1
        rows.append(
            {
                "coverage": coverage,
                "tokens": round(float(tokens), 4),
                "recall": round(float(recall), 4),
                "regions": NUMBERS[k],
                "tokens_of_regions": round(float(numbers[k, 1]), 4),
                "recall_of_regions": round(float(numbers[k, 0]), 4),
            }
        )
    return rows


def rows_of(measured: dict[str, Recalls]) -> list[dict[str, Any]]:
    """One row an arm, and one of the literal matcher: recalls at 25 % of the tokens, and leads."""
    whole = next(iter(measured.values()))
    rows = []
    for name, one, reader in [
        *((name, one, "aligner_25%") for name, one in measured.items()),
        ("literal matcher alone", whole, "lexical_25%"),
    ]:
        mine, best = one.support[reader], whole.support["aligner_25%"]
        lead = metrics.paired_bootstrap(mine, best, groups=whole.pages)
        rows.append(
            {
                "name": name,
                "answer": round(float(np.mean(one.answer[reader])), 4),
                "support": round(float(np.mean(mine)), 4),
                "lead": [round(v, 4) for v in (lead.mean, lead.low, lead.high)],
            }
        )
    return rows


def table_of(rows: list[dict[str, Any]], choices: list[dict[str, float]]) -> str:
    """Both comparisons as Markdown."""
    lines = [
        "| at 25 % of a page's tokens | answer region | all support regions | beside the whole |",
        "|---|---|---|---|",
    ]
    for row in rows:
        mean, low, high = row["lead"]
        beside = "" if row is rows[0] else f"{mean:+.3f} [{low:.3f}, {high:.3f}]"
        lines.append(f"| {row['name']} | {row['answer']:.3f} | {row['support']:.3f} | {beside} |")
    lines += ["", "| coverage | tokens | recall | regions | tokens | recall |", "|" + "---|" * 6]
    for one in choices:
        lines.append(
            f"| r = {one['coverage']} | {one['tokens']:.1%} | {one['recall']:.3f} | "
            f"{one['regions']} | {one['tokens_of_regions']:.1%} | {one['recall_of_regions']:.3f} |"
        )
    return "\n".join(lines)


@click.command()
@click.option(
    "--pages",
    multiple=True,
    required=True,
    type=FOLDER,
    help="Page cache to train on, or a folder of them. Repeatable.",
)
@click.option(
    "--dev",
    multiple=True,
    required=True,
    type=FOLDER,
    help="Page cache to measure on, or a folder of them. Repeatable.",
)
@comparison_options("runs/aligner-parts", steps=600)
def main(
    pages: tuple[Path, ...],
    dev: tuple[Path, ...],
    steps: int,
    threads: int,
    seed: int,
    as_json: bool,
    out: Path,
) -> None:
    """Train aligners that lack one part each, and compare what they find."""
    train_pages = [page for folder in pages for page in read_pages(folder)]
    dev_pages = [page for folder in dev for page in read_pages(folder)]
    measured, choices = {}, []
    for name, arm in ARMS.items():
        folder = out / name.replace(" ", "-")
        ours, theirs = (
            with_one_feature(some) if arm.one_feature else some for some in (train_pages, dev_pages)
        )
        once = partial(
            train,
            model=Aligner(AlignerConfig()),
            pages=ours,
            dev=theirs,
            losses=arm.losses,
            coverage=COVERAGES[0],
            peak_rate=PEAK_RATE,
        )
        train_once(folder, "aligner", once, steps=steps, seed=seed, threads=threads)
        model = load_aligner(folder)
        measured[name] = measure(model, theirs, COVERAGES[0])
        if arm == Arm():
            choices = compare_choices(model, theirs, COVERAGES)
    rows = rows_of(measured)
    facts: dict[str, Any] = {
        "questions": next(iter(measured.values())).count,
        "steps": steps,
        "seed": seed,
    }
    facts |= {"arms": rows, "choices": choices}
    write_json(out / "aligner_parts.json", facts)
    click.echo(json.dumps(facts, indent=2) if as_json else table_of(rows, choices))


if __name__ == "__main__":
    run_script(main)
