"""Elementwise arithmetic, comparison and choice; operands broadcast as in numpy."""

import torch
from torch import Tensor

from pinpoint_runtimes.mil.registry import op

# By the name that MIL gives the type; types are held as pinpoint_runtimes.mil.types says.
_CASTS = {
    "fp16": torch.float32,
    "fp32": torch.float32,
    "bool": torch.bool,
    "int8": torch.int8,
    "int16": torch.int16,
    "int32": torch.int32,
    "uint8": torch.uint8,
    "uint16": torch.int32,
}


@op("add")
def add(x: Tensor, y: Tensor) -> Tensor:
    return x + y


@op("sub")
def sub(x: Tensor, y: Tensor) -> Tensor:
    return x - y


@op("mul")
def mul(x: Tensor, y: Tensor) -> Tensor:
    return x * y


@op("real_div")
def real_div(x: Tensor, y: Tensor) -> Tensor:
    return torch.true_divide(x, y)


@op("floor_div")
def floor_div(x: Tensor, y: Tensor) -> Tensor:
    return torch.floor_divide(x, y)


@op("maximum", exact=True)
def maximum(x: Tensor, y: Tensor) -> Tensor:
    return torch.maximum(x, y)


@op("minimum", exact=True)
def minimum(x: Tensor, y: Tensor) -> Tensor:
    return torch.minimum(x, y)


@op("greater", exact=True)
def greater(x: Tensor, y: Tensor) -> Tensor:
    return x > y


@op("greater_equal", exact=True)
def greater_equal(x: Tensor, y: Tensor) -> Tensor:
    return x >= y


@op("less", exact=True)
def less(x: Tensor, y: Tensor) -> Tensor:
    return x < y


@op("less_equal", exact=True)
def less_equal(x: Tensor, y: Tensor) -> Tensor:
    return x <= y


@op("select", exact=True)
def select(cond: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """Take a where cond holds, else b. The form without a and b is refused: it lists indices."""
    return torch.where(cond, a, b)


@op("cast", aliases=True)
def cast(x: Tensor, dtype: str) -> Tensor:
    """Convert to another type; fractions are cut off, and whole numbers that do not fit wrap."""
    wanted = _CASTS[dtype]
    if dtype == "uint16":
        return x.to(torch.int64).bitwise_and(0xFFFF).to(wanted)
    if x.is_floating_point() and dtype in ("int8", "int16", "uint8"):
        x = x.to(torch.int64)  # a direct conversion of what does not fit is undefined
    return x.to(wanted)


@op("abs", exact=True)
def absolute(x: Tensor) -> Tensor:
    return torch.abs(x)


@op("ceil")
def ceil(x: Tensor) -> Tensor:
    return torch.ceil(x)


@op("sqrt")
def sqrt(x: Tensor) -> Tensor:
    return torch.sqrt(x)


@op("rsqrt")
def rsqrt(x: Tensor, epsilon: float = 1e-12) -> Tensor:
    return torch.rsqrt(x + epsilon)


@op("clip", exact=True)
def clip(x: Tensor, alpha: float, beta: float) -> Tensor:
    return torch.clamp(x, alpha, beta)


@op("sin")
def sin(x: Tensor) -> Tensor:
    return torch.sin(x)


@op("cos")
def cos(x: Tensor) -> Tensor:
    return torch.cos(x)
