"""MIL's operations by family. Importing this package enters all of them in the registry.

The specification is coremltools' `converters/mil/mil/ops/defs`. An operation is here when an
exported stage holds it; docs/mil.md lists them.
"""

from pinpoint_runtimes.mil.ops import (
    activation,
    constexpr,
    convolution,
    elementwise,
    indexing,
    linear,
    normalization,
    pool,
    reduction,
    shape,
    state,
)

__all__ = [
    "activation",
    "constexpr",
    "convolution",
    "elementwise",
    "indexing",
    "linear",
    "normalization",
    "pool",
    "reduction",
    "shape",
    "state",
]
