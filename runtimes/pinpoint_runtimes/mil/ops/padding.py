"""Padding of convolutions and pools: MIL's pad types as sizes before and after each axis."""

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor

Pads = list[tuple[int, int]]


def spatial_pads(pad_type: str, pad: Sequence[int] | None, rank: int) -> Pads:
    """Return (before, after) for each of `rank` spatial axes.

    Raises ValueError for "same" and "same_lower", which only TensorFlow's models have.
    """
    if pad_type == "valid":
        return [(0, 0)] * rank
    if pad_type != "custom":
        raise ValueError(f"the pad type {pad_type} is not evaluated")
    given = list(pad or [0] * 2 * rank)
    return list(zip(given[::2], given[1::2], strict=True))


def even(pads: Pads) -> list[int] | None:
    """Return one padding an axis if each is the same on both sides, as torch's operators take."""
    return [before for before, _ in pads] if all(a == b for a, b in pads) else None


def padded(x: Tensor, pads: Pads, value: float = 0.0) -> Tensor:
    """Pad the last axes of x."""
    flat = [size for pair in reversed(pads) for size in pair]
    return F.pad(x, flat, value=value)
