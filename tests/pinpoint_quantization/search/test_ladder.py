"""The order of moves against all choices."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from pinpoint_edge.errors import OptionError
from pinpoint_quantization.search.ladder import ladder
from pinpoint_quantization.search.scores import GroupScore


def test_the_order_has_the_least_harm_of_all_choices_of_its_size(scores: list[GroupScore]) -> None:
    groups = {name: [s for s in scores if s.group == name] for name in "abcd"}
    every = [
        (sum(s.size for s in choice), sum(s.harm for s in choice))
        for choice in itertools.product(*groups.values())
    ]
    worst = sum(max(s.harm for s in found) for found in groups.values())
    for rung in ladder(scores):
        least = min(harm for size, harm in every if size <= rung.size)
        assert rung.harm * worst == pytest.approx(least)


def test_the_order_is_near_the_least_harm_of_random_groups(make_scores: Any) -> None:
    random = np.random.default_rng(0)
    for _ in range(20):
        int8 = random.random(6) * 0.01
        scores = make_scores({str(n): (h, h + random.random()) for n, h in enumerate(int8)})
        rungs = ladder(scores)
        assert [rung.size for rung in rungs] == sorted((r.size for r in rungs), reverse=True)
        assert [rung.harm for rung in rungs] == sorted(rung.harm for rung in rungs)
        assert rungs[0].harm == 0
        assert rungs[-1].harm == pytest.approx(1)
        assert set(rungs[-1].choice.values()) == {"int4"}


def test_latency_saves_time_first_and_room_only_when_a_size_asks(scores: list[GroupScore]) -> None:
    rungs = ladder(scores, "latency")
    quick = [rung for rung in rungs if rung.seconds == 4 * 1.0]
    assert set(quick[0].choice.values()) == {"int8"}
    assert set(rungs[-1].choice.values()) == {"int4"}
    untimed = [GroupScore(**{**vars(score), "seconds": None}) for score in scores]
    with pytest.raises(OptionError, match="without times; measure them"):
        ladder(untimed, "latency")
