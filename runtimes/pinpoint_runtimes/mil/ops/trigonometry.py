"""Trigonometric and hyperbolic functions, elementwise, in radians."""

import torch
from torch import Tensor

from pinpoint_runtimes.mil.registry import op


@op("sin")
def sin(x: Tensor) -> Tensor:
    return torch.sin(x)


@op("cos")
def cos(x: Tensor) -> Tensor:
    return torch.cos(x)


@op("tan")
def tan(x: Tensor) -> Tensor:
    return torch.tan(x)


@op("asin")
def asin(x: Tensor) -> Tensor:
    return torch.asin(x)


@op("acos")
def acos(x: Tensor) -> Tensor:
    return torch.acos(x)


@op("atan")
def atan(x: Tensor) -> Tensor:
    return torch.atan(x)


@op("sinh")
def sinh(x: Tensor) -> Tensor:
    return torch.sinh(x)


@op("cosh")
def cosh(x: Tensor) -> Tensor:
    return torch.cosh(x)


@op("atanh")
def atanh(x: Tensor) -> Tensor:
    return torch.atanh(x)
