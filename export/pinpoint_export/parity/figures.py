"""The figures that say how far one tensor is from another; all of them in f64."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def sqnr_db(reference: Array, other: Array) -> float:
    """Return the signal to quantization noise ratio in dB; inf for equal arrays, -inf for NaN."""
    signal = np.asarray(reference, np.float64)
    noise = float(np.square(signal - np.asarray(other, np.float64)).sum())
    power = float(np.square(signal).sum())
    if noise == 0:
        return math.inf
    if power == 0 or not math.isfinite(noise) or not math.isfinite(power):
        return -math.inf
    return 10 * math.log10(power / noise)


def max_abs(reference: Array, other: Array) -> float:
    """Return the greatest absolute difference; NaN where one of them is NaN."""
    difference = np.abs(np.asarray(reference, np.float64) - np.asarray(other, np.float64))
    return float(difference.max(initial=0.0))


def cosine(reference: Array, other: Array) -> float:
    """Return the cosine similarity of the flattened arrays; 1 for two zero arrays."""
    a, b = (np.asarray(x, np.float64).ravel() for x in (reference, other))
    norms = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / norms if norms else float(np.array_equal(a, b))


def equal_share(reference: Array, other: Array) -> float:
    """Return the share, 0..1, of equal elements among those that are not 0 in both; 1 of none.

    0 is the blank of CTC and the filling of a batch: as most elements hold it, counting them would
    hide that the few that say something differ.
    """
    told = (reference != 0) | (other != 0)
    return float(np.mean(reference[told] == other[told])) if told.any() else 1.0
