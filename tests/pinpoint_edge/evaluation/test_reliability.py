"""Calibration error and risk-coverage against their definitions, counted the slow way."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinpoint_edge.bench.plots import reliability_diagram
from pinpoint_edge.evaluation.annotations import Question
from pinpoint_edge.evaluation.predictions import Prediction
from pinpoint_edge.evaluation.reliability import aurc, bins, expected_error, reliability, resampled

ANSWERS = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40)


def arrays(answers: list[tuple[float, bool]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([c for c, _ in answers]), np.array([float(r) for _, r in answers])


@given(ANSWERS)
def test_the_error_is_the_mean_gap_of_the_bins(answers: list[tuple[float, bool]]):
    confidences, right = arrays(answers)
    by_hand = 0.0
    for number in range(10):
        chosen = [
            (c, r) for c, r in answers if min(int(c * 10), 9) == number
        ]  # the last bin holds 1
        if chosen:
            gap = sum(c for c, _ in chosen) / len(chosen) - sum(r for _, r in chosen) / len(chosen)
            by_hand += abs(gap) * len(chosen) / len(answers)
    assert expected_error(confidences, right) == pytest.approx(by_hand)
    assert sum(each.count for each in bins(confidences, right)) == len(answers)


@given(ANSWERS)
def test_risk_coverage_does_not_depend_on_scale_or_order(answers: list[tuple[float, bool]]):
    confidences, right = arrays(answers)
    area = aurc(confidences, right)
    assert 0 <= area <= 1
    assert aurc(confidences[::-1], right[::-1]) == pytest.approx(area)
    assert aurc(np.round(confidences, 3) / 2, right) == pytest.approx(
        aurc(np.round(confidences, 3), right)
    )


def test_areas_counted_by_hand():
    right = np.array([1.0, 1.0, 0.0, 0.0])
    assert aurc(np.array([0.9, 0.8, 0.2, 0.1]), right) == pytest.approx((0 + 0 + 1 / 3 + 1 / 2) / 4)
    assert aurc(np.array([0.1, 0.2, 0.8, 0.9]), right) == pytest.approx((1 + 1 + 2 / 3 + 1 / 2) / 4)
    assert aurc(np.full(4, 0.5), right) == pytest.approx(0.5)


def row(confidence: float, answer: str | None, gold: tuple[str, ...], page: int):
    question = Question(
        image="a.png", file=Path(f"a{page}.png"), page=0, width=9, height=9, answer_boxes=(),
        support_boxes=(), alt_answer_boxes=(), id="q", question="q?", answers=gold, field=None,
    )  # fmt: skip
    prediction = Prediction(
        "q", "pinpoint", answer, confidence, (), (), None, 1, 1, 1, 0, 1.0, None, None, {}, 0
    )
    return question, prediction


def test_letters_decide_what_is_right_and_pages_are_resampled(tmp_path: Path):
    rows = [
        row(0.95, "RM 12.50", ("RM12,50",), 0),  # spaces and points aside the same
        row(0.95, "RM 12.60", ("RM 12.50",), 1),  # one digit wrong: near, but not right
        row(0.95, None, (), 2),
        row(0.05, "something", (), 3),
    ]
    found = reliability(rows)
    assert found is not None
    assert found.error.mean == pytest.approx((abs(3 * 0.95 - 2) + 0.05) / 4)
    assert found.error_anls.mean == pytest.approx((abs(3 * 0.95 - 3) + 0.05) / 4)
    assert found.error.low <= found.error.mean <= found.error.high
    assert [each.count for each in found.bins] == [1, 3]
    assert reliability([(q, replace(p, confidence=0.0)) for q, p in rows]) is None
    path = tmp_path / "r.svg"
    reliability_diagram(path, "t", {"pinpoint": found.bins})
    assert "<!-- pinpoint -->" in path.read_text()


def test_an_interval_needs_two_groups():
    assert math.isnan(resampled(lambda rows: 1.0, ["a", "a"]).low)
    drawn = resampled(lambda rows: float(len(rows)), ["a", "b", "b", "b"])
    assert (drawn.mean, drawn.low, drawn.high) == (4.0, 2.0, 6.0)
