"""Targets: what turns a stage into a file for a runtime. Third parties register their own.

A target is a class under the entry-point group `pinpoint_edge.targets`, constructed without
arguments.
"""

import hashlib
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import Protocol

from pinpoint_edge.errors import OptionError
from pinpoint_edge.models.stages import StageProgram
from pinpoint_quantization.recipe import Recipe

GROUP = "pinpoint_edge.targets"


@dataclass(frozen=True)
class ArtifactFile:
    """One file of an artifact: its name, sha256 in hexadecimal, and size in bytes."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Artifact:
    """A lowered stage; the first file is the one that a runtime opens, the others lie beside it."""

    stage: str
    files: tuple[ArtifactFile, ...]

    @classmethod
    def of(cls, stage: str, folder: Path, names: list[str]) -> "Artifact":
        """Describe files that were written into `folder`."""
        files = []
        for name in names:
            with (folder / name).open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            files.append(ArtifactFile(name, digest, (folder / name).stat().st_size))
        return cls(stage, tuple(files))


class Target(Protocol):
    """One way to lower stages."""

    name: str

    def requires(self) -> tuple[str, ...]:
        """Return the distributions that must be installed to run the artifacts."""
        ...

    def supports(self, stage: str, recipe: Recipe) -> str | None:
        """Return None when the stage can be lowered under the recipe, otherwise the reason."""
        ...

    def estimate(self, program: StageProgram) -> int:
        """Return about how many bytes the artifact will take, without lowering."""
        ...

    def lower(self, program: StageProgram, out_dir: Path) -> Artifact:
        """Write the stage into an existing folder; the same program gives the same bytes."""
        ...


def target_names() -> list[str]:
    """Return the names of the installed targets."""
    return sorted(point.name for point in entry_points(group=GROUP))


def load_target(name: str) -> Target:
    """Load an installed target; raises OptionError when it is unknown or does not load."""
    found = [point for point in entry_points(group=GROUP) if point.name == name]
    if not found:
        known = ", ".join(target_names()) or "none; run `pip install pinpoint-edge[export]`"
        raise OptionError(f"There is no target '{name}'; installed targets: {known}.")
    try:
        target: Target = found[0].load()()
    except ImportError as error:
        raise OptionError(
            f"The target '{name}' cannot be loaded: {error}; install what it needs, for the "
            "targets of this package with `pip install pinpoint-edge[export]`."
        ) from error
    return target
