"""MIL's operations by family. Importing this package enters all of them in the registry.

The specification is coremltools' `converters/mil/mil/ops/defs`.
"""

from pinpoint_runtimes.mil.ops import (
    activation,
    constexpr,
    convolution,
    elementwise,
    linear,
    normalization,
    pool,
    reduction,
    resize,
    scatter_gather,
    shape,
    state,
    tensor,
    trigonometry,
)

__all__ = [
    "activation",
    "constexpr",
    "convolution",
    "elementwise",
    "linear",
    "normalization",
    "pool",
    "reduction",
    "resize",
    "scatter_gather",
    "shape",
    "state",
    "tensor",
    "trigonometry",
]
