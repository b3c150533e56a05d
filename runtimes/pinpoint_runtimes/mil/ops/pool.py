"""Pools over one to three spatial axes, (N, C, ...)."""

import torch.nn.functional as F
from torch import Tensor

from pinpoint_runtimes.mil.ops.padding import padded, spatial_pads
from pinpoint_runtimes.mil.registry import op

_MAX = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}
_AVERAGE = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}


def _check(ceil_mode: bool) -> None:
    if ceil_mode:
        raise ValueError("a pool with ceil_mode is not evaluated")


@op("max_pool", exact=True)
def max_pool(
    x: Tensor,
    kernel_sizes: list[int],
    strides: list[int] | None = None,
    pad_type: str = "valid",
    pad: list[int] | None = None,
    ceil_mode: bool = False,
) -> Tensor:
    _check(ceil_mode)
    rank = len(kernel_sizes)
    x = padded(x, spatial_pads(pad_type, pad, rank), float("-inf"))
    return _MAX[rank](x, kernel_sizes, strides or [1] * rank)


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
    _check(ceil_mode)
    rank, pads = len(kernel_sizes), spatial_pads(pad_type, pad, len(kernel_sizes))
    if exclude_padding_from_average and any(map(any, pads)):
        raise ValueError("an average that leaves padding out is not evaluated")
    return _AVERAGE[rank](padded(x, pads), kernel_sizes, strides or [1] * rank)
