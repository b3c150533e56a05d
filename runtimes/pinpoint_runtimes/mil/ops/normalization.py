"""Normalization over channels, axes or neighbours."""

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


@op("instance_norm")
def instance_norm(
    x: Tensor, gamma: Tensor | None = None, beta: Tensor | None = None, epsilon: float = 1e-5
) -> Tensor:
    """Normalize each channel of each example of (N, C, ...) by its own statistics."""
    return F.instance_norm(x, weight=gamma, bias=beta, eps=epsilon)


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


@op("l2_norm")
def l2_norm(x: Tensor, epsilon: float = 1e-6) -> Tensor:
    """Divide by the Euclidean norm over the last three axes."""
    return x * torch.rsqrt(x.square().sum((-3, -2, -1), keepdim=True) + epsilon)


@op("local_response_norm")
def local_response_norm(
    x: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> Tensor:
    return F.local_response_norm(x, size, alpha, beta, k)
