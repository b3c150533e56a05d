"""Compressed weights, expanded once when a program is bound, and quantized activations.

The forms of iOS 16 give the shape beside packed bits, those of iOS 18 as the shape of a tensor of
1- to 8-bit numbers. Products are taken in fp32; the evaluator rounds a result that is fp16.
"""

import numpy as np
import torch
from torch import Tensor

from pinpoint_runtimes.mil.registry import op


def _along(values: Tensor, rank: int, axis: int | None) -> Tensor:
    """Shape a scalar or a vector to broadcast along one axis of a tensor."""
    if values.dim() == 0 or values.numel() == 1:
        return values.reshape([1] * rank)
    if axis is None:
        raise ValueError("one value for each slice needs an axis")
    return values.reshape([-1 if i == axis % rank else 1 for i in range(rank)])


def _affine(data: Tensor, scale: Tensor, zero_point: Tensor | None, axis: int | None) -> Tensor:
    out = data.float()
    if zero_point is not None:
        out = out - _along(zero_point.float(), data.dim(), axis)
    return out * _along(scale, data.dim(), axis)


def _tiled(values: Tensor, shape: torch.Size) -> Tensor:
    """Repeat each value over its block, the shape divided by the shape of the values."""
    for axis, (have, wanted) in enumerate(zip(values.shape, shape, strict=True)):
        if wanted % have:
            raise ValueError(f"{have} blocks do not divide {wanted} elements")
        values = values.repeat_interleave(wanted // have, axis) if have != wanted else values
    return values


def _bits(packed: Tensor, bits: int, count: int) -> Tensor:
    """Unpack numbers of a few bits, the lowest first, from u8 (ceil(count * bits / 8),)."""
    if packed.numel() != (count * bits + 7) // 8:
        raise ValueError(f"{packed.numel()} bytes do not hold {count} numbers of {bits} bits")
    flat = np.unpackbits(packed.numpy(), bitorder="little")[: count * bits]
    weights = (1 << np.arange(bits)).astype(np.uint8)
    return torch.from_numpy((flat.reshape(count, bits) * weights).sum(1, dtype=np.uint8))


def _count(shape: list[int]) -> int:
    return int(np.prod(shape, dtype=np.int64))


@op("constexpr_affine_dequantize")
def constexpr_affine_dequantize(
    quantized_data: Tensor, zero_point: Tensor, scale: Tensor, axis: int
) -> Tensor:
    return _affine(quantized_data, scale, zero_point, axis)


@op("constexpr_blockwise_shift_scale")
def constexpr_blockwise_shift_scale(
    data: Tensor, scale: Tensor, offset: Tensor | None = None
) -> Tensor:
    """Compute scale * (data - offset), each scale for one block of data."""
    out = data.float()
    if offset is not None:
        out = out - _tiled(offset.float(), data.shape)
    return out * _tiled(scale, data.shape)


@op("constexpr_cast")
def constexpr_cast(source_val: Tensor, output_dtype: str) -> Tensor:
    if output_dtype != "fp32":
        raise ValueError(f"a cast to {output_dtype} is not defined")
    return source_val.float()


@op("constexpr_lut_to_dense")
def constexpr_lut_to_dense(
    indices: Tensor,
    lut: Tensor,
    shape: list[int] | None = None,
    vector_axis: int | None = None,
) -> Tensor:
    """Look indices up: iOS 16 packed, of one table; iOS 18 a table a block, or vectors."""
    if shape is not None:
        bits = int(lut.numel()).bit_length() - 1
        return lut[_bits(indices, bits, _count(shape)).long()].reshape(shape)
    if lut.dim() != indices.dim() + 2:
        raise ValueError("the table must have two axes more than the indices")
    tables = _tiled(lut.flatten(-2), torch.Size((*indices.shape, lut.shape[-2] * lut.shape[-1])))
    tables = tables.reshape(*indices.shape, *lut.shape[-2:])
    place = indices.long()[..., None, None].expand(*indices.shape, 1, lut.shape[-1])
    vectors = tables.gather(-2, place).squeeze(-2)
    if lut.shape[-1] == 1:
        return vectors.squeeze(-1)
    if vector_axis is None:
        raise ValueError("vectors need an axis to lie along")
    axis = vector_axis % indices.dim()
    return vectors.movedim(-1, axis + 1).flatten(axis, axis + 1)


@op("constexpr_sparse_to_dense")
def constexpr_sparse_to_dense(
    nonzero_data: Tensor, mask: Tensor, shape: list[int] | None = None
) -> Tensor:
    """Put values where the mask is 1 and zeros elsewhere."""
    chosen = mask if shape is None else _bits(mask, 1, _count(shape)).reshape(shape)
    if int(chosen.sum()) != nonzero_data.numel():
        raise ValueError("the mask does not choose as many places as there are values")
    out = torch.zeros(chosen.shape, dtype=nonzero_data.dtype)
    out[chosen != 0] = nonzero_data
    return out


@op("constexpr_lut_to_sparse")
def constexpr_lut_to_sparse(
    indices_mask: Tensor,
    indices_nonzero_data: Tensor,
    lut: Tensor,
    vector_axis: int | None = None,
) -> tuple[Tensor, Tensor]:
    """Look the chosen indices up; return the mask of the result and its chosen values."""
    indices = constexpr_sparse_to_dense(indices_nonzero_data, indices_mask)
    dense = constexpr_lut_to_dense(indices, lut, vector_axis=vector_axis)
    mask = indices_mask
    if lut.shape[-1] > 1 and vector_axis is not None:
        mask = mask.repeat_interleave(lut.shape[-1], vector_axis % mask.dim())
    return mask, dense[mask != 0]


@op("constexpr_sparse_blockwise_shift_scale")
def constexpr_sparse_blockwise_shift_scale(
    data_mask: Tensor, nonzero_data: Tensor, scale: Tensor, offset: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Scale the chosen values by their blocks; return the mask and the values."""
    dense = constexpr_sparse_to_dense(nonzero_data, data_mask)
    return data_mask, constexpr_blockwise_shift_scale(dense, scale, offset)[data_mask != 0]


@op("quantize", exact=True)
def quantize(
    input: Tensor,
    scale: Tensor,
    output_dtype: str,
    zero_point: Tensor | None = None,
    axis: int | None = None,
) -> Tensor:
    """Compute clip(round(input / scale) + zero_point)."""
    out = torch.round(input / _along(scale, input.dim(), axis))
    if zero_point is not None:
        out = out + _along(zero_point.float(), input.dim(), axis)
    low, high = {"int8": (-128, 127), "uint8": (0, 255)}[output_dtype]
    return out.clamp(low, high).to(torch.int8 if output_dtype == "int8" else torch.uint8)


@op("dequantize")
def dequantize(
    input: Tensor, scale: Tensor, zero_point: Tensor | None = None, axis: int | None = None
) -> Tensor:
    """Compute scale * (input - zero_point)."""
    return _affine(input, scale, zero_point, axis)
