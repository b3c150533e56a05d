"""Convolutions over one to three spatial axes, (N, C, ...)."""

from itertools import chain

import torch.nn.functional as F
from torch import Tensor

from pinpoint_runtimes.mil.ops.padding import even, padded, spatial_pads
from pinpoint_runtimes.mil.registry import op

_CONV = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
_TRANSPOSED = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}


@op("conv")
def conv(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    strides: list[int] | None = None,
    pad_type: str = "valid",
    pad: list[int] | None = None,
    dilations: list[int] | None = None,
    groups: int = 1,
) -> Tensor:
    """Correlate with weight (C_out, C_in / groups, ...)."""
    rank = x.dim() - 2
    pads = spatial_pads(pad_type, pad, rank)
    padding = even(pads)
    if padding is None:
        x, padding = padded(x, pads), [0] * rank
    steps, spread = strides or [1] * rank, dilations or [1] * rank
    return _CONV[rank](x, weight, bias, steps, padding, spread, groups)


@op("conv_transpose")
def conv_transpose(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    pad: list[int] | None = None,
    pad_type: str = "valid",
    strides: list[int] | None = None,
    dilations: list[int] | None = None,
    groups: int = 1,
) -> Tensor:
    """Compute the gradient of a convolution with weight (C_in, C_out / groups, ...).

    The full result is cut by `pad`.
    """
    rank = x.dim() - 2
    pads = spatial_pads(pad_type, pad, rank)
    steps, spread = strides or [1] * rank, dilations or [1] * rank
    run = _TRANSPOSED[rank]
    padding = even(pads)
    if padding is not None:
        return run(x, weight, bias, steps, padding, 0, groups, spread)
    out = run(x, weight, bias, steps, 0, 0, groups, spread)
    # A negative padding of torch cuts.
    cuts = chain.from_iterable((-before, -after) for before, after in reversed(pads))
    return F.pad(out, list(cuts))
