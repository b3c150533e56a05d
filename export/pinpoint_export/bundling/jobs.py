"""What one worker is asked to make: a stage of a checkpoint, for a target, under a recipe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pinpoint_edge.errors import DataError, OptionError
from pinpoint_export.targets import Target, load_target
from pinpoint_quantization.calibration.calibration_set import CalibrationSet, Feeds
from pinpoint_quantization.recipe import BITS, Recipe, StageRecipe

if TYPE_CHECKING:
    from pinpoint_models.reference import Reference
    from pinpoint_models.stages import StageProgram

JOB = "job.json"  # a worker finds its job in this file


@dataclass(frozen=True)
class Checkpoint:
    """The trained weights, and for tests how much of them to use.

    Attributes:
        weights: folder of the checkpoints.
        llm: language model that they adapt; None: the installed one.
        layers: keep only the first layers of the language model.
        buckets: keep only the first sizes of each stage.
        vocabulary: keep so many of the language model's tokens, as the recipe says; None: all.
    """

    weights: Path
    llm: str | None = None
    layers: int | None = None
    buckets: int | None = None
    vocabulary: int | None = None

    def load(self) -> Reference:
        """Load all trained modules; raises BundleError, BackendError, DataError."""
        from pinpoint_models.reference import Reference

        return Reference.load(self.weights, self.llm, self.layers, self.vocabulary)

    def program(self, stage: str) -> StageProgram:
        """Load one stage, and nothing that it does not need."""
        from pinpoint_models.reference import load_program

        program = load_program(stage, self.weights, self.llm, self.layers, self.vocabulary)
        return self.cut(program)

    def cut(self, program: StageProgram) -> StageProgram:
        """Return the program with the sizes that are kept."""
        return replace(program, buckets=program.buckets[: self.buckets])

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {**vars(self), "weights": str(self.weights.absolute())}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Checkpoint:
        """Read what `to_json` gave."""
        return cls(**{**value, "weights": Path(value["weights"])})


@dataclass(frozen=True)
class Choice:
    """A target as the command line names it, with its delegate where it has several."""

    name: str
    delegate: str | None = None

    def load(self) -> Target:
        """Load the target; raises OptionError."""
        return load_target(self.name, self.delegate)

    def title(self, recipe: Recipe) -> str:
        """Return the name of the bundle: "forms-onnx", "forms-coreml-fp16"."""
        parts = ["forms", self.name, self.delegate, None if recipe.name == "fp32" else recipe.name]
        return "-".join(part for part in parts if part)


def choices(names: str, delegate: str | None = None) -> tuple[Choice, ...]:
    """Read "onnx,executorch"; raises OptionError for a target given twice or a shared delegate."""
    found = [name.strip() for name in names.split(",")]
    twice = sorted({name for name in found if found.count(name) > 1})
    if twice:
        raise OptionError(f"--target names '{twice[0]}' twice; name each target once.")
    if delegate is not None and len(found) > 1:
        raise OptionError("--delegate belongs to one target; export that target alone.")
    for name in found:
        target = load_target(name, delegate)
        if delegate == next(iter(target.delegates), None):
            delegate = None  # the default has one name only
    return tuple(Choice(name, delegate) for name in found)


def bundle_places(
    chosen: Sequence[Choice], recipe: Recipe, out: Path | None = None
) -> dict[Choice, Path]:
    """Return the folder of each bundle.

    `out` is the bundle's own, or for several targets the one that holds a folder for each; without
    it bundles lie in bundles/ under their names.
    """
    if out is None:
        return {choice: Path("bundles") / choice.title(recipe) for choice in chosen}
    return {choice: out / choice.name if len(chosen) > 1 else out for choice in chosen}


@dataclass(frozen=True)
class Calibration:
    """A calibration set's file and its digest."""

    path: Path
    digest: str

    @classmethod
    def of(cls, path: Path) -> Calibration:
        """Read a set for its digest; raises DataError."""
        return cls(path, CalibrationSet.load(path).digest())

    def feeds(self, stage: str) -> tuple[Feeds, ...]:
        """Return a stage's inputs; raises DataError when the set was changed or has none."""
        found = CalibrationSet.load(self.path)
        if found.digest() != self.digest:
            raise DataError(f"{self.path} changed while it was used; run again.")
        return found.of(stage)


def measures_ranges(recipe: StageRecipe) -> bool:
    """Whether lowering under a recipe needs real inputs: ranges that are measured before."""
    return recipe.activations == "static" and bool(recipe.types() & BITS.keys())


@dataclass(frozen=True)
class Job:
    """One stage to lower; `weights` is the digest that its weights must have.

    calibration: real inputs, for a recipe that measures ranges before; otherwise None.
    """

    checkpoint: Checkpoint
    choice: Choice
    stage: str
    recipe: StageRecipe
    weights: str
    calibration: Calibration | None = None

    def stage_recipe(self) -> Recipe:
        """Return a recipe of this stage alone: nothing else may decide the artifact."""
        return Recipe(name="stage", stages={self.stage: self.recipe})

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "checkpoint": self.checkpoint.to_json(),
            "choice": vars(self.choice),
            "stage": self.stage,
            "recipe": self.recipe.to_json(),
            "weights": self.weights,
            "calibration": None
            if self.calibration is None
            else [str(self.calibration.path.absolute()), self.calibration.digest],
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Job:
        """Read what `to_json` gave."""
        calibration = value["calibration"]
        return cls(
            Checkpoint.from_json(value["checkpoint"]),
            Choice(**value["choice"]),
            value["stage"],
            StageRecipe.from_json(value["recipe"]),
            value["weights"],
            Calibration(Path(calibration[0]), calibration[1]) if calibration else None,
        )
