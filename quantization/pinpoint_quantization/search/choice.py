"""The choice of a recipe within limits of loss and size, proved by real answers.

A recipe is a rung of the ladder. Harm adds up only roughly, so a rung counts when real answers
confirm it; when they do not, the search steps back to the rung with half the expected harm and asks
again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pinpoint_edge.errors import OptionError
from pinpoint_edge.evaluation.metrics import Estimate
from pinpoint_quantization.recipe import Recipe
from pinpoint_quantization.search.ladder import OBJECTIVES, Rung, filled, ladder
from pinpoint_quantization.search.recipe_file import recipe_of
from pinpoint_quantization.search.scores import GroupScore

LEAST_HARM = 0.01  # share of the coarsest rung's harm; below it only the safest rung remains


@dataclass(frozen=True)
class SearchLimits:
    """The size and the loss that a recipe may have.

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
class Verified:
    """The answers under a recipe beside those in float32.

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

    def within(self, limits: SearchLimits) -> bool:
        """Whether the loss is small enough; an unknown interval is no proof."""
        lost = self.drop.high if limits.strict else self.drop.mean
        return lost <= limits.max_drop

    def summary(self) -> str:
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
    """The chosen recipe, its answers, and all that was tried."""

    recipe: Recipe
    rung: Rung
    verified: Verified
    tried: tuple[tuple[Rung, Verified], ...] = field(default=())


def search(
    scores: Sequence[GroupScore],
    base: Recipe,
    name: str,
    limits: SearchLimits,
    *,
    rest: int,
    verify: Callable[[Recipe], Verified],
    on_try: Callable[[Rung, Verified], None] = lambda rung, verified: None,
) -> Found:
    """Return the recipe that keeps to the limits.

    scores: of the searched groups; base: the recipe of all else, and the form of integers; rest:
    bytes of a bundle beside the searched weights; verify: makes a recipe's artifact and asks it.
    Without a size limit the coarsest rung is tried first, with one the safest that fits. Raises
    OptionError, with the best reached, when no recipe keeps to the limits.
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
        else:  # it answers well, but is larger than expected
            rest = verified.size - current.size
            following = _smaller(rungs, limits.max_size - rest)
        if following is None or (verified.within(limits) and len(tried) > len(rungs)):
            raise _unmet(limits, tried)
        place = following


def _start(rungs: Sequence[Rung], limits: SearchLimits, rest: int) -> int:
    """Return the rung to begin at: the last, or the first that fits."""
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
    """Return the coarsest rung with half the expected harm, None after the safest."""
    if place == 0:
        return None
    wanted = current.harm / 2 if current.harm / 2 >= LEAST_HARM else 0.0
    return next((p for p in reversed(range(place)) if rungs[p].harm <= wanted), 0)


def _unmet(limits: SearchLimits, tried: Sequence[tuple[Rung, Verified]]) -> OptionError:
    good = [verified for _, verified in tried if verified.within(limits)]
    small = [
        verified
        for _, verified in tried
        if limits.max_size is None or verified.size <= limits.max_size
    ]
    wanted = f"a loss of at most {limits.max_drop:.4f}" + (" for sure" if limits.strict else "")
    if limits.max_size is not None:
        wanted += f" within {limits.max_size / 1e6:.1f} MB"
    best = []
    if small:
        best.append(f"with the least loss, {min(small, key=lambda v: v.drop.mean).summary()}")
    if good:
        best.append(f"the smallest that answers as well, {min(good, key=_size).summary()}")
    return OptionError(
        f"No recipe was found with {wanted}. The best reached: {'; '.join(best) or 'none'}. Allow "
        "more, or ask more questions."
    )


def _size(verified: Verified) -> int:
    return verified.size
