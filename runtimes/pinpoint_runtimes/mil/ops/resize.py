"""Resizing of the last two axes, cropping, and the shuffles between channels and space."""

from math import floor

import torch
import torch.nn.functional as F
from torch import Tensor

from pinpoint_runtimes.mil.registry import op


def _grid(size: int, wanted: int, mode: str) -> Tensor:
    """Return the places f32 (wanted,) at which an axis is sampled, by MIL's sampling mode."""
    index = torch.arange(wanted, dtype=torch.float32)
    if mode == "UNALIGN_CORNERS":
        spacing = size / wanted
        grid = index * spacing + 0.5 * spacing - 0.5
    elif mode == "DEFAULT":
        grid = index * (size / wanted)
    elif mode == "OFFSET_CORNERS":
        spacing = max(1, size - 1) / wanted
        grid = 0.5 * spacing + index * spacing
    elif mode == "ALIGN_CORNERS" and wanted == 1:
        grid = torch.full((1,), (size - 1) / 2)
    elif mode in ("ALIGN_CORNERS", "STRICT_ALIGN_CORNERS"):
        grid = index * ((size - 1) / max(1, wanted - 1))
    else:
        raise ValueError(f"there is no sampling mode {mode}")
    return grid.clamp(0, size - 1)


def _interpolate(x: Tensor, axis: int, wanted: int, mode: str) -> Tensor:
    grid = _grid(x.shape[axis], wanted, mode)
    below = grid.floor().long()
    above = (below + 1).clamp(max=x.shape[axis] - 1)
    share = (grid - below).reshape(-1, *[1] * (-1 - axis))
    low, high = x.index_select(axis, below), x.index_select(axis, above)
    return low + (high - low) * share


def _bilinear(x: Tensor, height: int, width: int, mode: str) -> Tensor:
    return _interpolate(_interpolate(x, -2, height, mode), -1, width, mode)


def _nearest(x: Tensor, height: int, width: int) -> Tensor:
    """Repeat each element. What other ratios pick the definition leaves open."""
    if height % x.shape[-2] or width % x.shape[-1]:
        raise ValueError("nearest neighbours are only defined for whole factors")
    return x.repeat_interleave(height // x.shape[-2], -2).repeat_interleave(
        width // x.shape[-1], -1
    )


@op("upsample_nearest_neighbor", exact=True, aliases=True)
def upsample_nearest_neighbor(
    x: Tensor, scale_factor_height: float = 1, scale_factor_width: float = 1
) -> Tensor:
    height = floor(x.shape[-2] * scale_factor_height)
    return _nearest(x, height, floor(x.shape[-1] * scale_factor_width))


@op("resize_nearest_neighbor", exact=True, aliases=True)
def resize_nearest_neighbor(x: Tensor, target_size_height: int, target_size_width: int) -> Tensor:
    return _nearest(x, target_size_height, target_size_width)


@op("upsample_bilinear")
def upsample_bilinear(
    x: Tensor,
    scale_factor_height: float = 1,
    scale_factor_width: float = 1,
    align_corners: bool = True,
    half_pixel_centers: bool | None = None,
) -> Tensor:
    """Half pixel centres are the default exactly where corners are not aligned."""
    height = floor(x.shape[-2] * scale_factor_height)
    width = floor(x.shape[-1] * scale_factor_width)
    halves = not align_corners if half_pixel_centers is None else half_pixel_centers
    if align_corners and halves:
        raise ValueError("aligned corners and half pixel centres exclude each other")
    mode = "STRICT_ALIGN_CORNERS" if align_corners else "UNALIGN_CORNERS" if halves else "DEFAULT"
    return _bilinear(x, height, width, mode)


@op("resize_bilinear")
def resize_bilinear(
    x: Tensor,
    target_size_height: int = 1,
    target_size_width: int = 1,
    sampling_mode: str = "DEFAULT",
) -> Tensor:
    return _bilinear(x, target_size_height, target_size_width, sampling_mode)


@op("resize")
def resize(
    x: Tensor,
    shape: list[int],
    resized_dims: int,
    interpolation_mode: str = "LINEAR",
    sampling_mode: str = "DEFAULT",
) -> Tensor:
    """Resize the last `resized_dims` axes to those of `shape`; 0 there keeps the size."""
    if resized_dims not in (1, 2):
        raise ValueError(f"resizing {resized_dims} axes is not evaluated")
    last = [size or x.shape[i - resized_dims] for i, size in enumerate(shape[-resized_dims:])]
    height, width = (x.shape[-2], last[0]) if resized_dims == 1 else last
    if interpolation_mode == "NEAREST_NEIGHBOR":
        return _nearest(x, height, width)
    if interpolation_mode != "LINEAR":
        raise ValueError(f"there is no interpolation mode {interpolation_mode}")
    out = x if height == x.shape[-2] else _interpolate(x, -2, height, sampling_mode)
    return _interpolate(out, -1, width, sampling_mode)


@op("crop", exact=True, aliases=True)
def crop(x: Tensor, crop_height: list[int], crop_width: list[int]) -> Tensor:
    """Cut (before, after) from the last two axes."""
    height, width = x.shape[-2:]
    rows = slice(crop_height[0], height - crop_height[1])
    return x[..., rows, crop_width[0] : width - crop_width[1]]


@op("pixel_shuffle", exact=True)
def pixel_shuffle(x: Tensor, upscale_factor: int) -> Tensor:
    return F.pixel_shuffle(x, upscale_factor)


@op("pixel_unshuffle", exact=True)
def pixel_unshuffle(x: Tensor, downscale_factor: int) -> Tensor:
    return F.pixel_unshuffle(x, downscale_factor)


@op("depth_to_space", exact=True, aliases=True)
def depth_to_space(x: Tensor, block_size: int) -> Tensor:
    """Move channels into space; the place in the block is the slower part of the channel."""
    n, c, h, w = x.shape
    b = block_size
    blocks = x.reshape(n, b, b, c // (b * b), h, w).permute(0, 3, 4, 1, 5, 2)
    return blocks.reshape(n, c // (b * b), h * b, w * b)


@op("space_to_depth", exact=True, aliases=True)
def space_to_depth(x: Tensor, block_size: int) -> Tensor:
    """Undo `depth_to_space`."""
    n, c, h, w = x.shape
    b = block_size
    blocks = x.reshape(n, c, h // b, b, w // b, b).permute(0, 3, 5, 1, 2, 4)
    return blocks.reshape(n, c * b * b, h // b, w // b)
