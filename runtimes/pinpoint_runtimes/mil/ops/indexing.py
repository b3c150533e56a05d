"""Values taken from computed places or repeated, and new axes of places: counts and padding."""

from math import ceil, prod

import torch
import torch.nn.functional as F
from torch import Tensor

from pinpoint_runtimes.mil.registry import op
from pinpoint_runtimes.mil.types import MAX_ELEMENTS


def _check(count: float) -> None:
    if not 0 <= count <= MAX_ELEMENTS:
        raise ValueError(f"a tensor of {count:.0f} elements is not made")


@op("gather", exact=True)
def gather(
    x: Tensor,
    indices: Tensor,
    axis: int = 0,
    batch_dims: int = 0,
    validate_indices: bool = False,
) -> Tensor:
    """Take slices of an axis; the axes of the indices replace it.

    An index out of bounds, whose result MIL leaves undefined, is always an error.
    """
    if batch_dims:
        raise ValueError("a gather in batches is not evaluated")
    axis = axis % x.dim()
    places = indices.long().reshape(-1)
    size = x.shape[axis]
    if places.numel() and not (int(places.min()) >= 0 and int(places.max()) < size):
        wrong = int(places.min()) if int(places.min()) < 0 else int(places.max())
        raise ValueError(f"index {wrong} lies outside 0..{size - 1}")
    shape = (*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :])
    return x.index_select(axis, places).reshape(shape)


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


@op("range_1d")
def range_1d(start: Tensor, end: Tensor, step: Tensor) -> Tensor:
    """Count from start to before end; floats are start + i * step, as numpy counts."""
    first, last, distance = start.item(), end.item(), step.item()
    count = max(0, ceil((last - first) / distance))
    _check(count)
    return start + torch.arange(count, dtype=start.dtype) * step


@op("pad", exact=True)
def pad(x: Tensor, pad: list[int], mode: str = "constant", constant_val: float = 0.0) -> Tensor:
    """Pad the last axes with a constant, (before, after) of each in their order."""
    if mode != "constant":
        raise ValueError(f"padding in the mode {mode} is not evaluated")
    pairs = list(zip(pad[::2], pad[1::2], strict=True))
    _check(prod(size + sum(p) for size, p in zip(x.shape[-len(pairs) :], pairs, strict=True)))
    return F.pad(x, [size for pair in reversed(pairs) for size in pair], value=constant_val)


@op("upsample_nearest_neighbor", exact=True)
def upsample_nearest_neighbor(
    x: Tensor, scale_factor_height: float = 1, scale_factor_width: float = 1
) -> Tensor:
    """Repeat each element of the last two axes; other than whole factors are undefined."""
    if scale_factor_height % 1 or scale_factor_width % 1:
        raise ValueError("nearest neighbours are only defined for whole factors")
    tall = x.repeat_interleave(int(scale_factor_height), -2)
    return tall.repeat_interleave(int(scale_factor_width), -1)
