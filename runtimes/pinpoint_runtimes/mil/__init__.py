"""A reference evaluator of Core ML packages: it executes the MIL program of an `.mlpackage`.

`MilSession` (in `session`) and `MilKVCache` (in `kv_cache`) are imported on first use: they need
torch, this module only numpy.
"""

from typing import TYPE_CHECKING, Any

from pinpoint_runtimes.mil.runtime import MilRuntime

if TYPE_CHECKING:
    from pinpoint_runtimes.mil.kv_cache import MilKVCache
    from pinpoint_runtimes.mil.session import MilSession

__all__ = ["MilKVCache", "MilRuntime", "MilSession"]


def __getattr__(name: str) -> Any:
    if name == "MilSession":
        from pinpoint_runtimes.mil.session import MilSession

        return MilSession
    if name == "MilKVCache":
        from pinpoint_runtimes.mil.kv_cache import MilKVCache

        return MilKVCache
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
