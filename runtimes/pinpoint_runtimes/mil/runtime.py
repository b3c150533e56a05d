"""The runtime `mil`, which evaluates Core ML packages on any machine."""

from typing import TYPE_CHECKING

from pinpoint_runtimes.mil.proto import check_backend
from pinpoint_runtimes.runtime import RuntimeOptions, StageFile

if TYPE_CHECKING:
    from pinpoint_runtimes.mil.kv_cache import MilKVCache
    from pinpoint_runtimes.mil.session import MilSession


class MilRuntime:
    """Evaluates the stages of the `coreml` target; see docs/mil.md for its limits.

    round_fp16: round fp16 tensors after every operation, as fp16 hardware does.
    """

    name = "mil"
    targets: tuple[str, ...] = ("coreml",)

    def __init__(self, *, round_fp16: bool = True) -> None:
        self._round_fp16 = round_fp16

    def check(self) -> None:
        """Raise BackendMissing unless torch and coremltools are installed."""
        check_backend()

    def session(self, stage: StageFile, options: RuntimeOptions) -> "MilSession":
        """Load a vision stage; raises SessionError."""
        self.check()
        from pinpoint_runtimes.mil.session import MilSession

        return MilSession(stage, options, round_fp16=self._round_fp16)

    def kv_cache(self, stage: StageFile, capacity: int, options: RuntimeOptions) -> "MilKVCache":
        """Load the decode stage with an empty cache; raises SessionError."""
        self.check()
        from pinpoint_runtimes.mil.kv_cache import MilKVCache

        return MilKVCache(stage, capacity, options, round_fp16=self._round_fp16)
