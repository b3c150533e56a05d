"""The search: its steps back, and limits it cannot meet."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from pinpoint_edge.errors import OptionError
from pinpoint_edge.evaluation.metrics import Estimate
from pinpoint_quantization.recipe import Recipe
from pinpoint_quantization.search.choice import SearchLimits, Verified, search
from pinpoint_quantization.search.ladder import Rung
from pinpoint_quantization.search.scores import GroupScore

REST = 1000


def verified(drop: float, size: int, reach: float = 0.01) -> Verified:
    estimate = Estimate(drop, drop - reach, drop + reach, 20)
    return Verified(20, 0.8 - drop, 0.8, estimate, 1 - drop, size)


def losing(
    scores: list[GroupScore], loss: float, tried: list[Recipe]
) -> Callable[[Recipe], Verified]:
    """Answers that lose in proportion to the harm."""

    def verify(recipe: Recipe) -> Verified:
        tried.append(recipe)
        kept = [s for s in scores if s.kind == recipe.stages["decode"].weights_of(s.modules[0])]
        return verified(loss * sum(s.harm for s in kept), REST + sum(s.size for s in kept))

    return verify


def test_without_a_size_the_coarsest_is_tried_first(scores: list[GroupScore]) -> None:
    tried: list[Recipe] = []
    found = search(
        scores, Recipe.builtin("fp32"), "mine", SearchLimits(0.005), rest=REST,
        verify=losing(scores, 0.001, tried),
    )  # fmt: skip
    assert len(tried) == 1
    assert found.recipe.stages["decode"].weights == "int4"
    assert found.recipe.stages["decode"].modules == ()
    assert found.verified.size == REST + 4 * 50


def test_it_steps_back_to_half_the_harm_until_the_answers_hold(scores: list[GroupScore]) -> None:
    tried: list[Recipe] = []
    seen: list[tuple[Rung, Verified]] = []
    found = search(
        scores, Recipe.builtin("fp32"), "mine", SearchLimits(0.005), rest=REST,
        verify=losing(scores, 0.05, tried), on_try=lambda rung, said: seen.append((rung, said)),
    )  # fmt: skip
    harms = [rung.harm for rung, _ in seen]
    assert len(harms) == len(tried) > 1
    assert all(later <= earlier / 2 for earlier, later in itertools.pairwise(harms))
    assert [v.within(SearchLimits(0.005)) for _, v in seen] == [False] * (len(seen) - 1) + [True]
    assert found.tried == tuple(seen)
    assert found.recipe.stages["decode"].weights_of("b") != "int4", "the worst goes back first"


def test_with_a_size_the_safest_that_fits_is_chosen(scores: list[GroupScore]) -> None:
    tried: list[Recipe] = []
    limit = REST + 460
    found = search(
        scores, Recipe.builtin("fp32"), "mine", SearchLimits(0.01, limit), rest=REST,
        verify=losing(scores, 0.001, tried),
    )  # fmt: skip
    assert len(tried) == 1
    assert found.verified.size <= limit
    kinds = [found.recipe.stages["decode"].weights_of(name) for name in "abcd"]
    assert kinds == ["int8"] * 4, "what the last move saved too much went back to the first"


def test_a_bundle_larger_than_reckoned_is_made_smaller(scores: list[GroupScore]) -> None:
    """The target's own files are 100 bytes larger than those that were scored."""
    tried: list[Recipe] = []
    inner = losing(scores, 0.001, tried)

    def verify(recipe: Recipe) -> Verified:
        said = inner(recipe)
        return verified(said.drop.mean, said.size + 100)

    limits = SearchLimits(0.01, REST + 460)
    found = search(scores, Recipe.builtin("fp32"), "x", limits, rest=REST, verify=verify)
    assert len(tried) == 2
    assert found.verified.size <= REST + 460


def test_limits_that_cannot_be_met_show_the_best_reached(scores: list[GroupScore]) -> None:
    base, tried = Recipe.builtin("fp32"), list[Recipe]()
    with pytest.raises(OptionError, match=r"the smallest one has 0\.0 MB.*not searched"):
        search(
            scores,
            base,
            "x",
            SearchLimits(0.01, 1100),
            rest=REST,
            verify=losing(scores, 1, tried),
        )
    assert not tried, "nothing was asked"
    with pytest.raises(
        OptionError,
        match=r"No recipe was found with a loss of at most 0\.0001 wit"
        r"hin 0\.0 MB.*with the least loss, .*ANLS 0\.[67]\d+ .*of 20 answers",
    ):
        search(
            scores, base, "x", SearchLimits(0.0001, REST + 300), rest=REST,
            verify=losing(scores, 1, tried),
        )  # fmt: skip


def test_an_interval_can_be_held_to_the_limit_too() -> None:
    said = verified(0.004, 1, reach=0.01)
    assert said.within(SearchLimits(0.005))
    assert not said.within(SearchLimits(0.005, strict=True))
    unknown = Verified(1, 0.8, 0.8, Estimate(0, float("nan"), float("nan"), 1), 1, 1)
    assert not unknown.within(SearchLimits(0.005, strict=True)), "one page proves nothing"


def test_the_summary_has_no_negative_zero() -> None:
    same = Verified(12, 0.5, 0.5, Estimate(0.0, 0.0, 0.25, 12), 1.0, 120_000_000)
    assert (
        same.summary()
        == "120.0 MB, ANLS 0.5000 (+0.0000 [-0.2500, +0.0000]), 12 of 12 answers the same"
    )


def test_an_unknown_objective_is_refused() -> None:
    with pytest.raises(OptionError, match="cannot be optimized: size and latency can"):
        SearchLimits(0.1, optimize="joules")
