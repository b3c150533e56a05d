"""The Core ML runtime, as far as it goes without Core ML: real packages, evaluated."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from pinpoint_export.targets.coreml.target import CoreMLTarget
from pinpoint_models.decoder.config import DecoderConfig
from pinpoint_models.decoder.model import Decoder
from pinpoint_models.stages import StageProgram, decode_program
from pinpoint_quantization.recipe import Recipe
from pinpoint_runtimes import BackendMissing, CacheFull, SessionError, TensorSpec, coreml
from pinpoint_runtimes.coreml import CoreMLKVCache, CoreMLRuntime, CoreMLSession
from pinpoint_runtimes.mil import MilRuntime
from pinpoint_runtimes.mil.session import MilProgram
from pinpoint_runtimes.runtime import Runtime, RuntimeOptions, StageFile

SMALL = DecoderConfig(50, 24, 1, 6, 2, 16, 32, 10000.0, 1e-5, 2048)


class Mixed(nn.Module):
    """A stage with an image, crops and whole numbers; each pixel and channel counts differently."""

    def forward(self, image: Tensor, crops: Tensor, widths: Tensor) -> tuple[Tensor, Tensor]:
        channels = torch.tensor([1.0, 0.5, 0.25]).view(1, 3, 1, 1)
        text_map = (image * channels).sum(1, keepdim=True) + crops.float().mean()
        return text_map, widths + 1


def mixed_program() -> StageProgram:
    def sample(sizes: Mapping[str, int]) -> dict[str, Tensor]:
        generator = torch.Generator().manual_seed(sizes["W"])
        shapes = {"image": (1, 3, sizes["H"], sizes["W"]), "crops": (2, 1, 4, 4)}
        pixels = {
            name: torch.randint(0, 256, shape, generator=generator, dtype=torch.uint8)
            for name, shape in shapes.items()
        }
        return pixels | {"widths": torch.tensor([7, 70_000], dtype=torch.int32)}

    return StageProgram(
        name="detect",
        module=Mixed().eval(),
        inputs=(
            TensorSpec("image", "uint8", (1, 3, "H", "W")),
            TensorSpec("crops", "uint8", (2, 1, 4, 4)),
            TensorSpec("widths", "int32", (2,)),
        ),
        outputs=(
            TensorSpec("text_map", "float32", (1, 1, "H", "W")),
            TensorSpec("wider", "int32", (2,)),
        ),
        buckets=({"H": 64, "W": 96}, {"H": 96, "W": 64}),
        sample=sample,
    )


def lowered(program: StageProgram, recipe: str, folder: Path) -> StageFile:
    artifact = CoreMLTarget().lower(program, Recipe.builtin(recipe), folder)
    package = folder / f"{program.name}.mlpackage"
    return StageFile(package, artifact.inputs, artifact.outputs, artifact.buckets)


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> StageFile:
    return lowered(mixed_program(), "fp32", tmp_path_factory.mktemp("mixed"))


@pytest.fixture(scope="module")
def decode(tmp_path_factory: pytest.TempPathFactory) -> StageFile:
    torch.manual_seed(0)
    return lowered(decode_program(Decoder(SMALL)), "fp32", tmp_path_factory.mktemp("decode"))


class EvaluatedModel:
    """What MLModel offers, with the package evaluated; it holds callers to MLModel's types."""

    def __init__(self, stage: StageFile) -> None:
        from coremltools.models import MLModel

        self._spec = MLModel(str(stage.path), skip_model_load=True).get_spec()
        self._program = MilProgram(stage, RuntimeOptions())
        self._images = {
            feature.name
            for feature in self._spec.description.input
            if feature.type.WhichOneof("Type") == "imageType"
        }

    def get_spec(self) -> Any:
        return self._spec

    def make_state(self) -> dict[str, Tensor]:
        return self._program.empty_states()

    def predict(self, data: dict[str, Any], state: Any = None) -> dict[str, Any]:
        feeds = {}
        for spec in self._program.stage.inputs:
            value = data[spec.name]
            if spec.name in self._images:
                assert value.mode == "RGB"
                value = np.asarray(value).transpose(2, 0, 1)[None]
            else:
                assert value.dtype in (np.float32, np.int32)
                value = value.astype(spec.dtype)
            feeds[spec.name] = value
        return self._program.run(feeds, {} if state is None else state)


@pytest.fixture
def evaluated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coreml, "_load", lambda stage, units: EvaluatedModel(stage))


@pytest.mark.skipif(sys.platform == "darwin", reason="Core ML runs here")
def test_elsewhere_the_evaluator_is_named() -> None:
    runtime: Runtime = CoreMLRuntime()
    with pytest.raises(BackendMissing, match=r"macOS only and this is .*--runtime mil"):
        runtime.check()


@pytest.mark.skipif(sys.platform == "darwin", reason="Core ML runs here")
def test_nothing_is_opened_elsewhere(mixed: StageFile, decode: StageFile) -> None:
    with pytest.raises(BackendMissing, match="--runtime mil"):
        CoreMLRuntime().session(mixed, RuntimeOptions())
    with pytest.raises(BackendMissing, match="--runtime mil"):
        CoreMLRuntime().kv_cache(decode, 1, RuntimeOptions())


def test_a_missing_coremltools_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(coreml, "find_spec", lambda name: None)
    with pytest.raises(BackendMissing, match=r"pip install 'pinpoint-edge\[coreml\]'"):
        CoreMLRuntime().check()


def test_options(mixed: StageFile, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(CoreMLRuntime, "check", lambda self: None)
    monkeypatch.setattr(
        coreml, "_load", lambda stage, units: asked.append(units) or EvaluatedModel(stage)
    )
    CoreMLRuntime().session(mixed, RuntimeOptions())
    CoreMLRuntime("CPU_AND_NE").session(mixed, RuntimeOptions())
    CoreMLRuntime().session(mixed, RuntimeOptions(providers=("CPU_ONLY",)))
    assert asked == ["ALL", "CPU_AND_NE", "CPU_ONLY"]
    with pytest.raises(BackendMissing, match="no compute units NPU; choose one of ALL"):
        CoreMLRuntime().session(mixed, RuntimeOptions(providers=("NPU",)))
    with pytest.raises(SessionError, match="Core ML chooses its threads itself"):
        CoreMLRuntime().session(mixed, RuntimeOptions(threads=2))


@pytest.mark.usefixtures("evaluated")
def test_session_answers_as_the_module(mixed: StageFile) -> None:
    session, program = CoreMLSession(mixed), mixed_program()
    for sizes in program.buckets:
        inputs = program.sample(sizes)
        found = session.run({name: tensor.numpy() for name, tensor in inputs.items()})
        text_map, wider = program.module(*inputs.values())
        np.testing.assert_allclose(found["text_map"], text_map.numpy(), rtol=1e-6)
        np.testing.assert_array_equal(found["wider"], wider.numpy())
        assert [found[s.name].dtype.name for s in session.outputs] == ["float32", "int32"]


@pytest.mark.usefixtures("evaluated")
def test_session_refuses_what_misfits(mixed: StageFile) -> None:
    session = CoreMLSession(mixed)
    feeds = {name: tensor.numpy() for name, tensor in mixed_program().example().items()}
    with pytest.raises(SessionError, match="image must be uint8, got float32"):
        session.run(feeds | {"image": feeds["image"].astype(np.float32)})
    with pytest.raises(SessionError, match="not lowered for H64_W64; its sizes are H64_W96"):
        session.run(feeds | {"image": feeds["image"][..., :64]})
    session.close()
    with pytest.raises(SessionError, match="closed"):
        session.run(feeds)


@pytest.mark.usefixtures("evaluated")
def test_a_package_of_another_contract_is_refused(mixed: StageFile, decode: StageFile) -> None:
    image, crops, widths = mixed.inputs
    wrong = {
        "its inputs are": (dataclasses.replace(image, name="page"), crops, widths),
        "its widths is int32, the stage's float32": (
            image,
            crops,
            dataclasses.replace(widths, dtype="float32"),
        ),
    }
    for message, inputs in wrong.items():
        stage = dataclasses.replace(mixed, inputs=inputs)
        with pytest.raises(SessionError, match=message):
            coreml.check_description(stage, EvaluatedModel(mixed).get_spec().description)
    sizes = dataclasses.replace(mixed, buckets=({"H": 64, "W": 64},))
    with pytest.raises(SessionError, match=r"image may be .*not \(1, 3, 64, 64\)"):
        coreml.check_description(sizes, EvaluatedModel(mixed).get_spec().description)
    with pytest.raises(SessionError, match="no decode stage"):
        CoreMLKVCache(mixed)
    with pytest.raises(SessionError, match="holds 1536 rows, 2000 are needed"):
        CoreMLKVCache(decode, 2000)


def test_a_missing_output_is_named() -> None:
    specs = (TensorSpec("a", "float32", (1,)), TensorSpec("b", "float32", (1,)))
    with pytest.raises(SessionError, match="Core ML gave no b, only a"):
        coreml.from_predict("detect", {"a": np.zeros(1)}, specs)


def test_outputs_are_copies() -> None:
    buffer = np.zeros(3, np.float32)
    found = coreml.from_predict("x", {"a": buffer}, (TensorSpec("a", "float32", (3,)),))
    buffer[:] = 1
    assert not found["a"].any()


@pytest.mark.usefixtures("evaluated")
def test_cache_equals_the_evaluators(decode: StageFile) -> None:
    """Chunks, a truncation and steps give what the mil runtime's own cache gives."""
    cache, other = CoreMLKVCache(decode, 256), MilRuntime().kv_cache(decode, 256, RuntimeOptions())
    rng = np.random.default_rng(0)
    visual = rng.standard_normal((5, SMALL.width)).astype(np.float32)
    ids = rng.integers(0, SMALL.vocabulary + 5, 140).astype(np.int32)
    for start, end, back in ((0, 130, 90), (90, 91, 91), (91, 140, 140)):
        got, expected = (c.run(ids[start:end], visual) for c in (cache, other))
        np.testing.assert_array_equal(got, expected)
        assert cache.length == other.length == end
        for c in (cache, other):
            c.truncate(back)
    with pytest.raises(CacheFull, match="1400 rows do not fit, 1396 are free"):
        cache.run(np.zeros(1400, np.int32), visual)
    cache.close()
    with pytest.raises(SessionError, match="closed"):
        cache.run(ids[:1], visual)


@pytest.mark.skipif(sys.platform == "darwin", reason="Core ML runs here")
def test_what_cannot_be_loaded_is_a_session_error(tmp_path: Path, mixed: StageFile) -> None:
    broken = tmp_path / "broken.mlpackage"
    broken.mkdir()
    with pytest.raises(SessionError, match=r"broken.mlpackage: Core ML cannot load this stage"):
        CoreMLSession(dataclasses.replace(mixed, path=broken))
