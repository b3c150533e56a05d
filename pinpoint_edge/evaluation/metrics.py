"""The figures that answers are judged by; all of them plain functions of plain values."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.errors import BackendError, OptionError

INSTALL_BENCH = "pip install 'pinpoint-edge[bench]'"

Box = Sequence[float]

# A gold box counts as read when the evidence covers this part of it.
READ_COVERAGE = 0.5
RESAMPLES = 2000


def levenshtein(a: str, b: str) -> int:
    """Return the least number of inserted, deleted and replaced characters from `a` to `b`.

    Raises BackendError without rapidfuzz.
    """
    return int(_rapidfuzz().distance(a, b))


@cache
def _rapidfuzz() -> Any:
    try:
        from rapidfuzz.distance import Levenshtein
    except ImportError as error:
        raise BackendError(f"Scores need rapidfuzz; run `{INSTALL_BENCH}`.") from error
    return Levenshtein


def normalised(text: str) -> str:
    """Return `text` in one case with single spaces, as answers are compared."""
    return " ".join(text.casefold().split())


def letters(text: str) -> str:
    """Return letters and digits alone, in one case: a comma read as a point is no other answer."""
    return "".join(character for character in text.casefold() if character.isalnum())


def same_letters(prediction: str | None, answers: Sequence[str]) -> float:
    """Return 1 when the prediction has the letters and digits of an answer, else 0.

    Unlike ANLS it takes no wrong digit for nearly right, unlike an exact match no space for wrong.
    """
    said = letters(prediction or "")
    if not answers:
        return float(not said)
    return float(bool(said) and any(said == letters(answer) for answer in answers))


def anls(prediction: str | None, answers: Sequence[str], threshold: float = 0.5) -> float:
    """Return the normalized Levenshtein similarity to the nearest of `answers`, in 0..1.

    Below `threshold` it is 0 (ANLS, Biten et al., Scene Text Visual Question Answering, ICCV
    2019). Case and white space don't count. An unanswerable question (no answers) scores 1 for no
    prediction (None or empty) and 0 for any other.
    """
    said = normalised(prediction or "")
    if not answers:
        return float(not said)
    best = 0.0
    for answer in map(normalised, answers):
        longest = max(len(said), len(answer))
        # The lengths alone bound the similarity; most far answers need no alignment.
        if longest and min(len(said), len(answer)) / longest < max(threshold, best):
            continue
        best = max(best, 1 - levenshtein(said, answer) / longest if longest else 1.0)
    return best if best >= threshold else 0.0


def exact_match(prediction: str | None, answers: Sequence[str]) -> float:
    """Return 1 when the prediction equals an answer up to case and white space, else 0."""
    said = normalised(prediction or "")
    if not answers:
        return float(not said)
    return float(any(said == normalised(answer) for answer in answers))


def relaxed_match(prediction: str | None, answers: Sequence[str], tolerance: float = 0.05) -> float:
    """Return 1 for a number within `tolerance` of an answer's, or for its very words, else 0.

    Relaxed accuracy of charts (Masry et al., ChartQA, Findings of ACL 2022, section 5.1). Currency
    and percent signs and separators of thousands don't count.
    """
    said = _number(prediction or "")
    for number in map(_number, answers):
        if said is None or not number:
            continue
        if abs(said - number) <= tolerance * abs(number):
            return 1.0
    return exact_match(prediction, answers)


def _number(text: str) -> float | None:
    plain = re.fullmatch(r"[$€£]?(-?\d*\.?\d+)%?", text.strip().replace(",", ""))
    return float(plain[1]) if plain else None


def union_area(boxes: Iterable[Box]) -> float:
    """Return the area that `boxes` cover together, exact (coordinate compression)."""
    rows = _solid(boxes)
    if not rows:
        return 0.0
    xs = np.unique([x for box in rows for x in (box[0], box[2])])
    ys = np.unique([y for box in rows for y in (box[1], box[3])])
    covered = np.zeros((len(ys) - 1, len(xs) - 1), bool)
    for x0, y0, x1, y1 in rows:
        columns = slice(*np.searchsorted(xs, (x0, x1)))
        covered[slice(*np.searchsorted(ys, (y0, y1))), columns] = True
    return float(np.diff(ys) @ covered @ np.diff(xs))


def clipped(boxes: Iterable[Box], window: Box) -> list[tuple[float, float, float, float]]:
    """Return the parts of `boxes` inside `window`, leaving out those without any."""
    x0, y0, x1, y1 = window
    return _solid(
        (max(box[0], x0), max(box[1], y0), min(box[2], x1), min(box[3], y1)) for box in boxes
    )


def coverage(box: Box, others: Iterable[Box]) -> float:
    """Return the part of `box`'s area, 0..1, that lies under the union of `others`."""
    area = union_area([box])
    return union_area(clipped(others, box)) / area if area else 0.0


def box_recall(boxes: Sequence[Box], evidence_boxes: Sequence[Box]) -> float:
    """Return the part of the gold `boxes` that the evidence covers by half or more; 1 of none."""
    if not boxes:
        return 1.0
    return sum(coverage(box, evidence_boxes) >= READ_COVERAGE for box in boxes) / len(boxes)


def boxes_iou(a: Sequence[Box], b: Sequence[Box]) -> float:
    """Return intersection over union of the areas that two sets of boxes cover, in 0..1."""
    area_a, area_b, whole = union_area(a), union_area(b), union_area([*a, *b])
    return (area_a + area_b - whole) / whole if whole else 0.0


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the percentile with linear interpolation; NaN of no values."""
    if not 0 <= percent <= 100:
        raise OptionError(f"percentile {percent} was asked for; ask for one in 0..100")
    return float(np.percentile(values, percent)) if len(values) else math.nan


@dataclass(frozen=True)
class Estimate:
    """A mean over `count` values, with its 95 % bootstrap interval.

    The mean is NaN of no values, the interval NaN of fewer than two independent ones.
    """

    mean: float
    low: float
    high: float
    count: int

    @property
    def differs_from_zero(self) -> bool:
        return self.low > 0 or self.high < 0


def bootstrap_interval(
    values: Sequence[float],
    seed: int = 0,
    *,
    groups: Sequence[object] | None = None,
    resamples: int = RESAMPLES,
) -> Estimate:
    """Return the mean of `values` with its 95 % percentile-bootstrap interval (Efron 1979).

    With `groups`, one label a value, whole groups are resampled: questions on one page share its
    blur and its detector's misses, and taking them for independent would make intervals too
    narrow. NaN values (a figure that a question has not) are left out.
    """
    array = np.asarray(values, np.float64)
    labels = np.arange(len(array)) if groups is None else _indices(groups, len(array))
    kept = ~np.isnan(array)
    array, labels = array[kept], labels[kept]
    if not len(array):
        return Estimate(math.nan, math.nan, math.nan, 0)
    _, labels = np.unique(labels, return_inverse=True)
    totals = np.bincount(labels, weights=array)
    sizes = np.bincount(labels).astype(np.float64)
    if len(totals) < 2:
        # Resampling one value gives a width of 0, which would pass for certainty.
        return Estimate(float(array.mean()), math.nan, math.nan, len(array))
    random = np.random.default_rng(seed)
    drawn = random.integers(0, len(totals), (resamples, len(totals)))
    means = totals[drawn].sum(1) / sizes[drawn].sum(1)
    low, high = np.percentile(means, (2.5, 97.5))
    return Estimate(float(array.mean()), float(low), float(high), len(array))


def paired_bootstrap(
    a: Sequence[float],
    b: Sequence[float],
    seed: int = 0,
    *,
    groups: Sequence[object] | None = None,
    resamples: int = RESAMPLES,
) -> Estimate:
    """Return the mean of `a - b` with its 95 % interval; both hold the same questions in order."""
    if len(a) != len(b):
        raise OptionError(f"{len(a)} values were paired with {len(b)}; pass one of each a question")
    differences = np.asarray(a, np.float64) - np.asarray(b, np.float64)
    return bootstrap_interval(differences.tolist(), seed, groups=groups, resamples=resamples)


def _indices(groups: Sequence[object], count: int) -> NDArray[np.int64]:
    if len(groups) != count:
        raise OptionError(f"{len(groups)} groups were given for {count} values; pass one a value")
    numbers: dict[object, int] = {}
    return np.array([numbers.setdefault(group, len(numbers)) for group in groups], np.int64)


def _solid(boxes: Iterable[Box]) -> list[tuple[float, float, float, float]]:
    rows = [(float(box[0]), float(box[1]), float(box[2]), float(box[3])) for box in boxes]
    return [row for row in rows if row[2] > row[0] and row[3] > row[1]]
