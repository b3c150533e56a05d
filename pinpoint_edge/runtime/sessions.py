"""Sessions of a bundle, by a runtime that runs its target.

Whatever a runtime raises, in loading a stage or in running it, comes out as this package's error
that names the stage.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.bundle import Bundle
from pinpoint_edge.errors import BackendError, BundleError, OptionError
from pinpoint_runtimes import BackendMissing, KVCache, RuntimeFailure, Session, TensorSpec
from pinpoint_runtimes.memory import give_back_freed
from pinpoint_runtimes.runtime import (
    Options,
    Runtime,
    StageFile,
    load_runtime,
    opened,
    runtime_names,
)


def default_runtime(target: str) -> str:
    """Return the runtime that runs a target's stages on this machine: the one of its name.

    Raises BackendError for Core ML anywhere but on macOS, naming the evaluator that runs it here.
    """
    if target == "coreml" and sys.platform != "darwin":
        raise BackendError(
            "Core ML runs on macOS and iOS only; choose the runtime mil (--runtime mil), which "
            "evaluates the bundle's programs here, slowly and for checks."
        )
    return target


def stage_file(bundle: Bundle, stage: str) -> StageFile:
    """Describe a stage of a bundle to a runtime; raises BundleError when it is not there."""
    path = opened(bundle.folder, bundle.stage_path(stage).relative_to(bundle.folder).as_posix())
    entry = bundle.manifest.stages[stage]
    inputs, outputs = (
        tuple(TensorSpec(spec.name, spec.dtype, spec.shape) for spec in side)
        for side in (entry.inputs, entry.outputs)
    )
    weights = bundle.manifest.weights.get(stage)
    return StageFile(path, inputs, outputs, entry.buckets, stage, weights)


def runtime_for(bundle: Bundle, name: str | None) -> Runtime:
    """Load the runtime of this name, or the target's own, and refuse one of another target.

    Raises OptionError (unknown, or for another target) and BackendError (not installed here).
    """
    target = bundle.manifest.target
    if name is not None and name not in runtime_names():
        raise OptionError(
            f"There is no runtime '{name}'; installed ones: {', '.join(runtime_names())}."
        )
    try:
        runtime = load_runtime(name or default_runtime(target))
    except BackendMissing as error:
        raise BackendError(str(error)) from error
    if target not in runtime.targets:
        raise OptionError(
            f"The bundle '{bundle.manifest.name}' was exported for {target}, which the runtime "
            f"{runtime.name} does not run: leave --runtime out, or export for "
            f"{' or '.join(runtime.targets)}."
        )
    return runtime


class BundleSource:
    """Loads the stages of a bundle on first use.

    runtime: default the target's own; providers: ONNX Runtime execution providers in order of
    preference, default the CPU; threads: of one operator, default all cores.
    """

    def __init__(
        self,
        bundle: Bundle,
        providers: Sequence[str] | None = None,
        threads: int | None = None,
        runtime: str | None = None,
    ) -> None:
        if threads is not None and threads < 1:
            raise OptionError(f"{threads} threads make no sense: give at least 1.")
        self._bundle = bundle
        self._runtime = runtime_for(bundle, runtime)
        if providers and bundle.manifest.target != "onnx":
            raise OptionError(
                "Execution providers belong to ONNX Runtime; leave --provider out for a bundle "
                f"of the target {bundle.manifest.target}."
            )
        self._options = Options(threads, tuple(providers or ()), bundle.manifest.providers)
        self._sessions: dict[str, Session] = {}

    def session(self, stage: str) -> Session:
        """Give the session of a vision stage, loading it on first use."""
        if stage not in self._sessions:
            file = stage_file(self._bundle, stage)
            # What the stage before took and freed would come on top of this one's peak.
            give_back_freed()
            with _own_errors(stage, "cannot be loaded"):
                loaded = self._runtime.session(file, self._options)
            self._sessions[stage] = NamedSession(stage, loaded)
        return self._sessions[stage]

    def kv_cache(self, capacity: int) -> KVCache:
        """Give a decode session with an empty cache of at least `capacity` tokens."""
        file = stage_file(self._bundle, "decode")
        give_back_freed()
        with _own_errors("decode", "cannot be loaded"):
            loaded = self._runtime.kv_cache(file, capacity, self._options)
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
