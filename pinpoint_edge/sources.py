"""Sessions of a bundle, by the runtime that its target names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from pinpoint_edge.bundle import Bundle
from pinpoint_edge.errors import BackendError, BundleError, OptionError
from pinpoint_runtimes import BackendMissing, KVCache, RuntimeFailure, Session


class BundleSource:
    """Loads the stages of an ONNX bundle on first use.

    providers: ONNX Runtime execution providers in order of preference, default the CPU;
    threads: of one operator, default all cores.
    """

    def __init__(
        self, bundle: Bundle, providers: Sequence[str] | None = None, threads: int | None = None
    ) -> None:
        if threads is not None and threads < 1:
            raise OptionError(f"{threads} threads make no sense: give at least 1.")
        self._bundle = bundle
        self._providers = tuple(providers or ("CPUExecutionProvider",))
        self._threads = threads
        self._sessions: dict[str, Session] = {}

    def session(self, stage: str) -> Session:
        """Give the session of a vision stage, loading it on first use."""
        if stage not in self._sessions:
            from pinpoint_runtimes.onnx import OnnxSession

            with _own_errors(stage):
                self._sessions[stage] = OnnxSession(
                    self._bundle.stage_path(stage), self._providers, self._threads
                )
        return self._sessions[stage]

    def kv_cache(self, capacity: int) -> KVCache:
        """Give a decode session with an empty cache of `capacity` tokens."""
        from pinpoint_runtimes.onnx import OnnxKVCache

        with _own_errors("decode"):
            return OnnxKVCache(
                self._bundle.stage_path("decode"), self._providers, self._threads, capacity
            )

    def close(self) -> None:
        """Free all sessions."""
        for session in self._sessions.values():
            session.close()
        self._sessions.clear()


@contextmanager
def _own_errors(stage: str) -> Iterator[None]:
    """Turn a runtime's failure into this package's error, naming the stage."""
    try:
        yield
    except BackendMissing as error:
        raise BackendError(str(error)) from error
    except RuntimeFailure as error:
        raise BundleError(f"Stage {stage} cannot be loaded: {error}") from error
