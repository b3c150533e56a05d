"""Choosing a type for each group of modules: the least harm for a size or a time, then the proof.

Every group can go from float32 to coarser types. The moves are ordered by the harm that they do for
what they save (greedy over the convex hull of each group's choices, which is the optimum of the
knapsack's relaxation), and a recipe is a place in that order. Harm adds up only roughly, so a
choice counts when real answers say so; where they do not, the search steps back to the place where
half the harm is expected, and asks again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from pinpoint_edge.errors import OptionError
from pinpoint_edge.evaluation.metrics import Estimate
from pinpoint_quantization.recipe import WEIGHTS, Recipe
from pinpoint_quantization.search.recipe_file import recipe_of
from pinpoint_quantization.search.scores import GroupScore
from pinpoint_quantization.search.sensitivity import SAFEST

OBJECTIVES = ("size", "latency")
LEAST_HARM = 0.01  # of the coarsest choice's: below it only the safest one is left to try

Place = tuple[str, str]  # stage, group


@dataclass(frozen=True)
class Limits:
    """What a recipe may take and lose.

    Attributes:
        max_drop: ANLS, 0..1, that its answers may lose.
        max_size: bytes of the whole bundle, None: as small (or quick) as max_drop allows.
        optimize: what to save: "size" or "latency".
        strict: hold the whole 95 % interval of the loss to max_drop, not its mean alone.
    """

    max_drop: float
    max_size: int | None = None
    optimize: str = "size"
    strict: bool = False

    def __post_init__(self) -> None:
        if self.optimize not in OBJECTIVES:
            raise OptionError(f"'{self.optimize}' cannot be optimized: size and latency can.")


@dataclass(frozen=True)
class Rung:
    """A choice of a type for every group: its bytes, its expected seconds, its expected harm.

    harm: 1 is that of the coarsest choice of everything.
    """

    choice: Mapping[Place, str]
    size: int
    seconds: float
    harm: float


@dataclass(frozen=True)
class Verified:
    """What the answers under a recipe say.

    Attributes:
        drop: ANLS of float32 less that of the recipe, with its interval over pages.
        identical: share of the questions with the same answer.
        size: bytes of the whole bundle.
    """

    questions: int
    anls: float
    reference_anls: float
    drop: Estimate
    identical: float
    size: int

    def within(self, limits: Limits) -> bool:
        """Whether the loss is small enough; an interval that is not known is no proof."""
        lost = self.drop.high if limits.strict else self.drop.mean
        return lost <= limits.max_drop

    def told(self) -> str:
        """Return "133 MB, ANLS .871 (-.004 [-.010, .002]), 22 of 24 answers the same"."""
        drop = self.drop
        interval = "" if drop.low != drop.low else f" [{0 - drop.high:+.4f}, {0 - drop.low:+.4f}]"
        same = round(self.identical * self.questions)
        return (
            f"{self.size / 1e6:.1f} MB, ANLS {self.anls:.4f} ({0 - drop.mean:+.4f}{interval}), "
            f"{same} of {self.questions} answers the same"
        )


@dataclass(frozen=True)
class Found:
    """The recipe that was chosen, what its answers said, and all that was tried."""

    recipe: Recipe
    rung: Rung
    verified: Verified
    tried: tuple[tuple[Rung, Verified], ...] = field(default=())


def ladder(scores: Sequence[GroupScore], optimize: str = "size") -> list[Rung]:
    """Return the choices from the safest to the coarsest, each one move from the one before.

    Raises OptionError when a time is asked for that was not measured.
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
    if optimize == "latency":  # what saves no time may still save room, when a limit asks for it
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


def search(
    scores: Sequence[GroupScore],
    base: Recipe,
    name: str,
    limits: Limits,
    *,
    rest: int,
    verify: Callable[[Recipe], Verified],
    on_try: Callable[[Rung, Verified], None] = lambda rung, verified: None,
) -> Found:
    """Return the recipe that keeps to the limits.

    scores: of the groups that are searched; base: what all else keeps, and how integers lie; rest:
    bytes of a bundle beside the searched weights; verify: makes a recipe's artifact and asks it.
    Without a size limit the coarsest choice is tried first, with one the safest that fits.
    Raises OptionError, with the best reached, when no recipe keeps to the limits.
    """
    rungs = ladder(scores, limits.optimize)
    tried: list[tuple[Rung, Verified]] = []
    place = _start(rungs, limits, rest)
    while True:
        current = rungs[place]
        if limits.max_size is not None and current.size + rest <= limits.max_size:
            current = filled(current, scores, limits.max_size - rest)
        recipe = recipe_of(base, name, scores, current.choice)
        verified = verify(recipe)
        tried.append((current, verified))
        on_try(current, verified)
        if not verified.within(limits):
            following = _safer(rungs, place, current)
        elif limits.max_size is None or verified.size <= limits.max_size:
            return Found(recipe, current, verified, tuple(tried))
        else:  # it answers well, but is larger than was reckoned
            rest = verified.size - current.size
            following = _smaller(rungs, limits.max_size - rest)
        if following is None or (verified.within(limits) and len(tried) > len(rungs)):
            raise _unmet(limits, tried)
        place = following


def filled(rung: Rung, scores: Sequence[GroupScore], room: int) -> Rung:
    """Return a choice of at most `room` bytes with what of it is left spent on safer types.

    The order saves a whole group at a time; what its last move saved too much serves others.
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


def _start(rungs: Sequence[Rung], limits: Limits, rest: int) -> int:
    """Return the place in the order to begin at: its end, or the first that fits."""
    if limits.max_size is None:
        return len(rungs) - 1
    place = _smaller(rungs, limits.max_size - rest)
    if place is not None:
        return place
    least = min(rung.size for rung in rungs) + rest
    raise OptionError(
        f"No choice makes a bundle of {limits.max_size / 1e6:.1f} MB: the smallest one has "
        f"{least / 1e6:.1f} MB, of which {rest / 1e6:.1f} are not searched. Allow more, or search "
        "more stages."
    )


def _smaller(rungs: Sequence[Rung], room: int) -> int | None:
    return next((place for place, rung in enumerate(rungs) if rung.size <= room), None)


def _safer(rungs: Sequence[Rung], place: int, current: Rung) -> int | None:
    """Return the coarsest place that is expected to do half the harm, None after the safest."""
    if place == 0:
        return None
    wanted = current.harm / 2 if current.harm / 2 >= LEAST_HARM else 0.0
    return next((p for p in reversed(range(place)) if rungs[p].harm <= wanted), 0)


def _unmet(limits: Limits, tried: Sequence[tuple[Rung, Verified]]) -> OptionError:
    good = [verified for _, verified in tried if verified.within(limits)]
    small = [
        verified
        for _, verified in tried
        if limits.max_size is None or verified.size <= limits.max_size
    ]
    asked = f"a loss of at most {limits.max_drop:.4f}" + (" for sure" if limits.strict else "")
    if limits.max_size is not None:
        asked += f" within {limits.max_size / 1e6:.1f} MB"
    best = []
    if small:
        best.append(f"with the least loss, {min(small, key=lambda v: v.drop.mean).told()}")
    if good:
        best.append(f"the smallest that answers as well, {min(good, key=_size).told()}")
    return OptionError(
        f"No recipe was found with {asked}. The best reached: {'; '.join(best) or 'none'}. Allow "
        "more, or ask more questions."
    )


def _size(verified: Verified) -> int:
    return verified.size


def _worst(groups: Mapping[Place, Sequence[GroupScore]]) -> dict[str, float]:
    """Return the harm of everything's coarsest type, by stage: stages have figures of their own."""
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
    """Return a group's moves on the hull of its choices: (harm for what is saved, place, type)."""
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
        # Of equal ones the move that saves most: a type that costs nothing more is skipped.
        slope, cost, harm, kind = min(further, key=lambda item: (item[0], item[1]))
        moves.append((slope, place, kind))
        current = (cost, harm, kind)


def _cost(score: GroupScore, optimize: str) -> float:
    return float(score.size) if optimize == "size" else float(score.seconds or 0.0)
