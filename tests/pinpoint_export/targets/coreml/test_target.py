"""The `coreml` target, run by the evaluator of its programs."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from pinpoint_export.parity.figures import sqnr_db
from pinpoint_export.parity.measuring import measure_stage
from pinpoint_export.targets import STATE_CAPACITY, Artifact
from pinpoint_export.targets.coreml.decode import SliceDecoder
from pinpoint_export.targets.coreml.target import COMPUTE_UNITS, CoreMLTarget
from pinpoint_export.targets.lowering import LoweringError
from pinpoint_models.decoder.config import DecoderConfig
from pinpoint_models.decoder.model import Decoder
from pinpoint_models.decoder.stateful import StatefulDecoder
from pinpoint_models.reference import Reference
from pinpoint_models.stages import StageProgram, decode_program
from pinpoint_quantization.recipe import STAGES, Recipe, StageRecipe
from pinpoint_runtimes import TensorSpec
from pinpoint_runtimes.coreml import COMPUTE_UNITS as KNOWN_UNITS
from pinpoint_runtimes.mil import MilRuntime
from pinpoint_runtimes.runtime import RuntimeOptions, StageFile

SMALL = DecoderConfig(5000, 24, 2, 6, 2, 16, 32, 10000.0, 1e-5, 2048)


HALF = Recipe("half", {stage: StageRecipe("float16") for stage in STAGES})


def lowered(
    program: StageProgram, recipe: str | Recipe, folder: Path
) -> tuple[Artifact, StageFile]:
    recipe = recipe if isinstance(recipe, Recipe) else Recipe.builtin(recipe)
    artifact = CoreMLTarget().lower(program, recipe, folder)
    package = folder / f"{program.name}.mlpackage"
    return artifact, StageFile(package, artifact.inputs, artifact.outputs, artifact.buckets)


def specification(folder: Path, stage: str) -> Any:
    from coremltools.proto import Model_pb2

    spec = Model_pb2.Model()
    path = folder / f"{stage}.mlpackage/Data/com.apple.CoreML/model.mlmodel"
    spec.ParseFromString(path.read_bytes())
    return spec


def operations(spec: Any) -> list[Any]:
    (function,) = spec.mlProgram.functions.values()
    (block,) = function.block_specializations.values()
    return list(block.operations)


@pytest.fixture(scope="module")
def small() -> Decoder:
    torch.manual_seed(0)
    return Decoder(SMALL)


@pytest.fixture(scope="module", params=["fp32", "fp16"])
def small_decode(
    request: pytest.FixtureRequest, small: Decoder, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Path, Artifact, StageFile]:
    folder = tmp_path_factory.mktemp("decode")
    return request.param, folder, *lowered(decode_program(small), request.param, folder)


class Program(nn.Module):
    """A stage of one submodule."""

    def __init__(self, gate: nn.Module) -> None:
        super().__init__()
        self.gate = gate

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.gate(x)
        return out


def one_tensor(gate: nn.Module, values: Tensor) -> StageProgram:
    spec = TensorSpec("x", "float32", tuple(values.shape))
    return StageProgram(
        "detect",
        Program(gate).eval(),
        (spec,),
        (TensorSpec("y", "float32", spec.shape),),
        ({},),
        lambda sizes: {"x": values},
    )


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["glance", "align", "refine", "detect"])
def test_vision_stages_are_exact(sliced_reference: Reference, stage: str, tmp_path: Path) -> None:
    program = sliced_reference.programs()[stage]
    artifact, file = lowered(program, "fp32", tmp_path)
    assert artifact.buckets == program.buckets
    parity = measure_stage(program, file, MilRuntime(), "float32")
    assert parity.passed, parity.failures()
    types = {"detect": {"image": "image-rgb8"}, "align": {}}
    assert artifact.dtypes == types.get(stage, {"crops": "float32"})
    size = sum(part.size for part in artifact.files)
    estimate = CoreMLTarget().estimate(program, Recipe.builtin("fp32"))
    assert size == pytest.approx(estimate.size, rel=0.2)


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["glance", "align"])  # refine: 44.8 dB of 45
def test_half_precision_keeps_the_answers(
    sliced_reference: Reference, stage: str, tmp_path: Path
) -> None:
    program = sliced_reference.programs()[stage]
    artifact, file = lowered(program, HALF, tmp_path)
    parity = measure_stage(program, file, MilRuntime(), "float16")
    assert parity.passed, parity.failures()
    assert artifact.dtypes == ({} if stage == "align" else {"crops": "float16"})
    weights = next(part for part in artifact.files if part.name.endswith("weight.bin"))
    assert weights.size < 0.6 * program.weights()[0]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["int8", "int4"])
def test_decode_in_integers_answers_like_the_reference(
    sliced_reference: Reference, kind: str, tmp_path: Path
) -> None:
    program = sliced_reference.programs()["decode"]
    recipe = Recipe("small", {"decode": StageRecipe(kind, symmetric=kind == "int8")})
    artifact, file = lowered(program, recipe, tmp_path)
    parity = measure_stage(program, file, MilRuntime(), kind)
    assert parity.passed, parity.failures()
    size = sum(part.size for part in artifact.files)
    assert size == pytest.approx(CoreMLTarget().estimate(program, recipe).size, rel=0.1)
    expanded = [
        op for op in operations(specification(tmp_path, "decode")) if "blockwise" in op.type
    ]
    decoder = program.module
    assert isinstance(decoder, Decoder)
    assert len(expanded) == 7 * len(decoder.layers) + 1  # the tied table once


@pytest.mark.slow
def test_decode_with_real_weights_is_exact(sliced_reference: Reference, tmp_path: Path) -> None:
    """The tied embedding is stored once; 32 greedy steps through the states equal torch's."""
    program = sliced_reference.programs()["decode"]
    artifact, file = lowered(program, "fp32", tmp_path)
    parity = measure_stage(program, file, MilRuntime(), "float32")
    assert parity.passed, parity.failures()
    weights = program.weights()[0]
    assert sum(part.size for part in artifact.files) < weights + (1 << 20)


@pytest.mark.parametrize(("parts", "least", "most"), [(2, 110.0, 200.0), (1, 50.0, 100.0)])
def test_two_numbers_a_value_make_float16_states_exact(
    small: Decoder, parts: int, least: float, most: float
) -> None:
    """Chunks, filled-up ones and a truncation, beside the decoder whose caches are float32."""
    sliced, reference = SliceDecoder(small, 256, parts), StatefulDecoder(small, 256)
    generator = torch.Generator().manual_seed(0)
    worst = np.inf
    with torch.no_grad():
        for rows, valid, start in ((64, 64, 0), (64, 20, 64), (1, 1, 84), (64, 5, 40), (1, 1, 45)):
            inputs = (
                torch.randint(0, SMALL.vocabulary + rows, (1, rows), generator=generator).int(),
                torch.randn(rows, SMALL.width, generator=generator),
                torch.tensor([start], dtype=torch.int32),
                torch.tensor([valid], dtype=torch.int32),
            )
            worst = min(worst, sqnr_db(reference(*inputs).numpy(), sliced(*inputs).numpy()))
    assert least <= worst <= most
    assert sliced.decoder.layers[0].mlp.up.weight.data_ptr() == (
        small.layers[0].mlp.up.weight.data_ptr()
    )


def test_decode_writes_its_states_in_place(
    small_decode: tuple[str, Path, Artifact, StageFile],
) -> None:
    """Each state is read, updated by a slice and written: never copied to float32 before that."""
    recipe, folder, artifact, _ = small_decode
    spec = specification(folder, "decode")
    steps = operations(spec)
    makers = {output.name: op for op in steps for output in op.outputs}
    updates = [op for op in steps if op.type == "slice_update"]
    assert len(updates) == 2 * SMALL.layers
    for update in updates:
        assert makers[update.inputs["x"].arguments[0].name].type == "read_state"
    parts = 2 if recipe == "fp32" else 1
    shapes = {tuple(state.type.stateType.arrayType.shape) for state in spec.description.state}
    assert shapes == {(parts, SMALL.kv_heads, STATE_CAPACITY, SMALL.head_size)}
    assert {op.type for op in steps} & {"scatter", "scatter_along_axis", "scatter_nd"} == set()
    assert [spec.name for spec in artifact.inputs] == ["ids", "visual", "position", "valid"]
    assert {bucket["q"] for bucket in artifact.buckets} == {1, 64}


def test_decode_steps_through_its_states(
    small: Decoder, small_decode: tuple[str, Path, Artifact, StageFile]
) -> None:
    """Chunks and a truncation, beside torch; some ids are integers that float16 cannot hold."""
    recipe, _, _, file = small_decode
    cache = MilRuntime().kv_cache(file, 256, RuntimeOptions())
    reference = StatefulDecoder(small, 512)
    rng = np.random.default_rng(0)
    visual = rng.standard_normal((9, SMALL.width)).astype(np.float32)
    ids = rng.integers(0, SMALL.vocabulary + 9, 200).astype(np.int32)
    cache.run(ids[:150], visual)
    cache.truncate(100)
    got = cache.run(ids[100:], visual)
    with torch.no_grad():
        expected = reference(
            torch.from_numpy(ids)[None],
            torch.from_numpy(visual),
            torch.tensor([0], dtype=torch.int32),
            torch.tensor([200], dtype=torch.int32),
        )[0].numpy()
    assert sqnr_db(expected, got) > (100 if recipe == "fp32" else 45)
    assert cache.capacity == STATE_CAPACITY


def test_package_describes_itself(small_decode: tuple[str, Path, Artifact, StageFile]) -> None:
    _, folder, artifact, _ = small_decode
    names = [file.name for file in artifact.files]
    root = "decode.mlpackage/"
    assert names == [
        f"{root}Data/com.apple.CoreML/model.mlmodel",
        f"{root}Data/com.apple.CoreML/weights/weight.bin",
        f"{root}Manifest.json",
    ]
    found = [path for path in (folder / root).rglob("*") if path.is_file()]
    assert {str(path.relative_to(folder)) for path in found} == set(names)
    manifest = json.loads((folder / names[2]).read_text())
    model = manifest["itemInfoEntries"][manifest["rootModelIdentifier"]]
    assert model["path"] == "com.apple.CoreML/model.mlmodel"
    description = specification(folder, "decode").description
    assert description.metadata.license == "Apache-2.0"
    assert "SmolLM2" in description.metadata.author
    features = (*description.input, *description.output, *description.state)
    assert all(feature.shortDescription for feature in features)


def test_coremltools_opens_the_package(
    small_decode: tuple[str, Path, Artifact, StageFile],
) -> None:
    from coremltools.models import MLModel

    _, folder, _, file = small_decode
    model = MLModel(str(file.path), skip_model_load=True)
    assert model.get_spec() == specification(folder, "decode")
    assert Path(model.weights_dir).is_dir()


def test_reciprocals_are_exact(tmp_path: Path) -> None:
    """Core ML's `inverse` adds 1e-4 to what it divides by."""

    class Reciprocal(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return 2.0 / x

    values = torch.tensor([1e-4, 1e-2, 3.0])
    _, file = lowered(one_tensor(Reciprocal(), values), "fp32", tmp_path)
    found = MilRuntime().session(file, RuntimeOptions()).run({"x": values.numpy()})["y"]
    np.testing.assert_allclose(found, (2.0 / values).numpy(), rtol=1e-6)


def test_pixels_are_not_normalized_by_an_epsilon(tmp_path: Path) -> None:
    class Scale(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            factors = torch.tensor([0.5, 2.0, 3.0]).view(1, 3, 1, 1)
            return x * factors + torch.tensor([1.0, -1.0, 0.25]).view(1, 3, 1, 1)

    values = torch.rand(1, 3, 4, 4) * 255
    _, file = lowered(one_tensor(Scale(), values), "fp32", tmp_path)
    assert "batch_norm" not in {op.type for op in operations(specification(tmp_path, "detect"))}
    found = MilRuntime().session(file, RuntimeOptions()).run({"x": values.numpy()})["y"]
    assert sqnr_db(Scale()(values).numpy(), found) > 130


def test_a_missing_operator_is_named_with_its_place(tmp_path: Path) -> None:
    class Gate(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return torch.logit(x)

    with pytest.raises(LoweringError, match=r"no operator logit in gate; write log\(x\)") as caught:
        lowered(one_tensor(Gate(), torch.tensor([0.25])), "fp32", tmp_path)
    assert caught.value.operator == "logit"
    assert not list(tmp_path.iterdir())


def test_supports() -> None:
    target, recipe = CoreMLTarget(), Recipe.builtin("fp16")
    assert [target.supports(stage, recipe) for stage in STAGES] == [None] * 5
    assert "there is no stage 'judge'" in (target.supports("judge", recipe) or "")
    assert target.runtime() == ("coreml" if sys.platform == "darwin" else "mil")
    assert set(COMPUTE_UNITS) == set(STAGES)
    assert set(COMPUTE_UNITS.values()) <= set(KNOWN_UNITS)
