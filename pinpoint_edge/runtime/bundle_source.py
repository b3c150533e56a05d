"""The stages of a bundle, loaded by a runtime that runs its target."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from pinpoint_edge.bundle import Bundle
from pinpoint_edge.errors import BackendError, OptionError
from pinpoint_runtimes import BackendMissing, KVCache, Session
from pinpoint_runtimes.memory import give_back_freed
from pinpoint_runtimes.runtime import (
    Runtime,
    RuntimeOptions,
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
    weights = bundle.manifest.weights.get(stage)
    kind = bundle.manifest.recipe.weights.get(stage)
    return StageFile(path, entry.inputs, entry.outputs, entry.buckets, stage, weights, kind)


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
    """A `StageSource` of a bundle.

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
        self._options = RuntimeOptions(threads, tuple(providers or ()), bundle.manifest.providers)

    def session(self, stage: str) -> Session:
        """Load a vision stage."""
        # Memory that the stage before took and freed would come on top of this one's peak.
        give_back_freed()
        return self._runtime.session(stage_file(self._bundle, stage), self._options)

    def kv_cache(self, capacity: int) -> KVCache:
        """Load the decode stage with an empty cache of at least `capacity` tokens."""
        give_back_freed()
        return self._runtime.kv_cache(stage_file(self._bundle, "decode"), capacity, self._options)
