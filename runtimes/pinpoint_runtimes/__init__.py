"""One interface to run a stage on any runtime. It knows tensors and nothing of PinPoint.

Import a runtime's own module for its classes, such as `pinpoint_runtimes.onnx.runtime`.
"""

from pinpoint_runtimes.errors import (
    BackendMissing,
    CacheFull,
    RuntimeFailure,
    SessionError,
)
from pinpoint_runtimes.session import KVCache, Session, TensorSpec

__all__ = [
    "BackendMissing",
    "CacheFull",
    "KVCache",
    "RuntimeFailure",
    "Session",
    "SessionError",
    "TensorSpec",
]
