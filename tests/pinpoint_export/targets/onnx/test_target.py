import dataclasses
import sys

import numpy as np
import onnx
import pytest
import torch

from pinpoint_edge.errors import OptionError
from pinpoint_export.parity import measure
from pinpoint_export.parity.measuring import measure_stage
from pinpoint_export.targets import Artifact, load_target
from pinpoint_export.targets.onnx.target import OnnxTarget
from pinpoint_models.aligner import Aligner
from pinpoint_models.decoder.config import DecoderConfig
from pinpoint_models.decoder.gguf import load_smollm2
from pinpoint_models.decoder.model import Decoder
from pinpoint_models.stages import align_program, decode_program
from pinpoint_quantization.recipe import STAGES, Recipe, StageRecipe
from pinpoint_runtimes.onnx.runtime import OnnxKVCache, OnnxSession
from pinpoint_runtimes.runtime import StageFile, load_runtime
from pinpoint_runtimes.torch import TorchKVCache

FP32 = Recipe.builtin("fp32")
SMALL = DecoderConfig(50, 24, 2, 6, 2, 16, 32, 10000.0, 1e-5, 512)


@pytest.fixture(scope="module")
def sliced(tmp_path_factory):
    """Two layers of the real weights: (decoder, folder, artifact)."""
    state, config, _ = load_smollm2()
    decoder = Decoder.from_state(config, state, layers=2)
    folder = tmp_path_factory.mktemp("decode")
    return decoder, folder, OnnxTarget().lower(decode_program(decoder), FP32, folder)


def test_decode_is_exact(sliced):
    decoder, folder, _ = sliced
    session = OnnxSession(folder / "decode.onnx", threads=1, map_weights=True)
    program = decode_program(decoder)
    assert session.inputs == program.inputs
    assert session.outputs == program.outputs
    parity = measure(program, session)
    assert parity.passed, parity.failures()
    assert set(parity.tensors) == {spec.name for spec in program.outputs}


def test_parity_catches_other_weights(sliced):
    decoder, folder, _ = sliced
    state = {name: tensor.clone() for name, tensor in decoder.state_dict().items()}
    state["layers.1.attention.key.weight"][0] *= 1.01
    other = decode_program(Decoder.from_state(decoder.config, state, layers=2))
    session = OnnxSession(folder / "decode.onnx", threads=1, map_weights=True)
    parity = measure(other, session, buckets=other.buckets[:1])
    assert any(line.startswith("next_key_1") for line in parity.failures())


def test_kv_cache_equals_the_reference(sliced):
    """Prefill in chunks, steps, a truncation and visual tokens: state for state as torch."""
    decoder, folder, _ = sliced
    rng = np.random.default_rng(0)
    visual = rng.standard_normal((4, 576)).astype(np.float32) * 0.1
    ids = rng.integers(0, decoder.config.vocabulary + 4, 300).astype(np.int32)
    cache = OnnxKVCache(folder / "decode.onnx", threads=1, capacity=320)
    reference = TorchKVCache(decoder, capacity=320)
    for start, end, back in ((0, 256, 256), (256, 290, 200), (200, 201, 201), (201, 300, 300)):
        got, expected = (c.run(ids[start:end], visual) for c in (cache, reference))
        np.testing.assert_allclose(got, expected, atol=2e-3)
        assert int(got.argmax()) == int(expected.argmax())
        for c in (cache, reference):
            c.truncate(back)
    assert cache.length == reference.length == 300


def test_graph_holds_each_weight_once_and_maps_it(sliced):
    decoder, folder, artifact = sliced
    graph = onnx.load(folder / "decode.onnx", load_external_data=False).graph
    kinds = [node.op_type for node in graph.node]
    assert kinds.count("GroupQueryAttention") == 2
    assert "Transpose" not in kinds
    assert "ScatterND" not in kinds
    tables = [i for i in graph.initializer if sorted(i.dims) == [576, 49152]]
    assert len(tables) == 1
    assert sum(tables[0].name in node.input for node in graph.node) == 2  # lookup and head
    for initializer in graph.initializer:
        where = {entry.key: entry.value for entry in initializer.external_data}
        if where and int(where["length"]) > 4096:
            assert where["location"] == "decode.onnx.data"
            assert int(where["offset"]) % 4096 == 0
    assert [file.name for file in artifact.files] == ["decode.onnx", "decode.onnx.data"]
    assert artifact.files[1].size == (folder / "decode.onnx.data").stat().st_size
    program = decode_program(decoder)
    names = ["decode.onnx", "decode.onnx.data"]
    assert artifact == Artifact.of(program, folder, names, buckets=())


def test_estimate_is_near(sliced):
    decoder, _, artifact = sliced
    size = sum(file.size for file in artifact.files)
    assert abs(OnnxTarget().estimate(decode_program(decoder), FP32).size / size - 1) < 0.05


def test_lowering_leaves_the_decoder_as_it_was(sliced):
    decoder, _, _ = sliced
    assert type(decoder.cached_attention).__name__ == "ManualAttention"


def environment(number):
    import os

    path = os.pathsep.join(filter(None, sys.path))
    return {**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": str(number)}


def test_small_stage_is_one_file_and_exact_in_every_size(tmp_path):
    torch.manual_seed(0)
    program = align_program(Aligner())
    artifact = OnnxTarget().lower(program, FP32, tmp_path)
    assert [file.name for file in artifact.files] == ["align.onnx"]
    parity = measure(program, OnnxSession(tmp_path / "align.onnx", threads=1))
    assert parity.passed, parity.failures()


def test_a_fixed_dimension_is_refused(tmp_path):
    program = decode_program(Decoder(SMALL))
    free = program.outputs[0]
    wrong = dataclasses.replace(free, shape=("q", *free.shape[1:]))
    program = dataclasses.replace(program, outputs=(wrong, *program.outputs[1:]))
    with pytest.raises(ValueError, match="decode: logits was exported as"):
        OnnxTarget().lower(program, FP32, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_head_size_that_the_operator_lacks_is_refused(tmp_path):
    decoder = Decoder(dataclasses.replace(SMALL, head_size=8))
    with pytest.raises(OptionError, match="multiple of 16"):
        OnnxTarget().lower(decode_program(decoder), FP32, tmp_path)
    assert type(decoder.cached_attention).__name__ == "ManualAttention"


@pytest.mark.parametrize("kind", ["int8", "int4"])
def test_integers_answer_like_the_reference_and_faults_are_caught(sliced, kind, tmp_path):
    decoder, _, _ = sliced
    program = decode_program(decoder)
    recipe = Recipe("small", {"decode": StageRecipe(kind, symmetric=kind == "int8")})
    artifact = OnnxTarget().lower(program, recipe, tmp_path)
    size = sum(file.size for file in artifact.files)
    assert size == pytest.approx(OnnxTarget().estimate(program, recipe).size, rel=0.12)
    file = StageFile(tmp_path / "decode.onnx", artifact.inputs, artifact.outputs)
    parity = measure_stage(program, file, load_runtime("onnx"), kind)
    assert parity.passed, parity.failures()
    assert parity.tier == kind

    model = onnx.load(file.path)
    scales = next(t for t in model.graph.initializer if t.name.endswith("embedding.weight.scales"))
    rows = onnx.numpy_helper.to_array(scales)
    scales.CopyFrom(onnx.numpy_helper.from_array(np.roll(rows, 1, axis=0), scales.name))
    onnx.save(model, tmp_path / "decode.onnx")
    assert measure_stage(program, file, load_runtime("onnx"), kind).failures()


def test_supports():
    target, recipe = OnnxTarget(), Recipe.builtin("fp32")
    assert [target.supports(stage, recipe) for stage in STAGES] == [None] * 5
    assert "there is no stage 'judge'" in (target.supports("judge", recipe) or "")
    for weights, lacking in (("int8", 2), ("int4", 2), ("float16", 0), ("palette4", 5)):
        half = Recipe("half", dict.fromkeys(STAGES, StageRecipe(weights)))
        reasons = [target.supports(stage, half) for stage in STAGES]
        assert all(weights in (reason or "") for reason in reasons[:lacking])
        assert reasons[lacking:] == [None] * (5 - lacking)
    for recipe, reason in (
        (StageRecipe("int8", granularity="channel"), "share a scale by block, the recipe's by ch"),
        (StageRecipe("int8", activations="static"), "static activations for detect, glance, ref"),
    ):
        assert reason in (target.supports("decode", Recipe("r", {"decode": recipe})) or "")
    static = StageRecipe("int8", granularity="channel", activations="static")
    assert target.supports("detect", Recipe("r", {"detect": static})) is None
    blocks = dataclasses.replace(static, granularity="block")
    assert "a scale a channel" in (target.supports("detect", Recipe("r", {"detect": blocks})) or "")
    four = dataclasses.replace(static, weights="int4")
    assert "asks for int4" in (target.supports("detect", Recipe("r", {"detect": four})) or "")
    assert target.requires()[0].startswith("onnxruntime")


def test_unknown_target():
    with pytest.raises(OptionError, match="no target 'abacus'"):
        load_target("abacus")
