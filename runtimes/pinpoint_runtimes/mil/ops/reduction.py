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


@op("reduce_min", exact=True)
def reduce_min(x: Tensor, axes: list[int] | None = None, keep_dims: bool = False) -> Tensor:
    return x.amin(_axes(x, axes), keepdim=keep_dims)


@op("reduce_prod")
def reduce_prod(x: Tensor, axes: list[int] | None = None, keep_dims: bool = False) -> Tensor:
    chosen = sorted((axis % x.dim() for axis in _axes(x, axes)), reverse=True)
    for axis in chosen:  # torch multiplies over one axis at a time
        x = x.prod(axis, keepdim=keep_dims, dtype=x.dtype)
    return x


@op("reduce_sum_square")
def reduce_sum_square(x: Tensor, axes: list[int] | None = None, keep_dims: bool = False) -> Tensor:
    return (x * x).sum(_axes(x, axes), keepdim=keep_dims, dtype=x.dtype)


@op("reduce_l1_norm")
def reduce_l1_norm(x: Tensor, axes: list[int] | None = None, keep_dims: bool = False) -> Tensor:
    return x.abs().sum(_axes(x, axes), keepdim=keep_dims, dtype=x.dtype)


@op("reduce_l2_norm")
def reduce_l2_norm(x: Tensor, axes: list[int] | None = None, keep_dims: bool = False) -> Tensor:
    return (x * x).sum(_axes(x, axes), keepdim=keep_dims).sqrt()


@op("reduce_log_sum")
def reduce_log_sum(x: Tensor, axes: list[int] | None = None, keep_dims: bool = False) -> Tensor:
    return x.sum(_axes(x, axes), keepdim=keep_dims).log()


@op("reduce_log_sum_exp")
def reduce_log_sum_exp(x: Tensor, axes: list[int] | None = None, keep_dims: bool = False) -> Tensor:
    return torch.logsumexp(x, _axes(x, axes), keepdim=keep_dims)


@op("reduce_argmax", exact=True)
def reduce_argmax(
    x: Tensor, axis: int = -1, keep_dims: bool = False, output_dtype: str = "int32"
) -> Tensor:
    """Return the index of the greatest value; both index types are held as int32."""
    return x.argmax(axis, keepdim=keep_dims).to(torch.int32)


@op("reduce_argmin", exact=True)
def reduce_argmin(
    x: Tensor, axis: int = -1, keep_dims: bool = False, output_dtype: str = "int32"
) -> Tensor:
    """Return the index of the least value; both index types are held as int32."""
    return x.argmin(axis, keepdim=keep_dims).to(torch.int32)
