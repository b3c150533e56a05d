"""How convolutions and pools are padded: MIL's pad types as sizes before and after each axis."""

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor

Pads = list[tuple[int, int]]


def spatial_pads(
    pad_type: str,
    pad: Sequence[int] | None,
    sizes: Sequence[int],
    kernel: Sequence[int],
    strides: Sequence[int],
    dilations: Sequence[int],
) -> Pads:
    """Return (before, after) for each spatial axis.

    "same" gives ceil(size / stride) outputs and puts an odd element behind, "same_lower" before
    (coremltools' `aggregated_pad`, the rule of TensorFlow).
    """
    if pad_type == "valid":
        return [(0, 0)] * len(sizes)
    if pad_type == "custom":
        given = list(pad or [0] * 2 * len(sizes))
        return list(zip(given[::2], given[1::2], strict=True))
    if pad_type not in ("same", "same_lower"):
        raise ValueError(f"there is no pad type {pad_type}")
    pads = []
    for size, k, stride, dilation in zip(sizes, kernel, strides, dilations, strict=True):
        reach = (k - 1) * dilation + 1
        total = max(0, stride * -(-size // stride) - size + reach - stride)
        less = total // 2
        pads.append((less, total - less) if pad_type == "same" else (total - less, less))
    return pads


def even(pads: Pads) -> list[int] | None:
    """Return one padding an axis if each is the same on both sides, as torch's operators take."""
    return [before for before, _ in pads] if all(a == b for a, b in pads) else None


def padded(x: Tensor, pads: Pads, value: float = 0.0) -> Tensor:
    """Pad the last axes of x."""
    flat = [size for pair in reversed(pads) for size in pair]
    return F.pad(x, flat, value=value)
