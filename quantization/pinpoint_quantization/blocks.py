"""Weights in blocks: neighbours of a row that share a scale, packed as ONNX Runtime reads them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.errors import OptionError

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class Blocks:
    """A matrix (N, K) of integers in blocks along K.

    Attributes:
        packed: u8 (N, K / block, block * bits / 8); of two integers in a byte the first is low.
        scales: f32 (N, K / block).
        zero_points: u8 (N, K / block * bits / 8, rounded up), packed alike; None: half the range.
        bits: 8 or 4; block: integers that share a scale.
    """

    packed: Bytes
    scales: Floats
    zero_points: Bytes | None
    bits: int
    block: int

    def dequantize(self) -> Floats:
        """Return what the integers stand for: f32 (N, K)."""
        rows, count = self.scales.shape
        integers = _unpack(self.packed, self.bits).astype(np.float32)
        if self.zero_points is None:
            zeros = np.full((rows, count), 1 << (self.bits - 1), np.uint8)
        else:
            zeros = _unpack(self.zero_points, self.bits)[:, :count]
        integers -= zeros[..., None]
        values: Floats = integers * self.scales[..., None]
        return values.reshape(rows, -1)


def check_columns(where: str, columns: int, block: int) -> None:
    """Raise OptionError unless rows of so many weights can be cut into blocks; where names them."""
    if columns % block:
        raise OptionError(
            f"{where}: its rows of {columns} weights cannot be cut into blocks of {block}; choose "
            "a smaller block in the recipe."
        )


def quantize(weights: NDArray[Any], bits: int, block: int, *, symmetric: bool) -> Blocks:
    """Round a matrix f32 (N, K) to the nearest of each block's values; K is a multiple of block.

    Symmetric: the weight of the greatest magnitude is kept and half the range is zero. Otherwise
    the range goes from the least weight to the greatest, or to zero, which is kept.
    """
    rows, columns = weights.shape
    values = np.asarray(weights, np.float32).reshape(rows, columns // block, block)
    top = (1 << bits) - 1
    if symmetric:
        largest = np.take_along_axis(values, np.abs(values).argmax(-1)[..., None], -1)[..., 0]
        scales = _not_zero(largest / -(1 << (bits - 1)))
        zeros = np.full(scales.shape, 1 << (bits - 1), np.float32)
    else:
        low, high = np.minimum(values.min(-1), 0), np.maximum(values.max(-1), 0)
        scales = _not_zero((high - low) / top)
        zeros = np.clip(np.rint(-low / scales), 0, top)
    integers = np.clip(np.rint(values / scales[..., None]) + zeros[..., None], 0, top)
    return Blocks(
        _pack(integers.astype(np.uint8), bits),
        scales.astype(np.float32),
        None if symmetric else _pack(zeros.astype(np.uint8), bits),
        bits,
        block,
    )


def _not_zero(scales: NDArray[Any]) -> NDArray[Any]:
    return np.where(scales == 0, np.float32(1), scales).astype(np.float32)


def _pack(integers: Bytes, bits: int) -> Bytes:
    """Pack along the last axis; an odd number of halves is filled up with a zero."""
    if bits == 8:
        return np.ascontiguousarray(integers)
    if integers.shape[-1] % 2:
        integers = np.concatenate([integers, np.zeros_like(integers[..., :1])], -1)
    packed: Bytes = integers[..., ::2] | np.left_shift(integers[..., 1::2], 4, dtype=np.uint8)
    return packed


def _unpack(packed: Bytes, bits: int) -> Bytes:
    if bits == 8:
        return packed
    return np.stack([packed & 15, packed >> 4], -1).reshape(*packed.shape[:-1], -1)
