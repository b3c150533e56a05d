"""The distance between the tensors of two machines, and the table of all distances."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from pinpoint_runtimes.session import Array

LEAST_SQNR_DB = 95.0
"""Two machines that are each 100 dB from the truth are 97 dB apart; the least measured is 102."""
MASKED_BELOW = -5e3
"""Logits below this value mark padding."""
LEAST_EQUAL = 0.999
"""Share of integers (classes) that must agree; two scores within rounding may change places."""


@dataclass(frozen=True)
class Distance:
    """One output tensor on two machines.

    name: bundle, stage, run and tensor, joined by "/"; sqnr_db: inf where every bit is equal, and
    for integers -10 log10 of the share that differs; failure: None when the tensor is near enough.
    """

    name: str
    sqnr_db: float
    max_abs: float
    failure: str | None


def distance(name: str, here: Array, there: Array, least_db: float = LEAST_SQNR_DB) -> Distance:
    """Compare a tensor computed here with the one computed there."""
    if here.shape != there.shape or here.dtype != there.dtype:
        found = f"{there.dtype} {there.shape} instead of {here.dtype} {here.shape}"
        return Distance(name, -math.inf, math.inf, found)
    if here.dtype.kind in "iub":
        return _of_integers(name, here, there)
    if not np.isfinite(there).all():
        return Distance(name, -math.inf, math.inf, "not finite")
    signal = here.astype(np.float64)
    noise = signal - there.astype(np.float64)
    # The energy of the mask would hide noise, so it does not count; its noise does.
    energy, lost = float(np.square(signal[signal > MASKED_BELOW]).sum()), float((noise**2).sum())
    sqnr = math.inf if lost == 0 else 10 * math.log10(energy / lost) if energy else -math.inf
    failure = None if sqnr >= least_db else f"below {least_db:g} dB"
    return Distance(name, sqnr, float(np.abs(noise).max(initial=0)), failure)


def _of_integers(name: str, here: Array, there: Array) -> Distance:
    unlike = float(np.mean(here != there)) if here.size else 0.0
    failure = None if unlike <= 1 - LEAST_EQUAL else f"{unlike:.2%} of the integers differ"
    gap = np.abs(here.astype(np.int64) - there.astype(np.int64)).max(initial=0)
    return Distance(name, math.inf if not unlike else -10 * math.log10(unlike), float(gap), failure)


def distances(
    prefix: str, here: Mapping[str, Array], there: Mapping[str, Array], least_db: float
) -> list[Distance]:
    """Compare all tensors of a bundle; one that is missing there is a failure."""
    found = []
    for name, array in here.items():
        if name in there:
            found.append(distance(f"{prefix}/{name}", array, there[name], least_db))
        else:
            found.append(Distance(f"{prefix}/{name}", -math.inf, math.inf, "missing"))
    return found


def table(found: list[Distance]) -> str:
    """Return a line for each tensor: name, dB, greatest difference, verdict."""
    width = max(len(item.name) for item in found)
    lines = [f"{'tensor'.ljust(width)}  SQNR dB   max abs  verdict"]
    for item in found:
        decibels = "equal" if item.sqnr_db == math.inf else f"{item.sqnr_db:.1f}"
        verdict = item.failure or "ok"
        lines.append(f"{item.name.ljust(width)}  {decibels:>7}  {item.max_abs:8.2g}  {verdict}")
    return "\n".join(lines)
