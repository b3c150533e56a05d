"""Activation functions, elementwise but for softmax."""

from math import pi, sqrt

import torch
import torch.nn.functional as F
from torch import Tensor

from pinpoint_runtimes.mil.registry import op


@op("relu", exact=True)
def relu(x: Tensor) -> Tensor:
    return torch.relu(x)


@op("thresholded_relu", exact=True)
def thresholded_relu(x: Tensor, alpha: float) -> Tensor:
    """Keep x where it reaches alpha, otherwise 0."""
    return torch.where(x >= alpha, x, 0.0)


@op("gelu")
def gelu(x: Tensor, mode: str = "EXACT") -> Tensor:
    if mode == "EXACT":
        return F.gelu(x)
    if mode == "TANH_APPROXIMATION":
        return 0.5 * x * (1 + torch.tanh(sqrt(2 / pi) * (x + 0.044715 * x**3)))
    raise ValueError(f"gelu in the mode {mode} is not evaluated")


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


@op("softmax")
def softmax(x: Tensor, axis: int = -1) -> Tensor:
    return torch.softmax(x, axis)
