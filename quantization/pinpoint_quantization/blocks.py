"""Integer weights in blocks that share a scale, packed as ONNX Runtime reads them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.errors import OptionError

GRID_STEPS = 7  # of the language model's int4 grid, from zero to the largest magnitude

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class Blocks:
    """A matrix (N, K) of integers in blocks along K.

    Attributes:
        packed: u8 (N, K / block, block * bits / 8); the first of two integers in a byte is the low
            one.
        scales: f32 (N, K / block).
        zero_points: u8 (N, K / block * bits / 8, rounded up), packed alike; None: half the range.
        bits: 8 or 4; block: integers that share a scale.
    """

    packed: Bytes
    scales: Floats
    zero_points: Bytes | None
    bits: int
    block: int

    def integers(self) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
        """Return the integers i8 (N, K) and the zero points i8 (N, K / block), both around zero.

        Half the range is subtracted from what is stored. The filling of an odd block of int4 is
        left out.
        """
        rows, count = self.scales.shape
        half = 1 << (self.bits - 1)
        stored = _unpack(self.packed, self.bits)[..., : self.block].reshape(rows, -1)
        if self.zero_points is None:
            zeros = np.full((rows, count), half, np.uint8)
        else:
            zeros = _unpack(self.zero_points, self.bits)[:, :count]
        return _less(stored, half), _less(zeros, half)

    def dequantize(self) -> Floats:
        """Return the weights that the integers represent: f32 (N, K)."""
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
    """Raise OptionError unless blocks divide rows of `columns` weights; where: names the weight."""
    if columns % block:
        raise OptionError(
            f"{where}: its rows of {columns} weights cannot be cut into blocks of {block}; choose "
            "a smaller block in the recipe."
        )


def quantize(weights: NDArray[Any], bits: int, block: int, *, symmetric: bool) -> Blocks:
    """Round a matrix f32 (N, K) to the nearest integers of each block; K is a multiple of block.

    Symmetric: zero is half the range, the largest magnitude is 7 or 127 steps from it, and a step
    is a float16. So weights on the language model's int4 grid (`pinpoint_models.decoder.grid`), and
    those of llama.cpp's Q8_0, stay exact. A block on the grid has 7 steps in 8 bits as well: 7 does
    not divide 127, and finer steps would round exact weights. Not symmetric: the range goes from
    the least weight to the greatest and includes zero.
    """
    rows, columns = weights.shape
    values = np.asarray(weights, np.float32).reshape(rows, columns // block, block)
    top = (1 << bits) - 1
    if symmetric:
        half = 1 << (bits - 1)
        scales = _steps(values, half - 1)
        if bits > 4:
            coarse = _steps(values, GRID_STEPS)
            multiples = np.rint(values / coarse[..., None]) * coarse[..., None]
            scales = np.where((multiples == values).all(-1), coarse, scales)
        zeros = np.full(scales.shape, half, np.float32)
    else:
        least, most = np.minimum(values.min(-1), 0), np.maximum(values.max(-1), 0)
        scales = _not_zero((most - least) / top)
        zeros = np.clip(np.rint(-least / scales), 0, top)
    integers = np.clip(
        np.rint(values / scales[..., None]) + zeros[..., None], 1 if symmetric else 0, top
    )
    return Blocks(
        _pack(integers.astype(np.uint8), bits),
        scales.astype(np.float32),
        None if symmetric else _pack(zeros.astype(np.uint8), bits),
        bits,
        block,
    )


def _steps(values: Floats, count: int) -> Floats:
    """Return the step of each block: its largest magnitude over the count, rounded to float16."""
    largest = np.abs(values).max(-1) / np.float32(count)
    return _not_zero(largest.astype(np.float16).astype(np.float32))


def _less(integers: Bytes, by: int) -> NDArray[np.int8]:
    return (integers.astype(np.int16) - by).astype(np.int8)


def _not_zero(scales: NDArray[Any]) -> NDArray[Any]:
    return np.where(scales == 0, np.float32(1), scales).astype(np.float32)


def _pack(integers: Bytes, bits: int) -> Bytes:
    """Pack along the last axis; a zero fills up an odd number of int4 values."""
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
