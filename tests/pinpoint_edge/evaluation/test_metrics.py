"""Metrics against values worked out by hand and against slow, obvious definitions."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinpoint_edge.errors import OptionError
from pinpoint_edge.evaluation import metrics

BOX = st.tuples(*[st.integers(0, 24)] * 4).map(
    lambda v: (min(v[0], v[2]), min(v[1], v[3]), max(v[0], v[2]), max(v[1], v[3]))
)
BOXES = st.lists(BOX, max_size=6)


def raster(boxes: Sequence[Sequence[float]]) -> np.ndarray:
    canvas = np.zeros((24, 24), bool)
    for x0, y0, x1, y1 in boxes:
        canvas[int(y0) : int(y1), int(x0) : int(x1)] = True
    return canvas


@pytest.mark.parametrize(
    ("a", "b", "distance"),
    [("", "", 0), ("", "abc", 3), ("kitten", "sitting", 3), ("flaw", "lawn", 2), ("ab", "ba", 2)],
)
def test_levenshtein(a: str, b: str, distance: int):
    assert metrics.levenshtein(a, b) == metrics.levenshtein(b, a) == distance


@settings(max_examples=100)
@given(st.text("abc", max_size=8), st.text("abc", max_size=8), st.text("abc", max_size=8))
def test_levenshtein_is_a_distance(a: str, b: str, c: str):
    d = metrics.levenshtein
    assert (d(a, b) == 0) == (a == b)
    assert abs(len(a) - len(b)) <= d(a, b) <= max(len(a), len(b))
    assert d(a, c) <= d(a, b) + d(b, c)


@pytest.mark.parametrize(
    ("said", "answers", "score"),
    [
        ("Total", ["total"], 1.0),
        ("  12.50\n", ["12.50"], 1.0),
        ("a  b", ["A B"], 1.0),
        ("12.60", ["12.50"], 0.8),
        ("ab", ["axyz", "abcd"], 0.5),  # a distance of half the length still counts
        ("ab", ["abcde"], 0.0),  # 0.4 is below the threshold
        ("tital", ["nothing alike", "total"], 0.8),
        (None, ["x"], 0.0),
        ("", ["x"], 0.0),
        (None, [], 1.0),
        ("", [], 1.0),
        ("x", [], 0.0),
    ],
)
def test_anls(said: str | None, answers: list[str], score: float):
    assert metrics.anls(said, answers) == pytest.approx(score)


def test_anls_threshold_is_a_choice():
    assert metrics.anls("ab", ["abcde"], threshold=0.4) == pytest.approx(0.4)
    assert metrics.anls("abcd", ["abcde"], threshold=0.9) == 0


def test_relaxed_match_takes_numbers_within_five_percent():
    assert metrics.relaxed_match("$1,040", ["1000"]) == 1
    assert metrics.relaxed_match("1060", ["1000"]) == 0
    assert metrics.relaxed_match("0", ["0"]) == 1
    assert metrics.relaxed_match("0.01", ["0"]) == 0
    assert metrics.relaxed_match("Norway ", ["norway"]) == 1
    assert metrics.relaxed_match("nan", ["1"]) == metrics.relaxed_match("inf", ["5"]) == 0
    assert metrics.relaxed_match(None, []) == 1


def test_exact_match():
    assert metrics.exact_match("RM 12.00 ", ["rm 12.00"]) == 1
    assert metrics.exact_match("RM 12.0", ["rm 12.00"]) == 0
    assert metrics.exact_match(None, []) == 1
    assert metrics.exact_match("0", []) == 0


@settings(max_examples=200)
@given(BOXES)
def test_union_area_equals_counted_pixels(boxes: list[tuple[int, int, int, int]]):
    assert metrics.union_area(boxes) == raster(boxes).sum()


@settings(max_examples=200)
@given(BOXES, BOXES)
def test_iou_of_unions_equals_counted_pixels(
    a: list[tuple[int, int, int, int]], b: list[tuple[int, int, int, int]]
):
    whole = (raster(a) | raster(b)).sum()
    expected = (raster(a) & raster(b)).sum() / whole if whole else 0
    assert metrics.boxes_iou(a, b) == pytest.approx(expected)


@settings(max_examples=200)
@given(BOX, BOXES)
def test_coverage_equals_counted_pixels(
    box: tuple[int, int, int, int], others: list[tuple[int, int, int, int]]
):
    area = raster([box]).sum()
    expected = (raster([box]) & raster(others)).sum() / area if area else 0
    assert metrics.coverage(box, others) == pytest.approx(expected)


def test_box_recall_needs_half_of_the_area():
    gold = [(0, 0, 10, 10), (20, 0, 30, 10)]
    assert metrics.box_recall(gold, []) == 0
    assert metrics.box_recall(gold, [(0, 0, 5, 10)]) == 0.5
    assert metrics.box_recall(gold, [(0, 0, 4.9, 10)]) == 0
    # Two boxes that cover the same part don't count twice; two that share the work do.
    assert metrics.box_recall(gold, [(0, 0, 4, 10), (0, 0, 4, 10)]) == 0
    assert metrics.box_recall(gold, [(0, 0, 3, 10), (7, 0, 23, 10), (28, 0, 30, 10)]) == 1
    assert metrics.box_recall([], []) == 1


def test_percentile():
    assert metrics.percentile([1, 2, 3, 4], 50) == 2.5
    assert metrics.percentile([3, 1, 2], 100) == 3
    assert math.isnan(metrics.percentile([], 50))
    with pytest.raises(OptionError, match="101"):
        metrics.percentile([1], 101)


def test_bootstrap_interval_is_seeded_and_near_the_normal_one():
    values = np.random.default_rng(5).normal(10, 2, 400).tolist()
    estimate = metrics.bootstrap_interval(values, seed=1)
    assert estimate == metrics.bootstrap_interval(values, seed=1)
    assert estimate != metrics.bootstrap_interval(values, seed=2)
    assert estimate.mean == pytest.approx(np.mean(values))
    half = 1.96 * np.std(values) / 20
    assert estimate.high - estimate.mean == pytest.approx(half, rel=0.15)
    assert estimate.mean - estimate.low == pytest.approx(half, rel=0.15)


def test_bootstrap_interval_covers_the_truth_about_95_times_in_100():
    random = np.random.default_rng(0)
    hits = 0
    for trial in range(200):
        values = random.exponential(1.0, 60).tolist()
        estimate = metrics.bootstrap_interval(values, seed=trial, resamples=400)
        hits += estimate.low <= 1 <= estimate.high
    assert 178 <= hits <= 198


def test_groups_widen_the_interval_when_questions_share_a_page():
    pages = [k // 10 for k in range(200)]
    values = [float(page % 2) for page in pages]  # a page is read well or not at all
    alone = metrics.bootstrap_interval(values, seed=0)
    grouped = metrics.bootstrap_interval(values, seed=0, groups=pages)
    assert grouped.mean == alone.mean == 0.5
    assert grouped.high - grouped.low > 2 * (alone.high - alone.low)


def test_missing_values_are_left_out():
    estimate = metrics.bootstrap_interval([1, math.nan, 3], groups=["a", "b", "c"])
    assert (estimate.mean, estimate.count) == (2, 2)
    assert metrics.bootstrap_interval([math.nan]).count == 0
    assert math.isnan(metrics.bootstrap_interval([]).mean)


def test_one_page_gives_no_interval():
    estimate = metrics.bootstrap_interval([0.5, 0.7, 0.9], groups=["a", "a", "a"])
    assert estimate.mean == pytest.approx(0.7)
    assert math.isnan(estimate.low)
    assert math.isnan(estimate.high)
    assert not estimate.differs_from_zero


def test_paired_bootstrap_sees_a_small_steady_difference():
    random = np.random.default_rng(3)
    base = random.uniform(0, 1, 200)
    better = base + 0.02 + random.normal(0, 0.01, 200)
    difference = metrics.paired_bootstrap(better.tolist(), base.tolist(), seed=0)
    assert difference.differs_from_zero
    assert difference.mean == pytest.approx(0.02, abs=0.003)
    same = metrics.paired_bootstrap(base.tolist(), random.permutation(base).tolist(), seed=0)
    assert not same.differs_from_zero


def test_paired_values_must_match():
    with pytest.raises(OptionError, match="1 values were paired with 2"):
        metrics.paired_bootstrap([1], [1, 2])
    with pytest.raises(OptionError, match="1 groups"):
        metrics.bootstrap_interval([1, 2], groups=["a"])
