"""Normalization by given statistics of channels, or over axes."""

import torch
import torch.nn.functional as F
from torch import Tensor

from pinpoint_runtimes.mil.registry import op


@op("batch_norm")
def batch_norm(
    x: Tensor,
    mean: Tensor,
    variance: Tensor,
    gamma: Tensor | None = None,
    beta: Tensor | None = None,
    epsilon: float = 1e-5,
) -> Tensor:
    """Normalize (N, C, ...) by given statistics of each channel."""
    return F.batch_norm(x, mean, variance, gamma, beta, eps=epsilon)


@op("layer_norm")
def layer_norm(
    x: Tensor,
    axes: list[int] | None = None,
    gamma: Tensor | None = None,
    beta: Tensor | None = None,
    epsilon: float = 1e-5,
) -> Tensor:
    """Normalize over axes, all when None; gamma and beta have the shape of those axes."""
    rank = x.dim()
    chosen = sorted(axis % rank for axis in (range(rank) if axes is None else axes))
    if chosen == list(range(rank - len(chosen), rank)):
        return F.layer_norm(x, x.shape[chosen[0] :], gamma, beta, epsilon)
    centred = x - x.mean(chosen, keepdim=True)
    out = centred * torch.rsqrt(centred.square().mean(chosen, keepdim=True) + epsilon)
    shape = [x.shape[axis] if axis in chosen else 1 for axis in range(rank)]
    out = out if gamma is None else out * gamma.reshape(shape)
    return out if beta is None else out + beta.reshape(shape)
