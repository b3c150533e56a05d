"""The weights that a confidence is computed with, fitted on answers to training questions.

Platt scaling ("Probabilistic Outputs for Support Vector Machines", 1999) of the signals that
the parts of the pipeline give of their own work. Answers and "not found" have weights of their own.
Few parameters, ridge, and no weight of the wrong sign: a doubt must never raise a confidence.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinpoint_data.held_out import listed
from pinpoint_edge.commands.terminal import progress
from pinpoint_edge.errors import DataError
from pinpoint_edge.evaluation import metrics
from pinpoint_edge.evaluation.annotations import MEASURE, Question, load_questions
from pinpoint_edge.evaluation.ask import ask_set, asking
from pinpoint_edge.evaluation.dataset import load_dataset
from pinpoint_edge.evaluation.predictions import Prediction, prediction_log
from pinpoint_edge.evaluation.reliability import expected_error
from pinpoint_edge.generation import confidence
from pinpoint_edge.generation.confidence import FOUND, NOT_FOUND, Signals, log_odds
from pinpoint_edge.reader import PinPoint

LEAST = 30  # answers of a kind
PRECISION = 0.95  # of the answers that reach the recommended threshold
RIDGE = 1.0
STEPS = 50
READER = "pinpoint"
# The sign that the weight of each signal may have, for answers and for "not found".
SIGNS = {
    FOUND: {
        "decode": 1,
        "least": 1,
        "reader": 1,
        "null": -1,
        "not_found": -1,
        "focus": 1,
        "support": 1,
        "legible": 1,
        "label": 1,
    },
    NOT_FOUND: {"decode": 1, "null": 1, "not_found": 1, "legible": 1, "label": -1},
}

Answered = tuple[Question, Prediction]


def fit(signals: Sequence[Signals], right: NDArray[np.float64], kind: str) -> dict[str, float]:
    """Return the weights of a kind's signals, by name, and "bias", rounded to four places.

    right f64 (n,): 1 for a right answer. A signal whose weight gets the wrong sign is left out.
    """
    # What is always the same says nothing: the bias has its place.
    names = [name for name in SIGNS[kind] if len({getattr(each, name) for each in signals}) > 1]
    while True:
        odds = [[log_odds(getattr(each, name)) for name in names] for each in signals]
        weights = _ridge_logistic(np.array(odds).reshape(len(signals), len(names)), right)
        wrong = {
            name: weights[at]
            for at, name in enumerate(names)
            if weights[at] * SIGNS[kind][name] < 0
        }
        if not wrong:
            kept = dict(zip([*names, "bias"], weights.tolist(), strict=True))
            return {name: round(value, 4) for name, value in kept.items()}
        names.remove(max(wrong, key=lambda name: abs(wrong[name])))


def _ridge_logistic(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Logistic regression by Newton's method; the last weight is the bias, which is not shrunk."""
    x = np.column_stack([x, np.ones(len(x))])
    ridge = np.diag([RIDGE] * (x.shape[1] - 1) + [1e-6])
    weights = np.zeros(x.shape[1])
    for _ in range(STEPS):
        p = 1 / (1 + np.exp(-np.clip(x @ weights, -30, 30)))
        gradient = x.T @ (p - y) + ridge @ weights
        weights -= np.linalg.solve((x.T * (p * (1 - p) + 1e-9)) @ x + ridge, gradient)
    return weights


def ask_missing(bundle: str, data: Sequence[Path], predictions: Sequence[Path]) -> None:
    """Ask a bundle the questions that the files of predictions lack, and append the answers.

    Raises DataError for a page that is kept for measuring, and what asking raises.
    """
    with PinPoint.load(bundle) as reader:
        for questions, answers in zip(data, predictions, strict=True):
            pages = load_dataset(questions)
            for page in pages:
                for question in page.questions:
                    _check_free(question)
            with progress(len(pages)) as advance:
                ask_set(
                    pages, asking(reader), prediction_log(answers), on_page=advance, warm_up=False
                )


def _check_free(question: Question) -> None:
    kept = "measured only" if question.use == MEASURE else listed(question.file)
    if kept is not None:
        raise DataError(f"{question.file} is kept for measuring ({kept}): leave it out.")


def pair_up(data: Sequence[Path], predictions: Sequence[Path]) -> list[Answered]:
    """Return the answers of `pinpoint-bench eval` beside their questions.

    Raises DataError for a page that is kept for measuring, and for answers without signals.
    """
    rows = []
    for questions, answers in zip(data, predictions, strict=True):
        done = prediction_log(answers).done
        for question in load_questions(questions):
            _check_free(question)
            prediction = done.get((question.id, READER))
            if prediction is None:
                continue
            if prediction.signals is None:
                raise DataError(
                    f"{answers} has no signals: answer with `pinpoint-bench eval` again."
                )
            rows.append((question, prediction))
    return rows


def threshold(likely: NDArray[np.float64], right: NDArray[np.float64]) -> dict[str, float] | None:
    """Return the least confidence from which PRECISION of the answers are right.

    likely, right f64 (n,): of answers that were found. "kept" is the share of them that reach it.
    None where even the surest, LEAST of them, are not right so often.
    """
    order = np.argsort(-likely, kind="stable")
    precision = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    # A confidence holds for all answers of it: only the last of equals can be the end.
    last = np.append(likely[order][1:] < likely[order][:-1], True)
    fit = np.flatnonzero(last & (precision >= PRECISION) & (np.arange(len(order)) + 1 >= LEAST))
    if not len(fit):
        return None
    end = int(fit[-1])
    least = math.floor(float(likely[order][end]) * 1e4) / 1e4
    reached = likely >= least
    return {
        "least": least,
        "precision": round(float(right[reached].mean()), 4),
        "kept": round(float(reached.mean()), 4),
    }


def calibrate(rows: Sequence[Answered]) -> dict[str, Any]:
    """Fit both kinds of answers: "weights" by kind, the "facts" about the fit, the "threshold".

    Raises DataError where there are fewer than LEAST answers of a kind.
    """
    weights: dict[str, dict[str, float]] = {}
    facts: dict[str, dict[str, float]] = {}
    for kind in (FOUND, NOT_FOUND):
        chosen = [(q, p) for q, p in rows if (p.answer is not None) == (kind == FOUND)]
        if len(chosen) < LEAST:
            raise DataError(f"There are {len(chosen)} answers of the kind {kind}: give {LEAST}.")
        signals = [Signals(**(p.signals or {})) for _, p in chosen]
        right = np.array([metrics.same_letters(p.answer, q.answers) for q, p in chosen])
        weights[kind] = fit(signals, right, kind)
        after = np.array([confidence.calibrated(each, weights[kind]) for each in signals])
        before = np.array([confidence.of_answer(each, kind == FOUND, {}) for each in signals])
        facts[kind] = {
            "answers": len(chosen),
            "right": round(float(right.mean()), 4),
            "error_before": round(expected_error(before, right), 4),
            "error_after": round(expected_error(after, right), 4),
        }
        if kind == FOUND:
            recommended = threshold(after, right)
    return {"weights": weights, "facts": facts, "threshold": recommended}
