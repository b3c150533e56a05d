"""The ladder of choices from the safest to the coarsest: one move of one group after the other.

A move takes a group from one type to a coarser one. Moves are ordered by their harm for each byte
(or second) saved, over the convex hull of each group's choices, which is the optimum of the
knapsack's relaxation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pinpoint_edge.errors import OptionError
from pinpoint_quantization.recipe import WEIGHTS
from pinpoint_quantization.search.scores import GroupScore
from pinpoint_quantization.search.sensitivity import SAFEST

OBJECTIVES = ("size", "latency")
Place = tuple[str, str]  # stage, group


@dataclass(frozen=True)
class Rung:
    """A type for every group: its bytes, its expected seconds, its expected harm.

    harm: 1 for the coarsest choice of everything.
    """

    choice: Mapping[Place, str]
    size: int
    seconds: float
    harm: float


def ladder(scores: Sequence[GroupScore], optimize: str = "size") -> list[Rung]:
    """Return the rungs from the safest to the coarsest, each one move from the one before.

    Raises OptionError when times are needed that were not measured.
    """
    groups: dict[Place, list[GroupScore]] = {}
    for score in scores:
        groups.setdefault((score.stage, score.group), []).append(score)
    if optimize == "latency" and any(score.seconds is None for score in scores):
        raise OptionError(
            "Latency cannot be optimized without times; measure them with the scores."
        )
    worst = _worst(groups)
    best = {place: next(s for s in found if s.kind == SAFEST) for place, found in groups.items()}
    moves = []
    for place, found in groups.items():
        moves += _moves(place, found, optimize, worst)
    if optimize == "latency":  # then the moves that save bytes alone, for a size limit
        reached = {place: kind for _, place, kind in sorted(moves)}
        saving = [
            move
            for place, found in groups.items()
            for move in _moves(place, found, "size", worst)
            if WEIGHTS.index(move[2]) > WEIGHTS.index(reached.get(place, SAFEST))
        ]
        ordered = [*sorted(moves), *sorted(saving)]
    else:
        ordered = sorted(moves)
    by_kind = {(place, s.kind): s for place, found in groups.items() for s in found}
    rungs = [_rung(best, worst)]
    for _, place, kind in ordered:
        best = best | {place: by_kind[place, kind]}
        rungs.append(_rung(best, worst))
    return rungs


def filled(rung: Rung, scores: Sequence[GroupScore], room: int) -> Rung:
    """Return a rung of at most `room` bytes, with free bytes spent on safer types.

    A move saves a whole group; the bytes that the last move saved too much serve other groups.
    """
    groups: dict[Place, list[GroupScore]] = {}
    for score in scores:
        groups.setdefault((score.stage, score.group), []).append(score)
    worst = _worst(groups)
    chosen = {
        place: next(s for s in found if s.kind == rung.choice[place])
        for place, found in groups.items()
    }
    while True:
        free = room - sum(score.size for score in chosen.values())
        better = [
            ((chosen[place].harm - score.harm) / worst[score.stage], place, score)
            for place, found in groups.items()
            for score in found
            if score.harm < chosen[place].harm and score.size - chosen[place].size <= free
        ]
        if not better:
            return _rung(chosen, worst)
        _, place, score = max(better, key=lambda item: item[0])
        chosen[place] = score


def _worst(groups: Mapping[Place, Sequence[GroupScore]]) -> dict[str, float]:
    """Return the harm of the coarsest types by stage, whose figures have units of their own."""
    worst: dict[str, float] = {}
    for (stage, _), found in groups.items():
        worst[stage] = worst.get(stage, 0.0) + max(score.harm for score in found)
    return {stage: harm or 1.0 for stage, harm in worst.items()}


def _rung(chosen: Mapping[Place, GroupScore], worst: Mapping[str, float]) -> Rung:
    return Rung(
        {place: score.kind for place, score in chosen.items()},
        sum(score.size for score in chosen.values()),
        sum(score.seconds or 0.0 for score in chosen.values()),
        sum(score.harm / worst[score.stage] for score in chosen.values()) / len(worst),
    )


def _moves(
    place: Place, scores: Sequence[GroupScore], optimize: str, worst: Mapping[str, float]
) -> list[tuple[float, Place, str]]:
    """Return a group's moves on the hull of its choices: (harm per saving, place, type)."""
    by_cost = sorted(
        ((_cost(s, optimize), s.harm / worst[s.stage], s.kind) for s in scores), reverse=True
    )
    current = next(item for item in by_cost if item[2] == SAFEST)
    moves: list[tuple[float, Place, str]] = []
    while True:
        further = [
            ((harm - current[1]) / (current[0] - cost), cost, harm, kind)
            for cost, harm, kind in by_cost
            if cost < current[0]
        ]
        if not further:
            return moves
        # Of equal moves the one that saves most: it skips types without more harm.
        slope, cost, harm, kind = min(further, key=lambda item: (item[0], item[1]))
        moves.append((slope, place, kind))
        current = (cost, harm, kind)


def _cost(score: GroupScore, optimize: str) -> float:
    return float(score.size) if optimize == "size" else float(score.seconds or 0.0)
