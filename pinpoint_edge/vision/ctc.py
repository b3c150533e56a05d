"""Reading out a recogniser: connectionist temporal classification (CTC), greedy.

Graves et al., "Connectionist Temporal Classification", ICML 2006: repeats collapse, blanks drop.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.errors import BundleError, OptionError

BLANK = 0


@dataclass(frozen=True)
class Transcription:
    """The text read in a crop.

    probabilities: one a character, 0..1. spans: one a character, (start, end) as fractions of the
    crop's used width; fit for `geometry.sub_quad`. Both have the length of `text` in code points.
    """

    text: str
    probabilities: list[float] = field(default_factory=list)
    spans: list[tuple[float, float]] = field(default_factory=list)


def decode(
    classes: NDArray[np.integer],
    probabilities: NDArray[np.floating] | None,
    characters: Sequence[str],
    used: float = 1.0,
) -> Transcription:
    """Read the best class of each frame into a transcription.

    classes: integers (T,), or (T, k) with the best in column 0; probabilities: floats of the same
    shape, or None for 1.0 everywhere; characters: the text of each class, entry 0 (blank) unused;
    used: fraction of the T frames that the crop covers, in (0, 1]. Frames that begin past it are
    padding and ignored. A character's probability is the highest of its frames. Its span reaches
    halfway to its neighbours' frames; the outer characters are as wide on both sides of their
    frames, clamped to the crop, and a lone one spans all of it. A class of several code points
    shares its span among them. Raises OptionError for shapes or `used` that do not fit, BundleError
    for a class without a character.
    """
    if not 0.0 < used <= 1.0:
        raise OptionError(
            f"`used` is {used}; pass the fraction of the frames that the crop covers, in (0, 1]."
        )
    if probabilities is not None and probabilities.shape != classes.shape:
        raise OptionError(
            f"Classes {classes.shape} and probabilities {probabilities.shape} differ in shape; "
            "pass both as the stage gave them."
        )
    best = classes[:, 0] if classes.ndim == 2 else classes
    peak = np.ones(len(best)) if probabilities is None else probabilities
    peak = peak[:, 0] if peak.ndim == 2 else peak

    length = len(best) * used  # of the crop, in frames
    best = best[: math.ceil(length)]
    runs = _runs(best)
    known = len(characters)
    unknown = [int(best[first]) for first, _ in runs if not 0 <= best[first] < known]
    if unknown:
        raise BundleError(
            f"The recogniser gave class {unknown[0]}, but the character list has {known} entries; "
            "use the character list that was exported with this stage."
        )
    probability: list[float] = []
    spans: list[tuple[float, float]] = []
    text = ""
    for (first, stop), (start, end) in zip(runs, _spans(runs, length), strict=True):
        symbol = characters[int(best[first])]
        text += symbol
        probability += [float(peak[first:stop].max())] * len(symbol)
        step = (end - start) / max(len(symbol), 1)
        # The last one ends where the next symbol begins, to the last digit.
        spans += pairwise([*(start + step * n for n in range(len(symbol))), end])
    return Transcription(text, probability, spans)


def _runs(best: NDArray[np.integer]) -> list[tuple[int, int]]:
    """Frames [first, stop) of each run of one class that is not blank."""
    edges = [0, *(np.flatnonzero(best[1:] != best[:-1]) + 1).tolist(), len(best)]
    return [
        (first, stop) for first, stop in pairwise(edges) if first < stop and best[first] != BLANK
    ]


def _spans(runs: list[tuple[int, int]], length: float) -> list[tuple[float, float]]:
    """Horizontal span of each run, as fractions of a crop that is `length` frames wide."""
    if len(runs) < 2:
        return [(0.0, 1.0)] * len(runs)
    borders = [(left[1] + right[0]) / 2 for left, right in pairwise(runs)]
    # The mirror image of the inner border in the middle of the run.
    outer_left = max(0.0, sum(runs[0]) - borders[0])
    outer_right = min(length, sum(runs[-1]) - borders[-1])
    edges = [min(edge / length, 1.0) for edge in (outer_left, *borders, outer_right)]
    return list(pairwise(edges))
