"""Pools over one to three spatial axes, (N, C, ...)."""

import torch
import torch.nn.functional as F
from torch import Tensor

from pinpoint_runtimes.mil.ops.padding import Pads, even, padded, spatial_pads
from pinpoint_runtimes.mil.registry import op

_MAX = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}
_AVERAGE = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}


def _resolve(
    x: Tensor,
    kernel: list[int],
    strides: list[int] | None,
    pad_type: str,
    pad: list[int] | None,
    ceil_mode: bool,
) -> tuple[list[int], Pads, list[int] | None]:
    """Return strides, paddings, and the paddings that torch's operator takes itself, if it can."""
    rank = len(kernel)
    strides = strides or [1] * rank
    pads = spatial_pads(pad_type, pad, x.shape[2:], kernel, strides, [1] * rank)
    own = even(pads)
    if own is not None and any(2 * p > k for p, k in zip(own, kernel, strict=True)):
        own = None
    if own is None and ceil_mode:
        raise ValueError("ceil_mode is only defined for equal paddings of at most half a window")
    return strides, pads, own


@op("max_pool", exact=True)
def max_pool(
    x: Tensor,
    kernel_sizes: list[int],
    strides: list[int] | None = None,
    pad_type: str = "valid",
    pad: list[int] | None = None,
    ceil_mode: bool = False,
) -> Tensor:
    steps, pads, own = _resolve(x, kernel_sizes, strides, pad_type, pad, ceil_mode)
    if own is None:
        x, own = padded(x, pads, float("-inf")), [0] * len(pads)
    return _MAX[len(pads)](x, kernel_sizes, steps, own, ceil_mode=ceil_mode)


@op("avg_pool")
def avg_pool(
    x: Tensor,
    kernel_sizes: list[int],
    strides: list[int] | None = None,
    pad_type: str = "valid",
    pad: list[int] | None = None,
    exclude_padding_from_average: bool = False,
    ceil_mode: bool = False,
) -> Tensor:
    steps, pads, own = _resolve(x, kernel_sizes, strides, pad_type, pad, ceil_mode)
    run = _AVERAGE[len(pads)]
    if own is not None:
        include = not exclude_padding_from_average
        return run(x, kernel_sizes, steps, own, ceil_mode, include)
    average = run(padded(x, pads), kernel_sizes, steps)
    if not exclude_padding_from_average:
        return average
    return average / run(padded(torch.ones_like(x[:1, :1]), pads), kernel_sizes, steps)


@op("l2_pool")
def l2_pool(
    x: Tensor,
    kernel_sizes: list[int],
    strides: list[int] | None = None,
    pad_type: str = "valid",
    pad: list[int] | None = None,
    ceil_mode: bool = False,
) -> Tensor:
    """Take the Euclidean norm of each window."""
    steps, pads, own = _resolve(x, kernel_sizes, strides, pad_type, pad, ceil_mode)
    if own is None or ceil_mode:
        x, own = padded(x, pads), [0] * len(pads)
    count = 1
    for size in kernel_sizes:
        count *= size
    return (_AVERAGE[len(pads)](x * x, kernel_sizes, steps, own) * count).sqrt()
