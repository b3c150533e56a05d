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
    pads = spatial_pads(pad_type, pad, rank)
    steps, spread = strides or [1] * rank, dilations or [1] * rank
    if output_shape is not None:
        kernel = weight.shape[2:]
        ends = zip(x.shape[2:], steps, kernel, spread, strict=True)
        full = [(n - 1) * s + (k - 1) * d + 1 for n, s, k, d in ends]
        sizes = zip(pads, full, output_shape[-rank:], strict=True)
        pads = [(before, have - before - wanted) for (before, _), have, wanted in sizes]
    run = _TRANSPOSED[rank]
    padding = even(pads)
    if padding is not None:
        return run(x, weight, bias, steps, padding, 0, groups, spread)
    out = run(x, weight, None, steps, 0, 0, groups, spread)
    # A negative padding of torch cuts, a positive one extends with zeros.
    cuts = chain.from_iterable((-before, -after) for before, after in reversed(pads))
    out = F.pad(out, list(cuts))
    return out if bias is None else out + bias.reshape(-1, *[1] * rank)
