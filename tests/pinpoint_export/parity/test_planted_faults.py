"""Faults planted into real artifacts: parity must catch each, and pass what has none.

The stages have the shipped weights; the decode stage has the first layers and tokens of its own.
"""

from __future__ import annotations

import copy
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from pinpoint_export.parity.agreement import compare_caches
from pinpoint_export.parity.comparison import EXACT
from pinpoint_export.parity.measuring import measure_stage
from pinpoint_export.parity.stage_parity import StageParity
from pinpoint_export.targets import Target, load_target, missing_tools
from pinpoint_models.decoder.attention import ManualAttention
from pinpoint_models.decoder.model import Decoder
from pinpoint_models.reference import load_decoder, load_program
from pinpoint_models.stages import StageProgram, decode_program
from pinpoint_quantization.recipe import Recipe
from pinpoint_runtimes.runtime import Runtime, RuntimeOptions, StageFile, load_runtime

from . import faults

pytestmark = pytest.mark.slow

FP32 = Recipe.builtin("fp32")
FEATURES = (8, 4, 96)


def lower(target: Target, program: StageProgram, folder: Path) -> StageFile:
    artifact = target.lower(program, FP32, folder)
    path = folder / artifact.files[0].name
    path = next((parent for parent in path.parents if parent.suffix == ".mlpackage"), path)
    return StageFile(path, artifact.inputs, artifact.outputs, artifact.buckets, program.name)


@pytest.fixture(scope="module")
def onnx() -> tuple[Target, Runtime]:
    return load_target("onnx"), load_runtime("onnx")


@pytest.fixture(scope="module")
def glance(weights: Path) -> StageProgram:
    return load_program("glance", weights)


@pytest.fixture(scope="module")
def glance_file(glance, onnx, tmp_path_factory) -> StageFile:
    return lower(onnx[0], glance, tmp_path_factory.mktemp("glance"))


@pytest.fixture(scope="module")
def decoder(weights: Path) -> Decoder:
    return faults.small_vocabulary(load_decoder(weights, layers=2)[0])


@pytest.fixture(scope="module")
def decode_file(decoder, onnx, tmp_path_factory) -> StageFile:
    return lower(onnx[0], decode_program(decoder), tmp_path_factory.mktemp("decode"))


def planted(file: StageFile, fault: faults.GraphFault, folder: Path) -> StageFile:
    return replace(file, path=faults.plant(file.path, folder / file.path.name, fault))


def caught(parity: StageParity) -> list[str]:
    """The tensors that failed, in order."""
    assert not parity.passed
    return [line.split(":")[0] for line in parity.failures()]


def test_what_has_no_fault_passes(glance, glance_file, decoder, decode_file, onnx):
    parity = measure_stage(glance, glance_file, onnx[1])
    assert parity.passed, parity.failures()
    assert list(parity.tensors) == ["features", "reading"]
    parity = measure_stage(decode_program(decoder), decode_file, onnx[1])
    assert parity.passed, parity.failures()
    assert parity.greedy is not None
    assert (parity.greedy.identical, parity.greedy.steps) == (32, 32)
    assert {"logits", "next_key_0", "next_value_1"} <= parity.tensors.keys()


GLANCE_FAULTS = {
    "weights of two layers swapped": (
        faults.swap_weights("temporal.1.grow.0.weight", "temporal.2.grow.0.weight"),
        ["features", "reading"],
    ),
    "output transposed": (
        faults.transpose_output("features", (8, 96, 4), (0, 2, 1)),
        ["features"],
    ),
    "output transposed under its old shape": (
        faults.transpose_output("features", FEATURES, (0, 2, 1)),
        ["features"],
    ),
    "weights rounded to bf16": (faults.round_to_bf16, ["features"]),
    "second output shifted": (faults.shift_output("reading", 1), ["reading"]),
    "NaN": (faults.one_nan("features", FEATURES), ["features"]),
}


@pytest.mark.parametrize("name", GLANCE_FAULTS)
def test_a_fault_in_a_graph_is_caught(name, glance, glance_file, onnx, tmp_path):
    fault, tensors = GLANCE_FAULTS[name]
    parity = measure_stage(glance, planted(glance_file, fault, tmp_path), onnx[1])
    assert caught(parity)[: len(tensors)] == tensors
    again = StageParity.from_json(parity.to_json())
    assert again == parity


def test_the_half_tier_catches_bf16_too(glance, glance_file, onnx, tmp_path):
    """A float16 stage may lose what 11 significant bits lose, not what 8 do."""
    file = planted(glance_file, faults.round_to_bf16, tmp_path)
    assert caught(measure_stage(glance, file, onnx[1], "float16")) == ["features"]
    assert measure_stage(glance, glance_file, onnx[1], "float16").passed


def test_swapped_layers_of_the_language_model(decoder, decode_file, onnx, tmp_path):
    model = faults.onnx.load(decode_file.path)
    shaped = [i.name for i in model.graph.initializer if list(i.dims) == [576, 1536]]
    fault = faults.swap_weights(shaped[0], shaped[2])  # the gates of both layers
    file = planted(decode_file, fault, tmp_path)
    failed = caught(measure_stage(decode_program(decoder), file, onnx[1]))
    assert failed[0] == "logits"
    assert {"next_key_1", "greedy tokens"} <= set(failed)
    assert "next_key_0" not in failed


def test_positions_that_are_off_by_one_everywhere(decoder, decode_file, onnx, tmp_path):
    """Rotary positions are relative: only beside keys of other positions does it show."""
    file = planted(decode_file, faults.shift_rotary_tables, tmp_path)
    with closing(onnx[1].kv_cache(file, 512, RuntimeOptions())) as cache:
        assert compare_caches(decoder, cache, EXACT).passed
    failed = caught(measure_stage(decode_program(decoder), file, onnx[1]))
    assert {"next_key_0", "next_key_1"} <= set(failed)
    assert "next_value_0" not in failed


CACHE_FAULTS = {
    faults.LatePositions: "the prompt up to row 6",
    faults.StaleSlots: "truncate(40), then other rows up to 45",
    faults.SeesBehind: "the prompt up to row 5",
}


def lower_plain(decoder, kind, onnx, folder) -> tuple[StageProgram, StageFile]:
    faulty = faults.plain_program(faults.with_attention(decoder, kind))
    return decode_program(decoder), lower(onnx[0], faulty, folder)


def test_plain_attention_passes(decoder, onnx, tmp_path):
    parity = measure_stage(*lower_plain(decoder, ManualAttention, onnx, tmp_path), onnx[1])
    assert parity.passed, parity.failures()


@pytest.mark.parametrize("kind", CACHE_FAULTS)
def test_a_fault_of_the_cache_is_caught(kind, decoder, onnx, tmp_path):
    parity = measure_stage(*lower_plain(decoder, kind, onnx, tmp_path), onnx[1])
    assert caught(parity)[0] == "logits"
    assert (parity.tensors["logits"].failure or "").startswith(CACHE_FAULTS[kind] + ": ")


OTHER_TARGETS = {"litert": "litert", "executorch": "executorch", "coreml": "mil"}


@pytest.mark.parametrize("name", OTHER_TARGETS)
def test_every_other_format_is_caught_as_well(name, glance, tmp_path):
    """Swapped weights and a wrong second output, lowered to the target; then the right module."""
    target = load_target(name)
    if missing := missing_tools(target):
        pytest.skip(f"{', '.join(missing)} not installed")
    runtime = load_runtime(OTHER_TARGETS[name])
    small = replace(glance, buckets=glance.buckets[:1])
    wrong = copy.deepcopy(small.module)
    one, other = (wrong.temporal[i].grow[0].weight for i in (1, 2))
    with torch.no_grad():
        kept = one.clone()
        one.copy_(other)
        other.copy_(kept)
        wrong.head.bias[5] += 50  # one class wins everywhere
    for module, folder in ((wrong, "wrong"), (small.module, "right")):
        (tmp_path / folder).mkdir()
        file = lower(target, replace(small, module=module), tmp_path / folder)
        parity = measure_stage(small, file, runtime)
        if module is wrong:
            assert caught(parity) == ["features", "reading"]
        else:
            assert parity.passed, parity.failures()
            assert np.isfinite(parity.tensors["features"].max_abs)
