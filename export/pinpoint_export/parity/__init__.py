"""Parity: how far a bundle's tensors are from the reference's, and where they begin to differ.

What runs beside what: `measuring`, and `agreement` for the decode stage with its cache. What counts
as equal: `comparison`. Which module differs first: `locate`.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pinpoint_edge.commands.group import deliver, shared_options, wants_json
from pinpoint_export.parity.comparison import TensorDifference
from pinpoint_export.parity.measuring import measure, measure_stage
from pinpoint_export.parity.stage_parity import StageParity

if TYPE_CHECKING:
    from pinpoint_edge.bundle import Bundle
    from pinpoint_export.parity.locate import Divergence
    from pinpoint_models.stages import StageProgram
    from pinpoint_runtimes.runtime import Runtime

__all__ = ["StageParity", "command", "measure", "measure_stage"]

FAILED = 1  # exit code
_ROW = "{:8} {:15} {:>8} {:>10} {:>12} {:6} {}"


@click.command(
    "parity",
    epilog="Example: pinpoint-export parity bundles/forms-onnx --stage decode --locate",
)
@click.argument("bundle")
@click.option("--stage", "only", multiple=True, help="Only this stage; may be repeated.")
@click.option("--locate", "locating", is_flag=True, help="Name the first module that diverges.")
@click.option("--runtime", help="Default: the one of the bundle's target.")
@click.option(
    "--weights",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of the checkpoints that the bundle was made of.",
)
@click.option("--llm", help="Language model that the bundle was made of; see pinpoint-export -h.")
@shared_options
def command(
    bundle: str,
    only: tuple[str, ...],
    locating: bool,
    runtime: str | None,
    weights: Path | None,
    llm: str | None,
) -> int:
    """Run every stage of BUNDLE beside the reference in torch and compare all outputs.

    The exit code is 1 when a tensor or a greedy token is not what its tier asks for.
    """
    from pinpoint_edge.bundle import Bundle
    from pinpoint_edge.runtime.bundle_source import runtime_for, stage_file
    from pinpoint_models.paths import weights_folder
    from pinpoint_models.reference import load_program

    opened = Bundle.open(bundle, check_backends=runtime is None)
    stages = _stages(opened, only)
    runner = runtime_for(opened, runtime)
    folder, layers = weights or weights_folder(), opened.manifest.kv.layers
    vocabulary = opened.manifest.vocabulary
    measured: list[StageParity] = []
    diverging: dict[str, Divergence | None] = {}
    for number, stage in enumerate(stages):
        program = load_program(stage, folder, llm, layers, vocabulary)
        _check_weights(opened, program)
        if not wants_json():
            _print_header(first=number == 0)
        kind = weights_type(opened, stage)
        parity = measure_stage(program, stage_file(opened, stage), runner, kind)
        measured.append(parity)
        if locating and not parity.passed:
            click.echo(f"{stage}: looking for the first module that diverges", err=True)
            diverging[stage] = _locate(opened, program, runner, kind)
        if not wants_json():
            _print(parity, diverging)
    passed = all(parity.passed for parity in measured)
    figures = _summary(opened, runner, measured, diverging) | {"passed": passed}
    deliver(figures, lambda: None)
    return 0 if passed else FAILED


def weights_type(bundle: Bundle, stage: str) -> str:
    """Return the type of a stage's weights, as the manifest says; an older one lets it be seen."""
    manifest = bundle.manifest
    types = manifest.stages[stage].dtypes.values()
    return manifest.recipe.weights.get(stage, "float16" if "float16" in types else "float32")


def _stages(bundle: Bundle, only: tuple[str, ...]) -> list[str]:
    from pinpoint_edge.bundle.manifest import STAGES
    from pinpoint_edge.errors import OptionError

    for stage in only:
        if stage not in STAGES:
            raise OptionError(f"There is no stage '{stage}'; there are {', '.join(STAGES)}.")
    return [stage for stage in STAGES if not only or stage in only]


def _check_weights(bundle: Bundle, program: StageProgram) -> None:
    """Refuse to measure against other weights: every tensor would differ, and none be at fault."""
    from pinpoint_edge.errors import OptionError
    from pinpoint_export.bundling.digests import weights_digest

    wanted = bundle.manifest.weights.get(program.name)
    if wanted is not None and wanted != weights_digest(program.module):
        raise OptionError(
            f"Stage {program.name} of the bundle '{bundle.manifest.name}' was made of other "
            "weights than these: name its own with --weights and --llm."
        )


def _locate(
    bundle: Bundle, program: StageProgram, runner: Runtime, weights: str
) -> Divergence | None:
    from pinpoint_edge.runtime.bundle_source import stage_file
    from pinpoint_export.parity.comparison import tier_of
    from pinpoint_export.parity.locate import locate, tracer
    from pinpoint_export.parity.truncating import locate_by_lowering

    file, tier = stage_file(bundle, program.name), tier_of(weights, program.name)
    traced = tracer(file, runner)
    if traced is not None:
        return locate(program, file, traced, tier)
    from pinpoint_export.targets import load_target
    from pinpoint_quantization.recipe import StageRecipe

    target = load_target(bundle.manifest.target, bundle.manifest.delegate)
    return locate_by_lowering(program, target, StageRecipe(weights), runner, tier, _say)


def _summary(
    bundle: Bundle,
    runner: Runtime,
    measured: Sequence[StageParity],
    diverging: dict[str, Divergence | None],
) -> dict[str, Any]:
    return {
        "bundle": bundle.manifest.name,
        "target": bundle.manifest.target,
        "runtime": runner.name,
        "stages": {parity.stage: parity.to_json() for parity in measured},
        "diverging": {stage: found and asdict(found) for stage, found in diverging.items()},
    }


def _print_header(*, first: bool) -> None:
    if first:
        click.echo(_ROW.format("stage", "tensor", "SQNR dB", "max abs", "1 - cosine", "tier", ""))


def _print(parity: StageParity, diverging: dict[str, Divergence | None]) -> None:
    for name, tensor in _rows(parity):
        ratio = "equal" if math.isinf(tensor.sqnr_db) else f"{tensor.sqnr_db:.1f}"
        largest, angle = f"{tensor.max_abs:.1e}", f"{max(0.0, 1 - tensor.cosine):.1e}"
        outcome = "passed" if tensor.passed else "FAILED"
        click.echo(_ROW.format(parity.stage, name, ratio, largest, angle, parity.tier, outcome))
    if parity.greedy is not None:
        outcome = "FAILED" if parity.greedy.failure else "passed"
        share = f"{parity.greedy.identical} of {parity.greedy.steps}"
        click.echo(_ROW.format(parity.stage, "greedy tokens", share, "", "", parity.tier, outcome))
    for line in parity.failures():
        click.echo(f"  {line}")
    if parity.stage in diverging:
        found = diverging[parity.stage]
        click.echo(f"  {found or 'no module diverges: the fault shows in other runs only'}")


def _rows(parity: StageParity) -> list[tuple[str, TensorDifference]]:
    """Return the tensors, all keys and values that passed as one: a model has two a layer."""
    rows: list[tuple[str, TensorDifference]] = []
    states: list[tuple[str, TensorDifference]] = []
    for name, tensor in parity.tensors.items():
        is_state = name.startswith("next_") and tensor.passed
        (states if is_state else rows).append((name, tensor))
    if states:
        worst = functools.reduce(TensorDifference.worse, [tensor for _, tensor in states])
        rows.append((f"{len(states)} states", worst))
    return rows


def _say(line: str) -> None:
    click.echo(f"  {line}", err=True)
