"""Faults behind the rounding of integers and palettes: each bar lets the rounding through alone."""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest
import torch
from torch import nn

from pinpoint_export.parity.measuring import measure_stage
from pinpoint_export.targets import load_target, missing_tools
from pinpoint_models.reference import load_program
from pinpoint_models.stages import StageProgram
from pinpoint_quantization.recipe import Recipe, StageRecipe
from pinpoint_runtimes.runtime import StageFile, load_runtime

pytestmark = pytest.mark.slow


def lower(target_name: str, program: StageProgram, kind: str, folder: Path) -> StageFile:
    folder.mkdir()
    stages = dict(Recipe.builtin("fp32").stages)
    stages[program.name] = StageRecipe(kind, granularity="channel")
    recipe = Recipe("rounded", MappingProxyType(stages))
    artifact = load_target(target_name).lower(program, recipe, folder)
    path = folder / artifact.files[0].name
    path = next((parent for parent in path.parents if parent.suffix == ".mlpackage"), path)
    return StageFile(path, artifact.inputs, artifact.outputs, artifact.buckets, program.name)


def doubled(module: nn.Module, layer: str) -> nn.Module:
    """A copy in which one layer's weights are doubled, as by a wrong scale or a wrong table."""
    wrong = copy.deepcopy(module)
    with torch.no_grad():
        wrong.get_parameter(layer).mul_(2)
    return wrong


@pytest.mark.parametrize(
    ("stage", "kind", "target", "runtime"),
    [
        ("detect", "int8", "litert", "litert"),
        ("glance", "palette6", "coreml", "mil"),
    ],
)
def test_a_wrong_scale_is_told_from_rounding(
    stage: str, kind: str, target: str, runtime: str, weights: Path, tmp_path: Path
) -> None:
    if missing := missing_tools(load_target(target)):
        pytest.skip(f"{', '.join(missing)} not installed")
    program = load_program(stage, weights)
    program = replace(program, buckets=program.buckets[:1])
    convolutions = [n for n, p in program.module.named_parameters() if p.ndim == 4]
    wrong = replace(program, module=doubled(program.module, convolutions[len(convolutions) // 2]))
    right_file = lower(target, program, kind, tmp_path / "right")
    right = measure_stage(program, right_file, load_runtime(runtime), kind)
    assert right.passed, right.failures()
    wrong_file = lower(target, wrong, kind, tmp_path / "wrong")
    parity = measure_stage(program, wrong_file, load_runtime(runtime), kind)
    assert not parity.passed
    assert "dB" in " ".join(parity.failures())
