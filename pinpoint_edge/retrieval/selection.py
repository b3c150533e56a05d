"""Adaptive selection: as many regions as the question needs, under a token budget.

Regions are taken by falling relevance until they cover the share r of the probability, so that an
easy question takes few regions and a hard one more (coverage as in arXiv 2603.22815).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.bundle import SelectionParameters
from pinpoint_edge.errors import OptionError

DEFAULTS = SelectionParameters()


@dataclass(frozen=True)
class Limits:
    """Where the choice of evidence ends: coverage, 0..1, or a budget of tokens."""

    coverage: float
    token_budget: int


@dataclass(frozen=True)
class Selection:
    """The regions chosen for one question.

    `indices`: in reading order. `relevance`: probability of each among the regions, null left out.
    `covered`: their sum, 0..1. `null`: probability of the null region. `found`: False when null
    wins; the regions are chosen all the same. `estimated_tokens`: sum of costs.
    """

    indices: tuple[int, ...]
    relevance: tuple[float, ...]
    covered: float
    null: float
    found: bool
    estimated_tokens: int


def _softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    powers = np.exp(logits - logits.max())
    shares: NDArray[np.float64] = powers / powers.sum()
    return shares


def select(
    relevance: NDArray[np.float32],
    costs: NDArray[np.int32],
    coverage: float,
    budget: int,
    parameters: SelectionParameters = DEFAULTS,
) -> Selection:
    """Choose regions by falling relevance until `coverage` or the token budget is reached.

    `relevance` f32 (N+1,): logits in reading order, the null region last. The shares of the
    regions are their softmax at the bundle's temperature (temperature scaling: Guo et al. 2017),
    p(null) is that of all at temperature 1. `costs` i32 (N,): tokens that each region is expected
    to add. The first region that would pass `budget` ends the choice, but at least one region is
    chosen. Equal relevance goes to the earlier region. A page without regions gives an empty
    selection that is not found.
    Raises OptionError for a coverage outside (0, 1], a budget below 1 or shapes that do not match.
    """
    count = len(relevance) - 1
    if not 0.0 < coverage <= 1.0:
        raise OptionError(f"The coverage is {coverage}: give a number above 0 and up to 1.")
    if budget < 1:
        raise OptionError(f"The token budget is {budget}: give at least 1.")
    if count != len(costs):
        raise OptionError(
            f"relevance has {len(relevance)} entries and costs {len(costs)}: "
            "give one cost a region, and one relevance more than that for the null region."
        )
    if count == 0:
        return Selection((), (), 0.0, 1.0, False, 0)
    logits = np.asarray(relevance, dtype=np.float64)
    null = float(_softmax(logits)[-1])
    shares = _softmax(logits[:-1] / parameters.temperature)
    order = np.argsort(-logits[:-1], kind="stable")  # shares may round unequal logits to equal
    chosen: list[int] = []
    covered, tokens = 0.0, 0
    for index in order:
        cost = int(costs[index])
        if chosen and (covered >= coverage or tokens + cost > budget):
            break
        chosen.append(int(index))
        covered += float(shares[index])
        tokens += cost
    chosen.sort()
    return Selection(
        tuple(chosen),
        tuple(float(shares[index]) for index in chosen),
        min(covered, 1.0),
        null,
        null < parameters.null_wins,
        tokens,
    )


def with_companions(
    chosen: Selection,
    relevance: NDArray[np.float32],
    costs: NDArray[np.int32],
    budget: int,
    companions: Callable[[int], Iterable[int]],
) -> tuple[int, ...]:
    """Add what explains the chosen regions, those of the most relevant first, in the budget.

    `relevance`, `costs`: of each region, as in `select`; `companions`: of a region. Returns
    indices in reading order.
    """
    taken, spent = set(chosen.indices), chosen.estimated_tokens
    for index in sorted(chosen.indices, key=lambda index: -float(relevance[index])):
        for other in companions(index):
            if other not in taken and spent + int(costs[other]) <= budget:
                taken.add(other)
                spent += int(costs[other])
    return tuple(sorted(taken))


def top_by_share(
    relevance: NDArray[np.float32], costs: NDArray[np.int32], share: float
) -> tuple[int, ...]:
    """Indices, in reading order, of the most relevant regions that fit a share of all tokens.

    Compares strategies at an equal price: `relevance` f32 (N,) holds scores of any scale without a
    null region, `costs` i32 (N,) tokens. Regions are taken by falling score as long as the sum of
    costs stays within `share` of the total; the first one is always taken. Raises OptionError for a
    share outside (0, 1] or shapes that do not match.
    """
    if not 0.0 < share <= 1.0:
        raise OptionError(f"The token share is {share}: give a number above 0 and up to 1.")
    if len(relevance) != len(costs):
        raise OptionError(
            f"relevance has {len(relevance)} entries and costs {len(costs)}: give one a region."
        )
    order = np.argsort(-np.asarray(relevance, dtype=np.float64), kind="stable")
    within = np.cumsum(np.asarray(costs, dtype=np.int64)[order]) <= share * float(np.sum(costs))
    within[:1] = True
    taken = order[np.logical_and.accumulate(within)]
    return tuple(sorted(int(index) for index in taken))


def estimate_tokens(reading: str) -> int:
    """Tokens that a region is expected to add, from its rough reading.

    The tokenizer takes digits one by one and other text in pieces of about three characters; two
    more are the visual token and a separator.
    """
    digits = sum(character.isdigit() for character in reading)
    return 2 + digits + math.ceil((len(reading) - digits) / 3)
