"""Sessions of a bundle, by the runtime that its target names.

Whatever a runtime raises, in loading a stage or in running it, comes out as this package's error
that names the stage.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
            with _own_errors(stage, "cannot be loaded"):
                from pinpoint_runtimes.onnx import OnnxSession

                loaded = OnnxSession(self._bundle.stage_path(stage), self._providers, self._threads)
            self._sessions[stage] = NamedSession(stage, loaded)
        return self._sessions[stage]

    def kv_cache(self, capacity: int) -> KVCache:
        """Give a decode session with an empty cache of `capacity` tokens."""
        with _own_errors("decode", "cannot be loaded"):
            from pinpoint_runtimes.onnx import OnnxKVCache

            loaded = OnnxKVCache(
                self._bundle.stage_path("decode"), self._providers, self._threads, capacity
            )
        return NamedCache("decode", loaded)

    def close(self) -> None:
        """Free all sessions."""
        for session in self._sessions.values():
            session.close()
        self._sessions.clear()


class NamedSession:
    """A session that knows its stage; running it raises BundleError or BackendError."""

    def __init__(self, stage: str, session: Session) -> None:
        self.inputs, self.outputs = session.inputs, session.outputs
        self._stage = stage
        self._session = session

    def run(self, feeds: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """Run the stage; see `pinpoint_runtimes.Session.run`."""
        with _own_errors(self._stage, "failed"):
            return self._session.run(feeds)

    def close(self) -> None:
        """Free the stage."""
        self._session.close()


class NamedCache:
    """A KV cache that knows its stage; running it raises BundleError or BackendError."""

    def __init__(self, stage: str, cache: KVCache) -> None:
        self.capacity, self.length = cache.capacity, cache.length
        self._stage = stage
        self._cache = cache

    def run(self, ids: NDArray[Any], visual: NDArray[Any]) -> NDArray[np.float32]:
        """Append rows; see `pinpoint_runtimes.KVCache.run`."""
        with _own_errors(self._stage, "failed"):
            logits = self._cache.run(ids, visual)
        self.length = self._cache.length
        return logits

    def truncate(self, length: int) -> None:
        """Forget all rows from `length` on."""
        with _own_errors(self._stage, "failed"):
            self._cache.truncate(length)
        self.length = self._cache.length

    def close(self) -> None:
        """Free the stage and its state."""
        self._cache.close()


@contextmanager
def _own_errors(stage: str, what: str) -> Iterator[None]:
    """Turn a runtime's failure into this package's error, naming the stage."""
    try:
        yield
    except BackendMissing as error:
        raise BackendError(str(error)) from error
    except RuntimeFailure as error:
        raise BundleError(f"Stage {stage} {what}: {error}") from error
