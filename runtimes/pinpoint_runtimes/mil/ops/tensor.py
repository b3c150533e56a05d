"""Operations that make, extend, sort or accumulate tensors."""

from math import ceil, prod

import torch
import torch.nn.functional as F
from torch import Tensor

from pinpoint_runtimes.mil.registry import op
from pinpoint_runtimes.mil.types import MAX_ELEMENTS


def _check(count: float) -> None:
    if not 0 <= count <= MAX_ELEMENTS:
        raise ValueError(f"a tensor of {count:.0f} elements is not made")


@op("fill", exact=True)
def fill(shape: list[int], value: Tensor) -> Tensor:
    _check(prod(shape))
    return torch.full(shape, value.item(), dtype=value.dtype)


@op("fill_like", exact=True)
def fill_like(ref_tensor: Tensor, value: Tensor) -> Tensor:
    return torch.full(ref_tensor.shape, value.item(), dtype=value.dtype)


@op("range_1d")
def range_1d(start: Tensor, end: Tensor, step: Tensor) -> Tensor:
    """Count from start to before end; floats are start + i * step, as numpy counts."""
    first, last, distance = start.item(), end.item(), step.item()
    count = max(0, ceil((last - first) / distance))
    _check(count)
    return start + torch.arange(count, dtype=start.dtype) * step


@op("tile", exact=True)
def tile(x: Tensor, reps: list[int]) -> Tensor:
    _check(x.numel() * prod(reps))
    return x.repeat(reps)


@op("pad", exact=True)
def pad(x: Tensor, pad: list[int], mode: str = "constant", constant_val: float = 0.0) -> Tensor:
    """Pad the last axes, (before, after) of each in their order."""
    pairs = list(zip(pad[::2], pad[1::2], strict=True))
    while len(pairs) > 1 and pairs[0] == (0, 0):  # torch reflects at most three axes
        pairs = pairs[1:]
    flat = [size for pair in reversed(pairs) for size in pair]
    _check(prod(size + sum(p) for size, p in zip(x.shape[-len(pairs) :], pairs, strict=True)))
    if mode == "constant":
        return F.pad(x, flat, value=constant_val)
    missing = max(0, len(pairs) + 1 - x.dim())  # and wants an axis in front of them
    lifted = x.reshape(*[1] * missing, *x.shape)
    return F.pad(lifted, flat, mode=mode)[(0,) * missing]


@op("topk", exact=True)
def topk(
    x: Tensor,
    k: int = 1,
    axis: int = -1,
    ascending: bool = False,
    sort: bool = True,
    return_indices: bool = True,
    output_indices_dtype: str = "int32",
) -> Tensor | tuple[Tensor, Tensor]:
    """Return the k greatest (or least) values in order, and their indices."""
    values, indices = torch.topk(x, x.shape[axis] if k == -1 else k, axis, not ascending)
    return (values, indices.to(torch.int32)) if return_indices else values


@op("argsort", exact=True)
def argsort(x: Tensor, axis: int = -1, ascending: bool = False) -> Tensor:
    return torch.argsort(x, dim=axis, descending=not ascending, stable=True).to(torch.int32)


@op("cumsum")
def cumsum(x: Tensor, axis: int = 0, exclusive: bool = False, reverse: bool = False) -> Tensor:
    """Sum up along an axis, without the element itself if exclusive."""
    flipped = x.flip(axis) if reverse else x
    total = flipped.cumsum(axis, dtype=x.dtype)
    if exclusive:
        total = total.roll(1, axis)
        total.select(axis, 0).zero_()
    return total.flip(axis) if reverse else total


@op("band_part", exact=True)
def band_part(x: Tensor, lower: int = -1, upper: int = -1) -> Tensor:
    """Keep this many diagonals below and above the main one, all for -1; zero the others."""
    row = torch.arange(x.shape[-2])[:, None]
    column = torch.arange(x.shape[-1])
    keep = torch.ones(x.shape[-2:], dtype=torch.bool)
    if lower >= 0:
        keep &= row - column <= lower
    if upper >= 0:
        keep &= column - row <= upper
    return torch.where(keep, x, torch.zeros((), dtype=x.dtype))


@op("one_hot", exact=True)
def one_hot(
    indices: Tensor, one_hot_vector_size: int, on_value: Tensor, off_value: Tensor, axis: int = -1
) -> Tensor:
    """Give each index an axis that holds on_value at its place; an index outside holds none."""
    _check(indices.numel() * one_hot_vector_size)
    hot = indices[..., None] == torch.arange(one_hot_vector_size)
    return torch.where(hot, on_value, off_value).movedim(-1, axis)


@op("non_zero", exact=True)
def non_zero(x: Tensor) -> Tensor:
    """Return the indices i32 (count, rank) of what is not 0."""
    return torch.nonzero(x).to(torch.int32)
