"""Reductions over axes, all axes when none are given."""

from collections.abc import Sequence

import torch
from torch import Tensor

from pinpoint_runtimes.mil.registry import op


def _axes(x: Tensor, axes: Sequence[int] | None) -> list[int]:
    return list(range(x.dim())) if axes is None else list(axes)


@op("reduce_sum")
def reduce_sum(x: Tensor, axes: list[int] | None = None, keep_dims: bool = False) -> Tensor:
    return x.sum(_axes(x, axes), keepdim=keep_dims, dtype=x.dtype)


@op("reduce_mean")
def reduce_mean(x: Tensor, axes: list[int] | None = None, keep_dims: bool = False) -> Tensor:
    return x.mean(_axes(x, axes), keepdim=keep_dims)


@op("reduce_max", exact=True)
def reduce_max(x: Tensor, axes: list[int] | None = None, keep_dims: bool = False) -> Tensor:
    return x.amax(_axes(x, axes), keepdim=keep_dims)


@op("reduce_argmax", exact=True)
def reduce_argmax(
    x: Tensor, axis: int = -1, keep_dims: bool = False, output_dtype: str = "int32"
) -> Tensor:
    """Return the index of the greatest value; both index types are held as int32."""
    return x.argmax(axis, keepdim=keep_dims).to(torch.int32)
