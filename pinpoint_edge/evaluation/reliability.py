"""How reliable a confidence is: of answers given with .8, four in five should be right.

Expected calibration error in bins of equal width (Guo et al., "On Calibration of Modern Neural
Networks", ICML 2017), and the area under the risk-coverage curve (Geifman and El-Yaniv, NeurIPS
2017): the mean share of wrong answers when only the surest are taken, whatever the scale.

An answer is right when it has the letters and digits of a gold answer; "not found" is right where
the page does not answer. For comparison with document benchmarks the error is also given for
answers of an ANLS of .5 or more, which forgives a wrong digit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.evaluation import metrics
from pinpoint_edge.evaluation.annotations import Question
from pinpoint_edge.evaluation.metrics import Estimate
from pinpoint_edge.evaluation.predictions import Prediction

BINS = 10
RESAMPLES = 500
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Bin:
    """Answers of a confidence in [low, high): how many, their mean confidence, the share right."""

    low: float
    high: float
    count: int
    confidence: float
    right: float


@dataclass(frozen=True)
class Reliability:
    """Calibration of one method; intervals are drawn over pages.

    error: expected calibration error; error_anls: the same where an ANLS of .5 counts as right;
    aurc: area under the risk-coverage curve, 0 at best.
    """

    error: Estimate
    error_anls: Estimate
    aurc: Estimate
    bins: tuple[Bin, ...]


def reliability(rows: Sequence[tuple[Question, Prediction]], seed: int = 0) -> Reliability | None:
    """Return the calibration of answers; None of none, or of a method without confidences."""
    confidences = np.array([p.confidence for _, p in rows])
    if not confidences.any():
        return None
    right = np.array([metrics.same_letters(p.answer, q.answers) for q, p in rows])
    near = np.array([float(metrics.anls(p.answer, q.answers) >= 0.5) for q, p in rows])
    groups = [question.paths[0] for question, _ in rows]

    def estimate(figure: Callable[[Floats, Floats], float], truth: Floats) -> Estimate:
        return resampled(lambda chosen: figure(confidences[chosen], truth[chosen]), groups, seed)

    return Reliability(
        estimate(expected_error, right),
        estimate(expected_error, near),
        estimate(aurc, right),
        bins(confidences, right),
    )


def bins(confidences: Floats, right: Floats, count: int = BINS) -> tuple[Bin, ...]:
    """Return the bins of equal width that hold answers; the last one includes 1."""
    place = _places(confidences, count)
    return tuple(
        Bin(
            number / count,
            (number + 1) / count,
            int((place == number).sum()),
            float(confidences[place == number].mean()),
            float(right[place == number].mean()),
        )
        for number in range(count)
        if (place == number).any()
    )


def expected_error(confidences: Floats, right: Floats, count: int = BINS) -> float:
    """Return the mean over answers of how far their bin's confidence is from its share right."""
    place = _places(confidences, count)
    gaps = np.bincount(place, weights=confidences - right, minlength=count)
    return float(np.abs(gaps).sum() / len(confidences))


def _places(confidences: Floats, count: int) -> NDArray[np.int64]:
    return np.minimum((confidences * count).astype(np.int64), count - 1)


def aurc(confidences: Floats, right: Floats) -> float:
    """Return the mean share of wrong answers among the k surest, over all k.

    Equal confidences have no order, so that each counts as wrong as they are together.
    """
    order = np.argsort(-confidences, kind="stable")
    _, start = np.unique(-confidences[order], return_inverse=True)
    wrong = np.bincount(start, weights=1 - right[order]) / np.bincount(start)
    return float((np.cumsum(wrong[start]) / np.arange(1, len(order) + 1)).mean())


def resampled(
    figure: Callable[[NDArray[np.int64]], float], groups: Sequence[object], seed: int = 0
) -> Estimate:
    """Return a figure that is no mean, with its 95 % interval over resampled groups.

    `figure` takes the indices of the chosen rows. Resampling repeats rows, which makes a
    calibration error a little larger than that of as many new ones: the interval leans upwards.
    """
    names = list(dict.fromkeys(groups))
    numbers = {name: number for number, name in enumerate(names)}
    of_group = np.array([numbers[group] for group in groups], np.int64)
    members = [np.flatnonzero(of_group == number) for number in range(len(names))]
    value = figure(np.arange(len(groups)))
    if len(names) < 2:
        return Estimate(value, math.nan, math.nan, len(groups))
    random = np.random.default_rng(seed)
    drawn = [
        figure(np.concatenate([members[k] for k in random.integers(0, len(names), len(names))]))
        for _ in range(RESAMPLES)
    ]
    low, high = np.nanpercentile(drawn, (2.5, 97.5))
    return Estimate(value, float(low), float(high), len(groups))
