"""Operations that move or choose values and compute none."""

import torch
from torch import Tensor

from pinpoint_runtimes.mil.registry import op


@op("reshape", exact=True, aliases=True)
def reshape(x: Tensor, shape: list[int]) -> Tensor:
    """Reshape; -1 takes what is left, 0 the size of the same axis counted from the right."""
    if 0 in shape and x.numel():
        offset = x.dim() - len(shape)
        own = [x.shape[i + offset] if i + offset >= 0 else 1 for i in range(len(shape))]
        shape = [size or own[i] for i, size in enumerate(shape)]
    return x.reshape(shape)


@op("transpose", exact=True, aliases=True)
def transpose(x: Tensor, perm: list[int]) -> Tensor:
    return x.permute(perm)


@op("expand_dims", exact=True, aliases=True)
def expand_dims(x: Tensor, axes: list[int]) -> Tensor:
    """Insert axes of size 1 at these places of the result."""
    rank = x.dim() + len(axes)
    for axis in sorted(axis % rank for axis in axes):
        x = x.unsqueeze(axis)
    return x


@op("squeeze", exact=True, aliases=True)
def squeeze(x: Tensor, axes: list[int] | None = None) -> Tensor:
    return x.squeeze() if axes is None else x.squeeze(tuple(axes))


@op("concat", exact=True)
def concat(values: list[Tensor], axis: int, interleave: bool = False) -> Tensor:
    """Join along an axis, element by element in turn if interleaved."""
    if values[0].dim() == 0:
        return torch.stack(values, axis)
    if interleave:
        axis = axis % values[0].dim()
        return torch.stack(values, axis + 1).flatten(axis, axis + 1)
    return torch.cat(values, axis)


@op("stack", exact=True)
def stack(values: list[Tensor], axis: int) -> Tensor:
    return torch.stack(values, axis)


@op("split", exact=True, aliases=True)
def split(
    x: Tensor, axis: int, num_splits: int | None = None, split_sizes: list[int] | None = None
) -> tuple[Tensor, ...]:
    """Split into given sizes, or evenly into a number of parts."""
    if split_sizes is not None:
        return torch.split(x, split_sizes, axis)
    if not num_splits or x.shape[axis] % num_splits:
        raise ValueError(f"{x.shape[axis]} elements cannot be split evenly into {num_splits}")
    return torch.split(x, x.shape[axis] // num_splits, axis)


def slices(
    begin: list[int],
    end: list[int],
    stride: list[int] | None,
    begin_mask: list[bool] | None,
    end_mask: list[bool] | None,
    squeeze_mask: list[bool] | None,
) -> list[slice | int]:
    """Return the index of numpy that MIL's description of a slice means."""
    index: list[slice | int] = []
    for axis, (first, last) in enumerate(zip(begin, end, strict=True)):
        if squeeze_mask and squeeze_mask[axis]:
            index.append(first)
            continue
        start = None if begin_mask and begin_mask[axis] else first
        stop = None if end_mask and end_mask[axis] else last
        index.append(slice(start, stop, stride[axis] if stride else 1))
    return index


@op("slice_by_index", exact=True, aliases=True)
def slice_by_index(
    x: Tensor,
    begin: list[int],
    end: list[int],
    stride: list[int] | None = None,
    begin_mask: list[bool] | None = None,
    end_mask: list[bool] | None = None,
    squeeze_mask: list[bool] | None = None,
) -> Tensor:
    """Slice as numpy does, x[begin:end:stride] of each axis; a squeezed axis is indexed."""
    index = slices(begin, end, stride, begin_mask, end_mask, squeeze_mask)
    for axis, part in enumerate(index):
        if isinstance(part, slice) and part.step < 0:  # torch has no negative strides
            order = range(x.shape[axis])[part]
            x = x.index_select(axis, torch.tensor(list(order), dtype=torch.long))
            index[axis] = slice(None)
    return x[tuple(index)]


@op("slice_update", exact=True, in_place=True)
def slice_update(
    x: Tensor,
    update: Tensor,
    begin: list[int],
    end: list[int],
    stride: list[int] | None = None,
    begin_mask: list[bool] | None = None,
    end_mask: list[bool] | None = None,
    squeeze_mask: list[bool] | None = None,
    in_place: bool = False,
) -> Tensor:
    """Replace the slice of x that `slice_by_index` would return."""
    index = slices(begin, end, stride, begin_mask, end_mask, squeeze_mask)
    out = x if in_place else x.clone()
    place = out[tuple(index)]
    if place.shape != update.shape:
        raise ValueError(
            f"the slice has shape {tuple(place.shape)}, its update {tuple(update.shape)}"
        )
    place.copy_(update)
    return out


@op("shape", exact=True)
def shape(x: Tensor) -> Tensor:
    return torch.tensor(x.shape, dtype=torch.int32)
