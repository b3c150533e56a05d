import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper

from pinpoint_export.targets.onnx.target import OnnxTarget
from pinpoint_models.decoder.config import DecoderConfig
from pinpoint_models.decoder.model import Decoder
from pinpoint_models.stages import decode_program
from pinpoint_quantization import Recipe
from pinpoint_runtimes import BackendMissing, CacheFull, SessionError, TensorSpec
from pinpoint_runtimes.onnx.runtime import OnnxKVCache, OnnxSession
from pinpoint_runtimes.torch import TorchKVCache

CONFIG = DecoderConfig(50, 24, 2, 6, 2, 16, 32, 10000.0, 1e-5, 4096)
NO_VISUAL = np.zeros((0, 24), np.float32)


@pytest.fixture
def adder(tmp_path):
    """A stage that gives `a` itself and a + b."""
    names = {name: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N"]) for name in "absi"}
    graph = helper.make_graph(
        [helper.make_node("Add", ["a", "b"], ["s"]), helper.make_node("Identity", ["a"], ["i"])],
        "adder",
        [names["a"], names["b"]],
        [names["s"], names["i"]],
    )
    path = tmp_path / "adder.onnx"
    opset = helper.make_opsetid("", 20)
    onnx.save(helper.make_model(graph, opset_imports=[opset], ir_version=10), path)
    return path


def f32(*values):
    return np.array(values, np.float32)


def test_session_runs_and_copies(adder):
    session = OnnxSession(adder, threads=1)
    assert session.inputs == (
        TensorSpec("a", "float32", ("N",)),
        TensorSpec("b", "float32", ("N",)),
    )
    a = f32(1, 2)
    first = session.run({"a": a, "b": f32(3, 4)})
    second = session.run({"a": f32(7, 7), "b": f32(0, 0)})
    assert first["s"].tolist() == [4, 6]
    assert second["i"].tolist() == [7, 7]
    first["i"][0] = 9
    assert a[0] == 1


def test_session_names_file_tensor_expected_and_got(adder):
    session = OnnxSession(adder)
    with pytest.raises(SessionError, match=r"adder\.onnx: input b must be float32, got float64"):
        session.run({"a": f32(1), "b": np.zeros(1)})
    with pytest.raises(SessionError, match=r"input b must have shape \(1\), got \(2,\)"):
        session.run({"a": f32(1), "b": f32(1, 2)})
    session.close()
    with pytest.raises(SessionError, match="closed"):
        session.run({"a": f32(1), "b": f32(1)})


def test_unloadable_files(tmp_path, adder):
    with pytest.raises(SessionError, match=r"absent\.onnx"):
        OnnxSession(tmp_path / "absent.onnx")
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(adder.read_bytes()[:40])
    with pytest.raises(SessionError, match=r"broken\.onnx: ONNX Runtime cannot load"):
        OnnxSession(broken)
    with pytest.raises(SessionError, match="0 threads"):
        OnnxSession(adder, threads=0)
    with pytest.raises(SessionError, match="no decode stage"):
        OnnxKVCache(adder)


def test_missing_provider_names_the_installed_and_the_remedy(adder):
    with pytest.raises(BackendMissing) as caught:
        OnnxSession(adder, providers=["QNNExecutionProvider", "CPUExecutionProvider"])
    message = str(caught.value)
    assert "QNNExecutionProvider is not in this ONNX Runtime" in message
    assert "has " in message
    assert "CPUExecutionProvider" in message
    assert "pip install onnxruntime-qnn" in message


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    """(decoder, path) of a small decode stage with random weights."""
    torch.manual_seed(0)
    decoder = Decoder(CONFIG)
    folder = tmp_path_factory.mktemp("decode")
    OnnxTarget().lower(decode_program(decoder), Recipe.builtin("fp32"), folder)
    return decoder, folder / "decode.onnx"


def test_cache_equals_torch_up_to_4096_rows(stage):
    decoder, path = stage
    ids = np.random.default_rng(0).integers(0, 50, 4096).astype(np.int32)
    cache, reference = OnnxKVCache(path, threads=1, capacity=4096), TorchKVCache(decoder, 4096)
    for start, end in ((0, 2048), (2048, 4095), (4095, 4096)):
        expected = reference.run(ids[start:end], NO_VISUAL)
        np.testing.assert_allclose(cache.run(ids[start:end], NO_VISUAL), expected, atol=1e-4)
    with pytest.raises(CacheFull, match="0 are free"):
        cache.run(ids[:1], NO_VISUAL)


def test_state_is_updated_in_place(stage):
    cache = OnnxKVCache(stage[1], threads=1, capacity=32)
    buffer = cache._state[0][0]
    assert not buffer.any()
    cache.run(np.arange(5, dtype=np.int32), NO_VISUAL)
    assert buffer[:, :, :5].all()
    assert not buffer[:, :, 5:].any()
    kept = buffer[:, :, :3].copy()
    cache.truncate(3)
    cache.run(np.array([7], np.int32), NO_VISUAL)
    assert np.array_equal(buffer[:, :, :3], kept)


def test_logits_are_copies_and_runs_repeat_exactly(stage):
    cache = OnnxKVCache(stage[1], threads=1, capacity=32)
    ids = np.arange(5, dtype=np.int32)
    first = cache.run(ids, NO_VISUAL)
    kept = first.copy()
    cache.run(ids + 9, NO_VISUAL)
    assert np.array_equal(first, kept)
    cache.truncate(0)
    assert np.array_equal(cache.run(ids, NO_VISUAL), kept)


def test_resized_cache_shares_the_stage_and_outlives_the_first(stage):
    ids = np.arange(20, dtype=np.int32)
    small = OnnxKVCache(stage[1], threads=1, capacity=8)
    with pytest.raises(CacheFull, match="20 rows do not fit, 8 are free"):
        small.run(ids, NO_VISUAL)
    large = small.resized(64)
    small.close()
    with pytest.raises(SessionError, match="closed"):
        small.run(ids, NO_VISUAL)
    expected = TorchKVCache(stage[0], 64).run(ids, NO_VISUAL)
    np.testing.assert_allclose(large.run(ids, NO_VISUAL), expected, atol=1e-5)
    assert large.capacity == 64
