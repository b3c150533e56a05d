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
    strides, dilations = strides or [1] * rank, dilations or [1] * rank
    pads = spatial_pads(pad_type, pad, x.shape[2:], weight.shape[2:], strides, dilations)
    padding = even(pads)
    if padding is None:
        x, padding = padded(x, pads), [0] * rank
    return _CONV[rank](x, weight, bias, strides, padding, dilations, groups)


@op("conv_transpose")
def conv_transpose(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    pad: list[int] | None = None,
    output_shape: list[int] | None = None,
    pad_type: str = "valid",
    strides: list[int] | None = None,
    dilations: list[int] | None = None,
    groups: int = 1,
) -> Tensor:
    """Compute the gradient of a convolution with weight (C_in, C_out / groups, ...).

    The full result is cut by `pad`, or to `output_shape`, which may also reach behind its end.
    """
    rank = x.dim() - 2
    strides, dilations = strides or [1] * rank, dilations or [1] * rank
    kernel, sizes = weight.shape[2:], x.shape[2:]
    full = [
        (n - 1) * s + (k - 1) * d + 1
        for n, s, k, d in zip(sizes, strides, kernel, dilations, strict=True)
    ]
    if pad_type in ("same", "same_lower"):
        wanted = [size * stride for size, stride in zip(sizes, strides, strict=True)]
        surplus = [have - want for have, want in zip(full, wanted, strict=True)]
        less = [max(0, extra) // 2 for extra in surplus]
        if pad_type == "same_lower":
            less = [max(0, extra) - half for extra, half in zip(surplus, less, strict=True)]
        pads = [(before, extra - before) for before, extra in zip(less, surplus, strict=True)]
    else:
        pads = spatial_pads(pad_type, pad, sizes, kernel, strides, dilations)
    if output_shape is not None:
        last = output_shape[-rank:]
        pads = [(a, have - a - want) for (a, _), have, want in zip(pads, full, last, strict=True)]
    run = _TRANSPOSED[rank]
    padding = even(pads)
    if padding is not None:
        return run(x, weight, bias, strides, padding, 0, groups, dilations)
    out = run(x, weight, None, strides, 0, 0, groups, dilations)
    # A negative padding of torch cuts, a positive one extends with zeros.
    cuts = chain.from_iterable((-before, -after) for before, after in reversed(pads))
    out = F.pad(out, list(cuts))
    return out if bias is None else out + bias.reshape(-1, *[1] * rank)
