"""Compressed weights of iOS 18 programs, expanded once when a program is bound.

Products are taken in fp32; the evaluator rounds a result that is fp16.
"""

import torch
from torch import Tensor

from pinpoint_runtimes.mil.registry import op


def _tiled(values: Tensor, shape: torch.Size) -> Tensor:
    """Repeat each value over its block, the shape divided by the shape of the values."""
    for axis, (have, wanted) in enumerate(zip(values.shape, shape, strict=True)):
        if wanted % have:
            raise ValueError(f"{have} blocks do not divide {wanted} elements")
        values = values.repeat_interleave(wanted // have, axis) if have != wanted else values
    return values


@op("constexpr_blockwise_shift_scale")
def constexpr_blockwise_shift_scale(
    data: Tensor, scale: Tensor, offset: Tensor | None = None
) -> Tensor:
    """Compute scale * (data - offset), each scale for one block of data."""
    out = data.float()
    if offset is not None:
        out = out - _tiled(offset.float(), data.shape)
    return out * _tiled(scale, data.shape)


@op("constexpr_lut_to_dense")
def constexpr_lut_to_dense(indices: Tensor, lut: Tensor) -> Tensor:
    """Look indices up in tables (..., entries, 1), one for each block of the indices.

    Tables of vectors, and the packed indices of iOS 16, are refused.
    """
    if lut.dim() != indices.dim() + 2:
        raise ValueError("the table must have two axes more than the indices")
    if lut.shape[-1] != 1:
        raise ValueError("tables of vectors are not evaluated")
    entries = lut.shape[-2]
    tables = _tiled(lut.flatten(-2), torch.Size((*indices.shape, entries)))
    return tables.gather(-1, indices.long()[..., None]).squeeze(-1)
