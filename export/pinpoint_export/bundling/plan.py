"""What an export will make, what it will take, and what stands in its way."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pinpoint_edge.errors import ExportError
from pinpoint_export.bundling.cache import CachedStage, StageCache
from pinpoint_export.bundling.digests import artifact_key, code_digest, graph_digest, weights_digest
from pinpoint_export.bundling.jobs import (
    Calibration,
    Checkpoint,
    Choice,
    Job,
    measures_ranges,
)
from pinpoint_export.bundling.resources import check_disk, check_memory
from pinpoint_export.bundling.scratch import unwritable
from pinpoint_export.targets import StageCost, Target, missing_tools
from pinpoint_models.calibrated import Calibrated
from pinpoint_quantization.calibration.calibration_set import CalibrationSet
from pinpoint_quantization.recipe import Recipe

if TYPE_CHECKING:
    from pinpoint_models.reference import Reference

# Measuring holds the reference in f32 and f64 and the artifact: bytes beside those of the tools,
# and times the weights. The base is that of refine's widest crops, 1.03 to 1.17 GB on machines of
# other core counts and allocators, and a quarter more.
MEASURE_BASE, MEASURE_FACTOR = 1_450_000_000, 4


@dataclass(frozen=True)
class KVShape:
    """Sizes of the language model that its KV cache has."""

    layers: int
    heads: int
    head_dim: int
    width: int


@dataclass(frozen=True)
class PlannedStage:
    """One stage for one target.

    Attributes:
        key: of the artifact in the cache.
        entry: the artifact, when it is there already.
        refused: why the target cannot lower it under the recipe, None when it can.
        memory: bytes of RAM at the peak of lowering or measuring it.
    """

    job: Job
    estimate: StageCost
    key: str
    entry: CachedStage | None
    refused: str | None
    memory: int

    @property
    def title(self) -> str:
        """Return "litert decode"."""
        return f"{self.job.choice.name} {self.job.stage}"


@dataclass(frozen=True)
class Plan:
    """Everything that an export is going to do.

    Attributes:
        targets, places: what it is exported for, how that lowers, and its bundle's folder.
        stages: of all targets.
        missing: distributions that have to be installed first, by target.
        weights: digest of the weights of each stage.
        kv: sizes of the KV cache.
        host: content of the files that the host side needs, by name.
        calibration: digest of the calibration set.
        calibrated: numbers of the host side that belong to the weights.
    """

    targets: Mapping[Choice, Target]
    places: Mapping[Choice, Path]
    recipe: Recipe
    stages: tuple[PlannedStage, ...]
    missing: Mapping[str, tuple[str, ...]]
    weights: Mapping[str, str]
    kv: KVShape
    host: Mapping[str, bytes]
    calibration: str | None = None
    calibrated: Calibrated = field(default_factory=Calibrated)

    @property
    def pending(self) -> tuple[PlannedStage, ...]:
        """The stages that are not in the cache."""
        return tuple(stage for stage in self.stages if stage.entry is None)

    def of(self, choice: Choice) -> tuple[PlannedStage, ...]:
        """Return the stages of one target."""
        return tuple(stage for stage in self.stages if stage.job.choice == choice)

    def size(self, choice: Choice) -> int:
        """Return the expected size of a bundle; a finished stage's is exact."""
        stages = sum(
            sum(f.size for f in stage.entry.made.artifact.files)
            if stage.entry
            else stage.estimate.size
            for stage in self.of(choice)
        )
        return stages + sum(map(len, self.host.values()))

    def seconds(self, jobs: int = 1) -> float:
        """Return how long the pending stages will take with so many at once."""
        times = [stage.estimate.seconds for stage in self.pending]
        return max(sum(times) / jobs, max(times, default=0.0))

    def check(self, cache: StageCache) -> None:
        """Refuse the export when something stands in its way.

        Raises ExportError (missing packages, a stage that the target lacks, too little memory),
        OutputError (too little disk, or a folder that cannot be written).
        """
        check_tools(self.targets)
        for stage in self.stages:
            if stage.refused:
                raise ExportError(
                    f"The recipe {self.recipe.name} cannot be exported to "
                    f"{stage.job.choice.name}: {stage.job.stage}: {stage.refused}."
                )
        for stage in sorted(self.pending, key=lambda stage: -stage.memory)[:1]:
            check_memory(stage.memory, f"Lowering {stage.title}")
        sizes = [stage.estimate.size for stage in self.pending]
        # One stage's temporary files stand beside the finished ones.
        check_disk(
            {cache.folder: sum(sizes) + max(sizes, default=0)}
            | {self.places[choice]: self.size(choice) for choice in self.targets}
        )

    def to_json(self, jobs: int) -> dict[str, Any]:
        """Return what `--dry-run --json` writes; sizes in MB of 10^6 bytes."""
        return {
            "recipe": self.recipe.name,
            "targets": [self._target_json(choice) for choice in self.targets],
            "total_mb": _mb(sum(map(self.size, self.targets))),
            "peak_memory_mb": _mb(max((stage.memory for stage in self.pending), default=0)),
            "seconds": round(self.seconds(jobs)),
            "install": [
                install_line(self.targets[c]) for c in self.targets if c.name in self.missing
            ],
        }

    def _target_json(self, choice: Choice) -> dict[str, Any]:
        return {
            "target": choice.name,
            "delegate": choice.delegate or next(iter(self.targets[choice].delegates), None),
            "out": str(self.places[choice]),
            "missing": list(self.missing.get(choice.name, ())),
            "total_mb": _mb(self.size(choice)),
            "stages": {
                stage.job.stage: {
                    "weights": stage.job.recipe.weights,
                    "mb": _mb(stage.estimate.size),
                    "peak_memory_mb": _mb(stage.memory),
                    "seconds": round(stage.estimate.seconds),
                    "cached": stage.entry is not None,
                    "refused": stage.refused,
                }
                for stage in self.of(choice)
            },
        }


def make_plan(
    checkpoint: Checkpoint,
    recipe: Recipe,
    places: Mapping[Choice, Path],
    cache: StageCache,
    calibration: Calibration | None = None,
) -> Plan:
    """Load the weights, once for all targets, and look up what is already made.

    Nothing is lowered; the weights are let go at the end. Raises what loading them raises.
    """
    targets = {choice: choice.load() for choice in places}
    codes = {choice: code_digest(target) for choice, target in targets.items()}
    checkpoint = replace(checkpoint, vocabulary=recipe.vocabulary)
    reference = checkpoint.load()
    if calibration is not None:
        _check_calibration(calibration, reference)
    weights: dict[str, str] = {}
    stages = []
    for stage, whole in reference.programs().items():
        program = checkpoint.cut(whole)
        weights[stage] = weights_digest(program.module)
        graph = graph_digest(program)
        for choice, target in targets.items():
            kept = recipe.stages[stage]
            feeds = calibration if measures_ranges(kept) else None
            job = Job(checkpoint, choice, stage, kept, weights[stage], feeds)
            estimate = target.estimate(program, recipe)
            key = artifact_key(job, target, graph, codes[choice])
            refused = target.supports(stage, recipe) or _lacks_calibration(job)
            measuring = MEASURE_BASE + MEASURE_FACTOR * program.weights()[0]
            memory = max(estimate.memory, measuring if target.runtime() else 0)
            stages.append(PlannedStage(job, estimate, key, cache.find(key), refused, memory))
    host = _host_files(reference)
    config = reference.decoder.config
    return Plan(
        targets,
        dict(places),
        recipe,
        tuple(sorted(stages, key=lambda stage: list(places).index(stage.job.choice))),
        {choice.name: missing for choice, missing in _missing(targets).items()},
        weights,
        KVShape(len(reference.decoder.layers), config.kv_heads, config.head_size, config.width),
        host,
        calibration.digest if calibration else None,
        reference.calibrated,
    )


def _lacks_calibration(job: Job) -> str | None:
    if job.calibration is not None or not measures_ranges(job.recipe):
        return None
    return (
        'its ranges are measured before it runs (activations = "static"), for which it needs a '
        "calibration set; give one with --calibration, as `pinpoint-quantize calibrate` makes it"
    )


def _check_calibration(calibration: Calibration, reference: Reference) -> None:
    """Raise DataError unless a calibration set was made for these weights' model."""
    tokenizer = reference.tokenizer_json.encode()
    config = reference.decoder.config
    CalibrationSet.load(calibration.path).check_model(
        "the model that is exported",
        hashlib.sha256(tokenizer).hexdigest(),
        (config.vocabulary, config.width),
        {stage: program.inputs for stage, program in reference.programs().items()},
    )


def _host_files(reference: Reference) -> dict[str, bytes]:
    """Return the content of tokenizer and character files by name; raises OutputError."""
    from pinpoint_models.reference import write_host_files

    try:
        with tempfile.TemporaryDirectory() as folder:
            write_host_files(reference, Path(folder))
            return {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir())}
    except OSError as error:
        raise unwritable(Path(tempfile.gettempdir()), error) from error


def check_tools(targets: Mapping[Choice, Target]) -> None:
    """Raise ExportError, with the line that installs them, when a target's tools are not here."""
    for choice, missing in _missing(targets).items():
        raise ExportError(
            f"Exporting to {choice.name} needs {', '.join(missing)}, which is not installed; run: "
            f"{install_line(targets[choice])}"
        )


def install_line(target: Target) -> str:
    """Return the command that installs what lowering to a target needs."""
    extra = f"[{target.extra}]" if target.extra else ""
    return f"pip install 'pinpoint-edge-export{extra}'"


def _missing(targets: Mapping[Choice, Target]) -> dict[Choice, tuple[str, ...]]:
    found = {choice: tuple(missing_tools(target)) for choice, target in targets.items()}
    return {choice: missing for choice, missing in found.items() if missing}


def _mb(size: float) -> float:
    return round(size / 1e6, 1)
