"""Scores of predictions against their annotations, summed up method by method."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.evaluation import metrics
from pinpoint_edge.evaluation.answer_boxes import answer_iou, answer_recall, boxes_of_all_pages
from pinpoint_edge.evaluation.dataset import AnnotatedPage, Question
from pinpoint_edge.evaluation.metrics import Estimate
from pinpoint_edge.evaluation.predictions import Prediction
from pinpoint_edge.evaluation.reliability import Reliability, reliability, resampled

# The mean figures, in the order of the tables, and what they say.
MEANS = {
    "anls": "ANLS",
    "exact": "exact match",
    "relaxed": "relaxed accuracy (numbers within 5 %)",
    "answer_recall": "evidence recall, answer boxes",
    "support_recall": "evidence recall, support boxes",
    "support_complete": "all support boxes in evidence",
    "region_recall": "region recall (ceiling)",
    "answer_iou": "IoU of answer box",
    "right_page": "right page, of several",
    "evidence_tokens": "evidence tokens",
    "llm_tokens": "LLM tokens",
    "token_share": "share of page tokens (estimate)",
    "dropped": "regions dropped by the budget",
}


@dataclass(frozen=True)
class Spread:
    """Median and 90th percentile of `count` times, in milliseconds; NaN of none."""

    p50: float
    p90: float
    count: int


@dataclass(frozen=True)
class PrecisionRecall:
    """How well questions with and without an answer are separated; NaN where undefined."""

    precision: float
    recall: float
    f1: float


@dataclass(frozen=True)
class Summary:
    """The figures of one method; `means` by the names of MEANS, times in milliseconds.

    `reliability` is None for a method without confidences; `not_found_f1` counts none where every
    question has an answer.
    """

    method: str
    questions: int
    pages: int
    means: dict[str, Estimate]
    found: PrecisionRecall
    not_found: PrecisionRecall
    cold_page_ms: Spread
    next_question_ms: Spread
    stages_ms: dict[str, Spread]
    not_found_f1: Estimate
    reliability: Reliability | None


@dataclass(frozen=True)
class Comparison:
    """A method against a base on the same questions: paired differences of the means, its evidence
    tokens as a multiple of the base's (of all questions together), and its time as a multiple
    (geometric mean of the ratios question by question)."""

    method: str
    base: str
    differences: dict[str, Estimate]
    evidence_token_ratio: float
    cold_page_ratio: Estimate
    next_question_ratio: Estimate


def score(question: Question, prediction: Prediction) -> dict[str, float]:
    """Return the figures of MEANS for one question; NaN where it has none of the kind."""
    boxes = boxes_of_all_pages(question, lambda page: page.support_boxes)
    support = metrics.box_recall(boxes, prediction.evidence) if boxes else math.nan
    return {
        "anls": metrics.anls(prediction.answer, question.answers),
        "exact": metrics.exact_match(prediction.answer, question.answers),
        "relaxed": metrics.relaxed_match(prediction.answer, question.answers),
        "answer_recall": _or_nan(answer_recall(question, prediction.evidence)),
        "support_recall": support,
        "support_complete": support if math.isnan(support) else float(support == 1),
        "region_recall": _or_nan(prediction.regions_recall),
        "answer_iou": _or_nan(answer_iou(question, prediction.boxes)),
        "right_page": float(prediction.page in _pages(question))
        if question.answers and question.other_pages
        else math.nan,
        "evidence_tokens": float(prediction.evidence_tokens),
        "llm_tokens": float(prediction.llm_tokens),
        "token_share": prediction.evidence_tokens / prediction.page_tokens
        if prediction.page_tokens
        else math.nan,
        "dropped": float(prediction.dropped),
    }


def _pages(question: Question) -> set[int]:
    """The pages that hold the answer: the annotated one, and others that say it as well."""
    others = (s.page for s in question.other_pages if s.answer_boxes or s.alt_answer_boxes)
    return {question.page, *others}


class Results:
    """Predictions of one method or several, beside the questions they answer."""

    def __init__(self, pages: Sequence[AnnotatedPage], predictions: Iterable[Prediction]) -> None:
        made = {p.key: p for p in predictions}
        # In the questions' order, whatever order they were asked in: intervals don't depend on it.
        self._answers: dict[str, list[tuple[Question, Prediction]]] = {
            method: [
                (question, made[question.id, method])
                for page in pages
                for question in page.questions
                if (question.id, method) in made
            ]
            for method in dict.fromkeys(method for _, method in made)
        }

    def summary(self, method: str, seed: int = 0) -> Summary:
        """Return the figures of one method, their intervals drawn over pages by `seed`."""
        rows = self._answers.get(method, [])
        scores = [score(q, p) for q, p in rows]
        groups = [q.paths[0] for q, _ in rows]
        stages: dict[str, list[float]] = defaultdict(list)
        for _, prediction in rows:
            for name, ms in {**(prediction.opening or {}), **prediction.timings}.items():
                stages[name].append(ms)
        said = [p.answer is not None for _, p in rows]
        answerable = [bool(q.answers) for q, _ in rows]
        return Summary(
            method=method,
            questions=len(rows),
            pages=len(set(groups)),
            means={
                name: metrics.bootstrap_interval([s[name] for s in scores], seed, groups=groups)
                for name in MEANS
            },
            found=precision_recall(said, answerable),
            not_found=precision_recall([not v for v in said], [not v for v in answerable]),
            cold_page_ms=spread([p.cold_ms for _, p in rows if p.cold_ms is not None]),
            next_question_ms=spread([p.ms for _, p in rows if p.cold_ms is None]),
            stages_ms={name: spread(times) for name, times in stages.items()},
            not_found_f1=_not_found_f1(said, answerable, groups, seed),
            reliability=reliability(rows, seed),
        )

    def compare(self, method: str, base: str, seed: int = 0) -> Comparison:
        """Return how `method` differs from `base` on the questions that both have answered."""
        bases = {question.id: prediction for question, prediction in self._answers.get(base, [])}
        pairs = [(q, p, bases[q.id]) for q, p in self._answers.get(method, []) if q.id in bases]
        groups = [question.paths[0] for question, _, _ in pairs]
        scores = [(score(q, p), score(q, b)) for q, p, b in pairs]
        tokens = sum(p.evidence_tokens for _, p, _ in pairs)
        base_tokens = sum(b.evidence_tokens for *_, b in pairs)
        return Comparison(
            method=method,
            base=base,
            differences={
                name: metrics.paired_bootstrap(
                    [a[name] for a, _ in scores], [b[name] for _, b in scores], seed, groups=groups
                )
                for name in MEANS
            },
            evidence_token_ratio=tokens / base_tokens if base_tokens else math.nan,
            cold_page_ratio=_ratio([(q.path, p.cold_ms, b.cold_ms) for q, p, b in pairs], seed),
            next_question_ratio=_ratio(
                [(q.path, p.ms, b.ms) for q, p, b in pairs if p.cold_ms is None], seed
            ),
        )


def precision_recall(said: Sequence[bool], true: Sequence[bool]) -> PrecisionRecall:
    """Return precision, recall and F1 of the `said` ones among the `true` ones."""
    hits = sum(a and b for a, b in zip(said, true, strict=True))
    precision = hits / sum(said) if any(said) else math.nan
    recall = hits / sum(true) if any(true) else math.nan
    total = sum(said) + sum(true)
    return PrecisionRecall(precision, recall, 2 * hits / total if total else math.nan)


def _not_found_f1(
    said: Sequence[bool], answerable: Sequence[bool], groups: Sequence[str], seed: int
) -> Estimate:
    silent, without = ~np.array(said, bool), ~np.array(answerable, bool)

    def f1(chosen: NDArray[np.int64]) -> float:
        return precision_recall(silent[chosen].tolist(), without[chosen].tolist()).f1

    if not without.any():
        return Estimate(math.nan, math.nan, math.nan, 0)
    return resampled(f1, groups, seed)


def spread(times: Sequence[float]) -> Spread:
    """Return median and 90th percentile of `times`."""
    return Spread(metrics.percentile(times, 50), metrics.percentile(times, 90), len(times))


def _ratio(rows: Sequence[tuple[str, float | None, float | None]], seed: int) -> Estimate:
    both = [(group, a / b) for group, a, b in rows if a is not None and b]
    logs = [math.log(ratio) if ratio > 0 else math.nan for _, ratio in both]
    mean = metrics.bootstrap_interval(logs, seed, groups=[group for group, _ in both])
    return Estimate(math.exp(mean.mean), math.exp(mean.low), math.exp(mean.high), mean.count)


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value


def plain(value: Any) -> Any:
    """Return dataclasses as JSON values for figures: rounded to five decimals, null for NaN."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, Mapping):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float):
        return round(value, 5) if math.isfinite(value) else None
    return value
