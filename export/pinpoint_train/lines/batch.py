"""A batch of line crops for CTC training."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class LineBatch:
    """Crops with their texts as classes.

    crops u8 (B,C,h,w), padded to a common width; widths (B,) int; targets i64 (sum,), the classes
    of all lines one after the other; lengths i64 (B,), their numbers.
    """

    crops: Tensor
    widths: Tensor
    targets: Tensor
    lengths: Tensor
