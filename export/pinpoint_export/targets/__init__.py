"""Targets: what turns a stage into a file for a runtime. Third parties register their own.

A target is a class under the entry-point group `pinpoint_edge.targets`, constructed without
arguments or with the name of one of its delegates. Its module imports its tools only where it
lowers, so that a missing one can be named with its install line. docs/porting-a-target.md walks
through an example.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, entry_points, version
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

from pinpoint_edge.errors import OptionError
from pinpoint_models.stages import Sizes, StageProgram
from pinpoint_quantization.recipe import Recipe
from pinpoint_runtimes import TensorSpec

GROUP = "pinpoint_edge.targets"
STATE_CAPACITY = 1536
"""Rows of a cache of fixed capacity: the largest evidence budget, the prompt and an answer."""
DECODE_ROWS = (1, 64)
"""Numbers of rows that a decode stage of fixed sizes takes at once."""


Providers = Mapping[str, Mapping[str, str]]
NO_PROVIDERS: Providers = MappingProxyType({})


@dataclass(frozen=True)
class ArtifactFile:
    """One file of an artifact: its name ("/" in it is a folder), sha256 in hexadecimal, bytes."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Artifact:
    """A lowered stage as the manifest describes it.

    Attributes:
        files: the first is the one that a runtime opens (or lies in the `.mlpackage` that it
            opens), the others lie beside it.
        inputs, outputs: the tensors that a session takes and gives.
        buckets: the sizes of the free dimensions it was lowered for; empty: any size.
        dtypes: the types inside the file, by tensor, where they are not those of the contract.
        compute_units: Core ML: the units that suit the stage.
    """

    stage: str
    files: tuple[ArtifactFile, ...]
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    buckets: tuple[Sizes, ...]
    dtypes: Mapping[str, str] = field(default_factory=dict)
    compute_units: str | None = None

    @classmethod
    def of(
        cls,
        program: StageProgram,
        folder: Path,
        names: list[str],
        *,
        inputs: tuple[TensorSpec, ...] | None = None,
        outputs: tuple[TensorSpec, ...] | None = None,
        buckets: tuple[Sizes, ...] | None = None,
        dtypes: Mapping[str, str] | None = None,
        compute_units: str | None = None,
    ) -> "Artifact":
        """Describe files that were written into `folder`; what is not given is the program's."""
        files = []
        for name in names:
            with (folder / name).open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            files.append(ArtifactFile(name, digest, (folder / name).stat().st_size))
        return cls(
            stage=program.name,
            files=tuple(files),
            inputs=program.inputs if inputs is None else inputs,
            outputs=program.outputs if outputs is None else outputs,
            buckets=program.buckets if buckets is None else buckets,
            dtypes=dtypes or {},
            compute_units=compute_units,
        )


@dataclass(frozen=True)
class StageCost:
    """What lowering a stage will take: bytes of the artifact, peak bytes of RAM, seconds."""

    size: int
    memory: int
    seconds: float


class Target(Protocol):
    """One way to lower stages.

    Attributes:
        name: as `--target` gives it.
        extra: the extra of pinpoint-edge-export that installs what lowering needs; empty for none.
        delegates: what `--delegate` may name, the default first; empty when there is no choice.
        kv_form: how the decode stage keeps its keys and values; see docs/bundle.md.
        kv_capacity: rows of the cache: fixed, or the least where any capacity goes.
        providers: options that the manifest records for a runtime's execution providers, by name.
    """

    name: str
    extra: str
    delegates: tuple[str, ...]
    kv_form: str
    kv_capacity: int
    providers: Providers

    def requires(self) -> tuple[str, ...]:
        """Return the distributions that must be installed to run the artifacts."""
        ...

    def tools(self) -> tuple[str, ...]:
        """Return the distributions that lower; a missing one stops the export before it starts."""
        ...

    def runtime(self) -> str | None:
        """Return the runtime that runs the artifacts on this machine, None when none does."""
        ...

    def supports(self, stage: str, recipe: Recipe) -> str | None:
        """Return None when the stage can be lowered under the recipe, otherwise the reason."""
        ...

    def estimate(self, program: StageProgram, recipe: Recipe) -> StageCost:
        """Say what lowering will take, without lowering."""
        ...

    def lower(
        self,
        program: StageProgram,
        recipe: Recipe,
        out_dir: Path,
        calibration: Sequence[Mapping[str, Any]] = (),
        /,
    ) -> Artifact:
        """Write the stage into an existing folder; the same program gives the same bytes.

        calibration: inputs of the stage from real pages, arrays by name, where the recipe measures
        ranges before (activations = "static"); a target that supports no such recipe never gets
        any, and need not take them.

        Raises LoweringError for an operator that the target does not have.
        """
        ...


def target_names() -> list[str]:
    """Return the names of the installed targets."""
    return sorted(point.name for point in entry_points(group=GROUP))


def load_target(name: str, delegate: str | None = None) -> Target:
    """Load an installed target, with the delegate that it lowers to where it has several.

    Raises OptionError when it is unknown, does not load, or lacks the delegate.
    """
    found = [point for point in entry_points(group=GROUP) if point.name == name]
    if not found:
        known = ", ".join(target_names()) or "none; run `pip install pinpoint-edge-export`"
        raise OptionError(f"There is no target '{name}'; installed targets: {known}.")
    try:
        kind = found[0].load()
    except ImportError as error:
        raise OptionError(
            f"The target '{name}' cannot be loaded: {error}; install what it needs, for the "
            "targets of this package with `pip install pinpoint-edge-export`."
        ) from error
    if delegate is not None and delegate not in kind.delegates:
        has = f"it has {', '.join(kind.delegates)}" if kind.delegates else "it has no delegates"
        raise OptionError(f"The target '{name}' has no delegate '{delegate}': {has}.")
    target: Target = kind() if delegate is None else kind(delegate)
    return target


def missing_tools(target: Target) -> list[str]:
    """Return the distributions that lowering to the target needs and that are not installed."""
    missing = []
    for tool in target.tools():
        try:
            version(tool)
        except PackageNotFoundError:
            missing.append(tool)
    return missing
