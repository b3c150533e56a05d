"""Values taken from, or put to, computed places.

From iOS 17 on (where the operations have `validate_indices`) a negative index is out of bounds and
what it gives is undefined; here an index out of bounds is always an error. Before, it counted from
the end.
"""

from math import prod

import torch
from torch import Tensor

from pinpoint_runtimes.mil.registry import op

_REDUCTIONS = {"mul": "prod", "max": "amax", "min": "amin"}


def _indices(indices: Tensor, size: int, validate: bool | None) -> Tensor:
    """Return indices in 0..size-1 as int64; `validate` of None says that the form is the older."""
    out = indices.long()
    if validate is None:
        out = torch.where(out < 0, out + size, out)
    if out.numel() and not (int(out.min()) >= 0 and int(out.max()) < size):
        wrong = int(out.min()) if int(out.min()) < 0 else int(out.max())
        raise ValueError(f"index {wrong} lies outside 0..{size - 1}")
    return out


@op("gather", exact=True)
def gather(
    x: Tensor,
    indices: Tensor,
    axis: int = 0,
    batch_dims: int = 0,
    validate_indices: bool | None = None,
) -> Tensor:
    """Take slices of an axis; the axes of the indices stand in its place."""
    axis = axis % x.dim()
    places = _indices(indices, x.shape[axis], validate_indices)
    batch, before = x.shape[:batch_dims], x.shape[batch_dims:axis]
    after, each = x.shape[axis + 1 :], indices.shape[batch_dims:]
    shape = (*batch, *before, *each, *after)
    if not batch_dims:
        return x.index_select(axis, places.reshape(-1)).reshape(shape)
    table = x.reshape(prod(batch), prod(before), x.shape[axis], prod(after))
    where = places.reshape(prod(batch), 1, -1, 1)
    where = where.expand(-1, table.shape[1], -1, table.shape[3])
    return table.gather(2, where).reshape(shape)


@op("gather_along_axis", exact=True)
def gather_along_axis(
    x: Tensor, indices: Tensor, axis: int = 0, validate_indices: bool | None = None
) -> Tensor:
    """Take single elements along an axis, as numpy's take_along_axis."""
    return torch.take_along_dim(x, _indices(indices, x.shape[axis], validate_indices), axis)


@op("gather_nd", exact=True)
def gather_nd(
    x: Tensor, indices: Tensor, batch_dims: int = 0, validate_indices: bool | None = None
) -> Tensor:
    """Take what the vectors in the last axis of the indices name: elements or slices."""
    batch, depth = x.shape[:batch_dims], indices.shape[-1]
    rows = x.reshape(prod(batch), -1, *x.shape[batch_dims + depth :])
    places = _linear(indices, x.shape[batch_dims : batch_dims + depth], validate_indices)
    places = places.reshape(prod(batch), -1)
    own = torch.arange(prod(batch))[:, None]
    shape = (*indices.shape[:-1], *x.shape[batch_dims + depth :])
    return rows[own, places].reshape(shape)


def _linear(indices: Tensor, sizes: torch.Size, validate: bool | None) -> Tensor:
    """Turn index vectors in the last axis into positions in the flattened axes of `sizes`."""
    position = torch.zeros(indices.shape[:-1], dtype=torch.long)
    for number, size in enumerate(sizes):
        position = position * size + _indices(indices[..., number], size, validate)
    return position


def _put(out: Tensor, axis: int, places: Tensor, updates: Tensor, mode: str) -> Tensor:
    """Change `out` in place at single elements along an axis; all tensors have its rank."""
    if mode == "update":
        return out.scatter_(axis, places, updates)
    if mode in ("add", "sub"):
        return out.scatter_add_(axis, places, updates if mode == "add" else -updates)
    if mode == "div":
        divisor = torch.ones_like(out).scatter_reduce_(axis, places, updates, "prod")
        return out.copy_(torch.div(out, divisor))
    if mode not in _REDUCTIONS:
        raise ValueError(f"there is no mode {mode}")
    return out.scatter_reduce_(axis, places, updates, _REDUCTIONS[mode])


@op("scatter_along_axis", in_place=True)
def scatter_along_axis(
    data: Tensor,
    indices: Tensor,
    updates: Tensor,
    axis: int = 0,
    mode: str = "add",
    validate_indices: bool | None = None,
    in_place: bool = False,
) -> Tensor:
    """Put single elements along an axis, as numpy's put_along_axis."""
    places = _indices(indices, data.shape[axis], validate_indices)
    return _put(data if in_place else data.clone(), axis, places, updates, mode)


@op("scatter", in_place=True)
def scatter(
    data: Tensor,
    indices: Tensor,
    updates: Tensor,
    axis: int = 0,
    mode: str = "add",
    validate_indices: bool | None = None,
    in_place: bool = False,
) -> Tensor:
    """Put slices of an axis; indices (C,), updates with C in the place of the axis."""
    places = _indices(indices, data.shape[axis], validate_indices)
    out = data if in_place else data.clone()
    if mode == "update":
        return out.index_copy_(axis, places, updates)
    shape = [-1 if i == axis % data.dim() else 1 for i in range(data.dim())]
    return _put(out, axis, places.reshape(shape).expand(updates.shape), updates, mode)


@op("scatter_nd", in_place=True)
def scatter_nd(
    data: Tensor,
    indices: Tensor,
    updates: Tensor,
    mode: str = "add",
    validate_indices: bool | None = None,
    in_place: bool = False,
) -> Tensor:
    """Put what the vectors in the last axis of the indices name: elements or slices."""
    depth = indices.shape[-1]
    out = data if in_place and data.is_contiguous() else data.clone().contiguous()
    rows = out.view(prod(data.shape[:depth]), -1)
    places = _linear(indices, data.shape[:depth], validate_indices).reshape(-1)
    new = updates.reshape(len(places), -1)
    if mode == "update":
        rows.index_copy_(0, places, new)
    else:
        _put(rows, 0, places[:, None].expand(new.shape), new, mode)
    return out
