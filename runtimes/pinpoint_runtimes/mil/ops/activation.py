"""Activation functions, elementwise but for softmax."""

from math import pi, sqrt

import torch
import torch.nn.functional as F
from torch import Tensor

from pinpoint_runtimes.mil.registry import op


def _channels(values: Tensor, rank: int) -> Tensor:
    """Shape one value a channel, (C,), to broadcast against (N, C, ...) of a rank."""
    return values.reshape(-1, *[1] * (rank - 2))


@op("relu", exact=True)
def relu(x: Tensor) -> Tensor:
    return torch.relu(x)


@op("relu6", exact=True)
def relu6(x: Tensor) -> Tensor:
    return torch.clamp(x, 0, 6)


@op("clamped_relu")
def clamped_relu(x: Tensor, alpha: float, beta: float) -> Tensor:
    return torch.clamp(F.leaky_relu(x, alpha), max=beta)


@op("thresholded_relu", exact=True)
def thresholded_relu(x: Tensor, alpha: float) -> Tensor:
    """Keep x where it reaches alpha, otherwise 0."""
    return torch.where(x >= alpha, x, 0.0)


@op("leaky_relu")
def leaky_relu(x: Tensor, alpha: float) -> Tensor:
    return F.leaky_relu(x, alpha)


@op("prelu")
def prelu(x: Tensor, alpha: Tensor) -> Tensor:
    return torch.where(x > 0, x, x * _channels(alpha, x.dim()))


@op("elu")
def elu(x: Tensor, alpha: float) -> Tensor:
    return F.elu(x, alpha)


@op("gelu")
def gelu(x: Tensor, mode: str = "EXACT") -> Tensor:
    if mode == "EXACT":
        return F.gelu(x)
    if mode == "TANH_APPROXIMATION":
        return 0.5 * x * (1 + torch.tanh(sqrt(2 / pi) * (x + 0.044715 * x**3)))
    if mode == "SIGMOID_APPROXIMATION":
        return x * torch.sigmoid(1.702 * x)
    raise ValueError(f"gelu has no mode {mode}")


@op("silu")
def silu(x: Tensor) -> Tensor:
    return F.silu(x)


@op("sigmoid")
def sigmoid(x: Tensor) -> Tensor:
    return torch.sigmoid(x)


@op("sigmoid_hard")
def sigmoid_hard(x: Tensor, alpha: float = 0.2, beta: float = 0.5) -> Tensor:
    return torch.clamp(alpha * x + beta, 0, 1)


@op("tanh")
def tanh(x: Tensor) -> Tensor:
    return torch.tanh(x)


@op("scaled_tanh")
def scaled_tanh(x: Tensor, alpha: float, beta: float) -> Tensor:
    return alpha * torch.tanh(beta * x)


@op("softplus")
def softplus(x: Tensor) -> Tensor:
    return F.softplus(x)


@op("softplus_parametric")
def softplus_parametric(x: Tensor, alpha: Tensor, beta: Tensor) -> Tensor:
    rank = x.dim()
    return _channels(alpha, rank) * F.softplus(_channels(beta, rank) * x)


@op("softsign")
def softsign(x: Tensor) -> Tensor:
    return F.softsign(x)


@op("linear_activation")
def linear_activation(x: Tensor, alpha: float, beta: float = 0.0) -> Tensor:
    return alpha * x + beta


@op("softmax")
def softmax(x: Tensor, axis: int = -1) -> Tensor:
    return torch.softmax(x, axis)
