"""Groups of modules with harms that are known."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pinpoint_quantization.search.scores import GroupScore

MakeScores = Callable[[dict[str, tuple[float, float]]], list[GroupScore]]


@pytest.fixture
def make_scores() -> MakeScores:
    """Groups with their harm in int8 and int4; int4 is as quick as int8."""

    def make(harms: dict[str, tuple[float, float]]) -> list[GroupScore]:
        scores = []
        for name, (int8, int4) in harms.items():
            for kind, size, harm, seconds in (
                ("float32", 400, 0.0, 4.0),
                ("int8", 100, int8, 1.0),
                ("int4", 50, int4, 1.0),
            ):
                score = GroupScore("decode", name, kind, (name,), size, harm, 30.0, 0.0, seconds)
                scores.append(score)
        return scores

    return make


@pytest.fixture
def scores(make_scores: MakeScores) -> list[GroupScore]:
    return make_scores({"a": (0.001, 0.01), "b": (0.001, 0.4), "c": (0.002, 0.05), "d": (0.1, 0.2)})
