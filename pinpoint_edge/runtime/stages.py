"""The five stages of a reader: loaded on first use, failures named, every run observed.

A source gives plain sessions: a bundle loaded by a runtime, or the reference in torch. `Stages`
wraps them, so that whoever measures, calibrates or counts needs no source of his own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.errors import BackendError, BundleError, CapacityError, InferenceError
from pinpoint_runtimes import BackendMissing, CacheFull, KVCache, RuntimeFailure, Session

Tensors = Mapping[str, NDArray[Any]]


class StageSource(Protocol):
    """Where sessions come from; failures are those of `pinpoint_runtimes`."""

    def session(self, stage: str) -> Session:
        """Load the session of a vision stage."""

    def kv_cache(self, capacity: int) -> KVCache:
        """Load the decode stage with an empty cache of at least `capacity` tokens."""


class Observer:
    """Sees what the stages of a reader do; override what is wanted. See `PinPoint.observed`.

    Stages are detect, glance, align, refine and decode. Tensors belong to the stage: copy what is
    kept, change nothing.
    """

    def loaded(self, stage: str) -> None:
        """A stage was loaded."""

    def ran(self, stage: str, inputs: Tensors, outputs: Tensors) -> None:
        """A stage ran.

        decode has the inputs ids i32 (q,), visual f32 (V, d_llm), position i32 (1,): rows in the
        cache before the run; and the output logits f32 (vocabulary,).
        """


class Stages:
    """The stages of one source. Raises BackendError, BundleError, InferenceError, CapacityError.

    `observers` are called in order after each load and each run.
    """

    def __init__(self, source: StageSource) -> None:
        self.observers: list[Observer] = []
        self._source = source
        self._sessions: dict[str, Session] = {}

    def session(self, stage: str) -> Session:
        """Give the session of a vision stage, loaded on first use."""
        if stage not in self._sessions:
            with _loading(stage):
                loaded = self._source.session(stage)
            self._sessions[stage] = _StageSession(stage, loaded, self.observers)
            self._report_loaded(stage)
        return self._sessions[stage]

    def kv_cache(self, capacity: int) -> KVCache:
        """Give the decode stage with an empty cache of at least `capacity` tokens."""
        with _loading("decode"):
            loaded = self._source.kv_cache(capacity)
        try:
            self._report_loaded("decode")
        except BaseException:  # an observer's own error; nobody else would free the cache
            loaded.close()
            raise
        return _StageCache(loaded, self.observers)

    def close(self) -> None:
        """Free all vision stages; caches are closed by whoever asked for them."""
        for session in self._sessions.values():
            session.close()
        self._sessions.clear()

    def _report_loaded(self, stage: str) -> None:
        for observer in tuple(self.observers):
            observer.loaded(stage)


class _StageSession:
    """A session that names its stage in errors and shows its runs to observers."""

    def __init__(self, stage: str, session: Session, observers: list[Observer]) -> None:
        self.inputs, self.outputs = session.inputs, session.outputs
        self._stage, self._session, self._observers = stage, session, observers

    def run(self, feeds: Tensors) -> dict[str, NDArray[Any]]:
        with _running(self._stage):
            outputs = self._session.run(feeds)
        for observer in tuple(self._observers):  # one may leave as it is called
            observer.ran(self._stage, feeds, outputs)
        return outputs

    def close(self) -> None:
        self._session.close()


class _StageCache:
    """A KV cache that names its stage in errors and shows its runs to observers."""

    def __init__(self, cache: KVCache, observers: list[Observer]) -> None:
        self.capacity, self.length = cache.capacity, cache.length
        self._cache, self._observers = cache, observers

    def run(self, ids: NDArray[Any], visual: NDArray[Any]) -> NDArray[np.float32]:
        position = self.length
        with _running("decode"):
            logits = self._cache.run(ids, visual)
        self.length = self._cache.length
        for observer in tuple(self._observers):
            inputs = {"ids": ids, "visual": visual, "position": np.array([position], np.int32)}
            observer.ran("decode", inputs, {"logits": logits})
        return logits

    def truncate(self, length: int) -> None:
        with _running("decode"):
            self._cache.truncate(length)
        self.length = self._cache.length

    def close(self) -> None:
        self._cache.close()


@contextmanager
def _loading(stage: str) -> Iterator[None]:
    try:
        yield
    except BackendMissing as error:
        raise BackendError(str(error)) from error
    except RuntimeFailure as error:
        raise BundleError(f"Stage {stage} cannot be loaded: {error}") from error
    except MemoryError as error:
        raise InferenceError(
            f"Stage {stage} cannot be loaded: there is no memory left; close other programs, or "
            "take a bundle of smaller weights."
        ) from error


@contextmanager
def _running(stage: str) -> Iterator[None]:
    try:
        yield
    except BackendMissing as error:  # some runtimes find out only when a method first runs
        raise BackendError(str(error)) from error
    except CacheFull as error:
        raise CapacityError(f"Stage {stage} is full: {error}") from error
    except RuntimeFailure as error:
        raise InferenceError(f"Stage {stage} failed: {error}") from error
    except MemoryError as error:
        raise InferenceError(
            f"Stage {stage} failed: there is no memory left; close other programs, or read "
            "smaller pages."
        ) from error
