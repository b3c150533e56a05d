"""The interface of runtimes: one object that checks its needs and opens stages.

A runtime is registered under the entry-point group `pinpoint_edge.runtimes`; the entry names a
class or function that returns a `Runtime` when it is called without arguments.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path
from typing import Protocol, cast

from pinpoint_runtimes.errors import BackendMissing
from pinpoint_runtimes.session import KVCache, Session, TensorSpec

GROUP = "pinpoint_edge.runtimes"
PACKAGE_SUFFIX = ".mlpackage"  # Core ML's artifacts are folders


@dataclass(frozen=True)
class StageFile:
    """A lowered stage as a runtime finds it.

    Attributes:
        path: the file that the runtime opens, or the folder of an `.mlpackage`.
        inputs, outputs: the tensors of the contract; the file can hold other types inside.
        buckets: the sizes of the free dimensions that it was lowered for; none: any size.
        name: of the stage.
        weights: digest of the trained weights, if known.
        weights_type: the coarsest type of its weights by the recipe, if known.
    """

    path: Path
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    buckets: tuple[Mapping[str, int], ...] = ()
    name: str = ""
    weights: str | None = None
    weights_type: str | None = None


@dataclass(frozen=True)
class RuntimeOptions:
    """Options of a run.

    Attributes:
        threads: of one operator; None: the runtime's default.
        providers: execution providers of ONNX Runtime, best first; empty: the CPU.
        provider_options: the bundle's options, by provider.
    """

    threads: int | None = None
    providers: tuple[str, ...] = ()
    provider_options: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


class Runtime(Protocol):
    """One runtime: its name and the targets whose stages it opens."""

    name: str
    targets: tuple[str, ...]

    def check(self) -> None:
        """Raise BackendMissing, with the install command, unless everything needed is here."""
        ...

    def session(self, stage: StageFile, options: RuntimeOptions) -> Session:
        """Load a vision stage; raises SessionError."""
        ...

    def kv_cache(self, stage: StageFile, capacity: int, options: RuntimeOptions) -> KVCache:
        """Load the decode stage with an empty cache of at least `capacity` rows.

        A file of fixed capacity gives that one; raises SessionError when it is less than asked.
        """
        ...


def opened(folder: Path, name: str) -> Path:
    """Return the path that a runtime opens for an artifact's first file: it, or its package."""
    path = Path(name)
    packages = [parent for parent in path.parents if parent.suffix == PACKAGE_SUFFIX]
    return folder / (packages[0] if packages else path)


def runtime_names() -> list[str]:
    """Return the names of the registered runtimes."""
    return sorted(point.name for point in entry_points(group=GROUP))


def load_runtime(name: str) -> Runtime:
    """Load a registered runtime and make sure that it can run; raises BackendMissing."""
    found = [point for point in entry_points(group=GROUP) if point.name == name]
    if not found:
        known = ", ".join(runtime_names()) or "none; install pinpoint-edge again"
        raise BackendMissing(f"There is no runtime '{name}'; installed ones: {known}.")
    try:
        kind = found[0].load()
    except ImportError as error:
        raise BackendMissing(
            f"The runtime '{name}' cannot be loaded: {error}; install what it needs, for "
            f"a runtime of this package with `pip install 'pinpoint-edge[{name}]'`."
        ) from error
    runtime = cast(Runtime, kind())
    runtime.check()
    return runtime
