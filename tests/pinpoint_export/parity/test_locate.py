"""Faults planted into known layers of real artifacts: `locate` must name the layer."""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from onnx import numpy_helper

from pinpoint_export.parity.comparison import EXACT
from pinpoint_export.parity.locate import Divergence, locate, tracer
from pinpoint_export.parity.truncating import locate_by_lowering
from pinpoint_export.targets import Target, load_target, missing_tools
from pinpoint_export.targets.onnx.target import OnnxTarget
from pinpoint_models.reference import load_decoder, load_program
from pinpoint_models.stages import StageProgram, decode_program
from pinpoint_quantization.recipe import Recipe, StageRecipe
from pinpoint_runtimes.runtime import StageFile, load_runtime

from . import faults

pytestmark = pytest.mark.slow

FP32 = Recipe.builtin("fp32")


def lower(target: Target, program: StageProgram, folder: Path) -> StageFile:
    artifact = target.lower(program, FP32, folder)
    path = folder / artifact.files[0].name
    path = next((parent for parent in path.parents if parent.suffix == ".mlpackage"), path)
    return StageFile(path, artifact.inputs, artifact.outputs, artifact.buckets, program.name)


def scale_weight(name: str) -> faults.GraphFault:
    def fault(model):
        (found,) = (i for i in model.graph.initializer if i.name == name)
        array = numpy_helper.to_array(found) * np.float32(1.01)
        found.CopyFrom(numpy_helper.from_array(array, name))

    return fault


def located(program: StageProgram, file: StageFile, runtime: str = "onnx") -> Divergence | None:
    traced = tracer(file, load_runtime(runtime))
    assert traced is not None
    return locate(program, file, traced, EXACT)


@pytest.fixture(scope="module")
def glance(weights: Path) -> StageProgram:
    program = load_program("glance", weights)
    return replace(program, buckets=program.buckets[:1])


@pytest.fixture(scope="module")
def glance_file(glance, tmp_path_factory) -> StageFile:
    return lower(OnnxTarget(), glance, tmp_path_factory.mktemp("glance"))


def wrong_layer(program: StageProgram, block: int) -> StageProgram:
    module = copy.deepcopy(program.module)
    with torch.no_grad():
        module.temporal[block].grow[0].weight *= 1.01
    return replace(program, module=module)


def test_nothing_diverges_in_what_is_right(glance, glance_file):
    assert located(glance, glance_file) is None


@pytest.mark.parametrize("module", ["fine.1.0", "collapse.0", "temporal.2.spread.0"])
def test_a_wrong_weight_is_located(module, glance, glance_file, tmp_path):
    """The normalizations are folded and fused away: they must not be taken for the fault."""
    path = faults.plant(glance_file.path, tmp_path / "g.onnx", scale_weight(f"{module}.weight"))
    found = located(glance, replace(glance_file, path=path))
    assert found is not None
    assert found.module == module
    assert found.sqnr_db == pytest.approx(40, abs=5)
    assert found.after_db is not None
    assert found.after_db > 100
    assert found.tensor
    assert found.next_tensor
    assert f"first diverging: {module}, " in str(found)


def test_a_fault_behind_all_modules_is_an_output(glance, glance_file, tmp_path):
    """The right values are there as well, right before the output: they must not excuse it."""
    for fault, output in (
        (faults.shift_output("reading", 1), "reading"),
        (faults.transpose_output("features", (8, 4, 96), (0, 2, 1)), "features"),
        (faults.one_nan("features", (8, 4, 96)), "features"),
    ):
        path = faults.plant(glance_file.path, tmp_path / "g.onnx", fault)
        found = located(glance, replace(glance_file, path=path))
        assert found is not None
        assert found.module == f"output {output}"


def test_a_layer_of_the_language_model_is_located(weights, tmp_path):
    decoder = faults.small_vocabulary(load_decoder(weights, layers=2)[0])
    other = copy.deepcopy(decoder)
    with torch.no_grad():
        other.layers[1].mlp.up.weight *= 1.01
    file = lower(OnnxTarget(), decode_program(other), tmp_path)
    found = located(decode_program(decoder), file)
    assert found is not None
    assert (found.module, found.after) == ("layers.1.mlp.up", "layers.1.mlp.gate")


@pytest.mark.parametrize(("name", "runtime"), [("litert", "litert"), ("coreml", "mil")])
def test_other_formats_that_trace(name, runtime, glance, tmp_path):
    target = load_target(name)
    if missing := missing_tools(target):
        pytest.skip(f"{', '.join(missing)} not installed")
    found = located(glance, lower(target, wrong_layer(glance, 2), tmp_path), runtime)
    assert found is not None
    assert found.module.startswith("temporal.2.grow")


class Miscompiling(OnnxTarget):
    """Lowers as ONNX does, but one layer wrong, wherever a program holds it."""

    def lower(self, program, recipe, out_dir):
        module = copy.deepcopy(program.module)
        with torch.no_grad():
            getattr(module, "module", module).temporal[2].grow[0].weight.mul_(1.01)
        return super().lower(replace(program, module=module), recipe, out_dir)


def test_a_runtime_without_a_trace_is_bisected_by_lowering_parts(glance):
    lines: list[str] = []
    options = (StageRecipe("float32"), load_runtime("onnx"), EXACT, lines.append)
    found = locate_by_lowering(glance, Miscompiling(), *options)
    assert found is not None
    assert found.module == "temporal.2.grow.0"
    assert found.after is not None
    assert found.after.startswith("temporal.2.spread")
    assert len(lines) <= 8
    assert any(line.endswith("right") for line in lines)
