"""Integer weights with shared scales in Core ML's form; Core ML expands them before it multiplies.

`pinpoint_quantization.blocks` makes them, not coremltools: its scales come from weights rounded to
float16, which can move a scale and with it weights on the int4 grid.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.errors import OptionError
from pinpoint_quantization.blocks import check_columns, quantize
from pinpoint_quantization.recipe import BITS, StageRecipe

Array = NDArray[Any]


@dataclass(frozen=True)
class Integers:
    """The integers of a weight, which is scale * (data - offset).

    Attributes:
        data: i8, of the weight's shape.
        scales: f32, of the same rank; the size of each axis divides that of data.
        offsets: i8, shaped like the scales; None: zeros.
        bits: 8 or 4.
    """

    data: Array
    scales: Array
    offsets: Array | None
    bits: int

    def size(self, dtype: Any) -> int:
        """Return the bytes in a package, with scales of a float type."""
        packed = (self.data.size * self.bits + 7) // 8
        offsets = 0 if self.offsets is None else (self.offsets.size * self.bits + 7) // 8
        return int(packed + self.scales.size * np.dtype(dtype).itemsize + offsets)

    def insert(self, operation: Any, dtype: Any) -> Any:
        """Put a `constexpr_blockwise_shift_scale` of a float type before an operation."""
        from coremltools.converters.mil import Builder as mb
        from coremltools.converters.mil.mil import types

        kept = types.nptype_from_builtin(getattr(types, f"int{self.bits}"))
        return mb.constexpr_blockwise_shift_scale(
            data=self.data.astype(kept),
            scale=self.scales.astype(dtype),
            offset=None if self.offsets is None else self.offsets.astype(kept),
            before_op=operation,
            name=f"{operation.name}_integers",
        )


def to_integers(values: Array, kind: str, recipe: StageRecipe, where: str) -> Integers:
    """Round a weight f32 (N, K) or (N, I, h, w) to the integers of a recipe.

    Raises OptionError for blocks that do not divide a row, or that would cut a convolution's
    windows; where: names the weight.
    """
    if recipe.granularity == "block" and math.prod(values.shape[2:]) > 1:
        raise OptionError(
            f"{where}: its windows of {values.shape[2]} x {values.shape[3]} cannot be cut into "
            'blocks; choose granularity = "channel", or keep it in a float type.'
        )
    rows = values.reshape(1 if recipe.granularity == "tensor" else len(values), -1)
    columns = rows.shape[1]
    block = recipe.block if recipe.granularity == "block" else columns
    check_columns(where, columns, block)
    blocks = quantize(rows, BITS[kind], block, symmetric=recipe.symmetric)
    data, zeros = blocks.integers()
    shape = (len(rows), columns // block, *(1 for _ in values.shape[2:]))
    return Integers(
        data.reshape(values.shape),
        blocks.scales.reshape(shape),
        None if blocks.zero_points is None else zeros.reshape(shape),
        BITS[kind],
    )
