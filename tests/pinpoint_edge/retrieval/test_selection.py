"""Selection: coverage, budget, the null region, and equal token shares."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinpoint_edge.errors import OptionError
from pinpoint_edge.retrieval.selection import DEFAULTS, select, top_by_share, with_companions

GOLDEN = json.loads(
    (Path(__file__).parents[2] / "golden/selection/cases.json").read_text(encoding="utf-8")
)
REGIONS = st.lists(st.tuples(st.floats(-30, 30, width=32), st.integers(1, 60)), max_size=40)


@pytest.mark.parametrize("case", GOLDEN["select"])
def test_golden_selections(case):
    chosen = select(
        np.array(case["relevance"], np.float32),
        np.array(case["costs"], np.int32),
        case["coverage"],
        case["budget"],
    )
    expected = case["selection"]
    assert list(chosen.indices) == expected["indices"]
    assert chosen.relevance == pytest.approx(expected["relevance"], abs=1e-7)
    assert chosen.covered == pytest.approx(expected["covered"], abs=1e-7)
    assert chosen.null == pytest.approx(expected["null"], abs=1e-7)
    assert chosen.found is expected["found"]
    assert chosen.estimated_tokens == expected["estimated_tokens"]


@pytest.mark.parametrize("case", GOLDEN["top_by_share"])
def test_golden_shares(case):
    costs = np.array(case["costs"], np.int32)
    chosen = top_by_share(np.array(case["relevance"], np.float32), costs, case["share"])
    assert list(chosen) == case["indices"]


@given(REGIONS, st.floats(-30, 30, width=32), st.floats(0.01, 1.0), st.integers(1, 500))
def test_choice_is_the_shortest_ranking_that_covers(regions, null, coverage, budget):
    logits = np.array([*(logit for logit, _ in regions), null], np.float32)
    costs = np.array([cost for _, cost in regions], np.int32)
    chosen = select(logits, costs, coverage, budget)
    assert list(chosen.indices) == sorted(set(chosen.indices))
    assert chosen.estimated_tokens == costs[list(chosen.indices)].sum()
    if not regions:
        assert not chosen.found
        return
    assert chosen.indices
    assert chosen.found == (chosen.null < DEFAULTS.null_wins)
    taken = set(chosen.indices)
    left = [index for index in range(len(regions)) if index not in taken]
    if left:
        assert logits[list(taken)].min() >= logits[left].max()
        following = max(left, key=lambda index: (logits[index], -index))
        assert chosen.covered >= coverage or chosen.estimated_tokens + costs[following] > budget
    if len(taken) > 1:
        assert chosen.estimated_tokens <= budget
        assert chosen.covered - min(chosen.relevance) < coverage + 1e-9


@given(REGIONS.filter(bool), st.floats(0.01, 1.0))
def test_share_is_kept_beyond_the_first_region(regions, share):
    scores = np.array([score for score, _ in regions], np.float32)
    costs = np.array([cost for _, cost in regions], np.int32)
    chosen = top_by_share(scores, costs, share)
    assert scores[list(chosen)].max() == scores.max()
    assert len(chosen) == 1 or costs[list(chosen)].sum() <= share * costs.sum()


@pytest.mark.parametrize(("coverage", "budget"), [(0.0, 9), (1.1, 9), (float("nan"), 9), (0.5, 0)])
def test_senseless_options_are_refused(coverage, budget):
    with pytest.raises(OptionError):
        select(np.zeros(3, np.float32), np.ones(2, np.int32), coverage, budget)


def test_shapes_must_match():
    with pytest.raises(OptionError, match="one cost a region"):
        select(np.zeros(3, np.float32), np.ones(3, np.int32), 0.5, 9)
    with pytest.raises(OptionError, match="one a region"):
        top_by_share(np.zeros(3, np.float32), np.ones(2, np.int32), 0.5)
    with pytest.raises(OptionError, match="share is 0"):
        top_by_share(np.zeros(2, np.float32), np.ones(2, np.int32), 0.0)


def test_companions_come_along_within_the_budget_the_most_relevant_first():
    logits = np.array([0, 5, 0, 0, 4, 0, -9], np.float32)
    costs = np.array([3, 3, 3, 3, 3, 9], np.int32)
    chosen = select(logits, costs, 0.6, 100)
    assert chosen.indices == (1, 4)
    near = {1: [0, 1], 4: [3, 4, 5]}
    taken = {6: (1, 4), 9: (0, 1, 4), 12: (0, 1, 3, 4), 21: (0, 1, 3, 4, 5)}
    for budget, expected in taken.items():
        assert with_companions(chosen, logits, costs, budget, near.__getitem__) == expected
