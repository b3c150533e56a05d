"""The worked example of docs/porting-a-target.md lowers, runs and passes parity."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

from pinpoint_export.parity import measure_stage
from pinpoint_models.reference import load_program
from pinpoint_quantization import Recipe
from pinpoint_runtimes import SessionError
from pinpoint_runtimes.runtime import RuntimeOptions, StageFile

EXAMPLE = Path(__file__).parents[3] / "docs/examples/pt2"


@pytest.fixture(scope="module")
def example() -> ModuleType:
    spec = importlib.util.spec_from_file_location("pinpoint_pt2", EXAMPLE / "pinpoint_pt2.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["pinpoint_pt2"] = module
    spec.loader.exec_module(module)
    return module


def stage_file(folder: Path, artifact) -> StageFile:
    path = folder / artifact.files[0].name
    return StageFile(path, artifact.inputs, artifact.outputs, artifact.buckets, artifact.stage)


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["glance", "align", "decode"])
def test_the_example_answers_like_the_reference(example, stage, weights, tmp_path):
    target, recipe = example.Pt2Target(), Recipe.builtin("fp32")
    program = load_program(stage, weights, layers=2)
    assert target.supports(stage, recipe) is None
    artifact = target.lower(program, recipe, tmp_path)
    parity = measure_stage(program, stage_file(tmp_path, artifact), example.Pt2Runtime(), "float32")
    assert parity.passed, parity.failures()

    again = tmp_path / "again"
    again.mkdir()
    assert target.lower(program, recipe, again).files == artifact.files


def test_what_the_example_cannot_do_is_said(example, weights, tmp_path):
    reason = example.Pt2Target().supports("decode", Recipe.builtin("fp16"))
    assert reason == "pt2 keeps float32 weights, not float16"
    broken = tmp_path / "glance.pt2"
    broken.write_bytes(b"PK" + hashlib.sha256(b"").digest())
    with pytest.raises(SessionError, match=r"glance\.pt2 is no torch\.export archive"):
        example.Pt2Runtime().session(StageFile(broken, (), ()), RuntimeOptions())


def test_the_entry_points_name_what_the_module_has(example):
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text("utf-8"))["project"]
    for group in ("pinpoint_edge.targets", "pinpoint_edge.runtimes"):
        module, _, name = project["entry-points"][group]["pt2"].partition(":")
        assert module == example.__name__
        assert getattr(example, name).name == "pt2"
