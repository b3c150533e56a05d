import builtins
import sys
import types

import numpy as np
import pytest
import torch

from pinpoint_export.targets.litert import LitertTarget, rows_program
from pinpoint_models.decoder.config import DecoderConfig
from pinpoint_models.decoder.model import Decoder
from pinpoint_models.stages import decode_program
from pinpoint_quantization.recipe import Recipe
from pinpoint_runtimes import BackendMissing, CacheFull, SessionError, TensorSpec
from pinpoint_runtimes.litert.runtime import (
    LitertKVCache,
    LitertRuntime,
    LitertSession,
    signature_name,
)
from pinpoint_runtimes.runtime import RuntimeOptions, StageFile
from pinpoint_runtimes.torch import TorchKVCache

litert_torch = pytest.importorskip("litert_torch")
pytestmark = pytest.mark.slow  # converting and running take seconds

CONFIG = DecoderConfig(50, 24, 2, 6, 2, 16, 32, 10000.0, 1e-5, 4096)
NO_VISUAL = np.zeros((0, 24), np.float32)
INPUTS = (TensorSpec("a", "uint8", (2, "N")), TensorSpec("b", "int32", (2,)))
OUTPUTS = (TensorSpec("sum", "float32", (2, "N")), TensorSpec("minus", "int32", (2,)))


class Adder(torch.nn.Module):
    """Gives a + b of every row, and -b."""

    def forward(self, a, b):
        return {"sum": a.float() + b[:, None].float(), "minus": -b}


@pytest.fixture(scope="module")
def adder(tmp_path_factory):
    path = tmp_path_factory.mktemp("adder") / "adder.tflite"
    converter = litert_torch
    for size in (3, 5):
        feeds = {"a": torch.zeros(2, size, dtype=torch.uint8), "b": torch.zeros(2).int()}
        converter = converter.signature(f"N{size}", Adder().eval(), sample_kwargs=feeds)
    converter.convert().export(str(path))
    return StageFile(path, INPUTS, OUTPUTS, ({"N": 3}, {"N": 5}))


@pytest.fixture(scope="module")
def decoding(tmp_path_factory):
    """A small decoder, and the file that it was lowered to."""
    torch.manual_seed(0)
    decoder = Decoder(CONFIG).eval()
    folder = tmp_path_factory.mktemp("decode")
    made = LitertTarget().lower(decode_program(decoder), Recipe.builtin("fp32"), folder)
    path = folder / made.files[0].name
    return decoder, StageFile(path, made.inputs, made.outputs, made.buckets)


def feeds(size, value=7):
    return {"a": np.full((2, size), 250, np.uint8), "b": np.array([value, -1], np.int32)}


def replaced(stage, **changes):
    return StageFile(**{**vars(stage), **changes})


def test_session_runs_every_size_and_copies(adder):
    session = LitertSession(adder, threads=1)
    assert (session.inputs, session.outputs) == (INPUTS, OUTPUTS)
    first = session.run(feeds(3))
    second = session.run(feeds(3, value=1))
    assert first["sum"].tolist() == [[257.0] * 3, [249.0] * 3]
    assert first["minus"].tolist() == [-7, 1]
    assert second["sum"].tolist() == [[251.0] * 3, [249.0] * 3]
    assert session.run(feeds(5))["sum"].shape == (2, 5)
    strided = feeds(3) | {"a": np.arange(24, dtype=np.uint8).reshape(4, 6)[::2, ::2]}
    assert session.run(strided)["sum"].tolist() == [[7.0, 9.0, 11.0], [11.0, 13.0, 15.0]]


def test_session_refuses_feeds_that_misfit(adder):
    session = LitertSession(adder)
    with pytest.raises(SessionError, match=r"adder\.tflite: input a must be uint8, got float32"):
        session.run(feeds(3) | {"a": np.zeros((2, 3), np.float32)})
    with pytest.raises(SessionError, match="not lowered for N4; its sizes are N3, N5"):
        session.run(feeds(4))
    with pytest.raises(SessionError, match="input b is missing"):
        session.run({"a": feeds(3)["a"]})
    with pytest.raises(SessionError, match="no input c"):
        session.run(feeds(3) | {"c": np.zeros(1)})
    session.close()
    with pytest.raises(SessionError, match="closed"):
        session.run(feeds(3))


def test_file_of_another_contract_is_refused(adder):
    renamed = (INPUTS[0], TensorSpec("c", "int32", (2,)))
    with pytest.raises(SessionError, match="it has the inputs a, b, the bundle says a, c"):
        LitertSession(replaced(adder, inputs=renamed))
    wide = (TensorSpec("a", "int32", (2, "N")), INPUTS[1])
    with pytest.raises(SessionError, match=r"input a is uint8 \(2, 3\).* says int32 \(2, 3\)"):
        LitertSession(replaced(adder, inputs=wide))
    longer = (OUTPUTS[0], TensorSpec("minus", "int32", (3,)))
    with pytest.raises(SessionError, match=r"output minus is int32 \(2,\), .* \(3\)"):
        LitertSession(replaced(adder, outputs=longer))
    with pytest.raises(SessionError, match="it has no signature N4, only N3, N5"):
        LitertSession(replaced(adder, buckets=({"N": 4},)))


def test_unloadable_files(adder, tmp_path):
    content = adder.path.read_bytes()
    broken = tmp_path / "broken.tflite"
    with pytest.raises(SessionError, match=r"broken\.tflite: cannot be read"):
        LitertSession(replaced(adder, path=broken))
    for bad in (b"", b"TFL3", content[:100], content[: len(content) // 2], content[:-200]):
        broken.write_bytes(bad)
        with pytest.raises(SessionError, match=r"broken\.tflite: (this is no|LiteRT cannot load)"):
            LitertSession(replaced(adder, path=broken))
    broken.write_bytes(b"\x08\x00\x00\x00ONNX" + content[8:])
    with pytest.raises(SessionError, match="this is no LiteRT file"):
        LitertSession(replaced(adder, path=broken))
    for start in range(8, len(content) - 64, len(content) // 7):
        broken.write_bytes(content[:start] + b"\xff" * 64 + content[start + 64 :])
        with pytest.raises(SessionError):
            LitertSession(replaced(adder, path=broken)).run(feeds(3))
    with pytest.raises(SessionError, match="0 threads"):
        LitertSession(adder, threads=0)


def test_trace_gives_every_tensor_in_order(adder):
    session = LitertSession(adder)
    tensors = list(session.trace(feeds(5)))
    assert len(tensors) >= 3
    assert len({name for name, _ in tensors}) == len(tensors)
    results = session.run(feeds(5))
    for expected in results.values():
        assert any(np.array_equal(tensor, expected) for _, tensor in tensors)
    cast = next(tensor for _, tensor in tensors if tensor.shape == (2, 5))
    assert cast.tolist() == [[250.0] * 5] * 2


def test_greedy_steps_equal_the_reference(decoding):
    """A prompt with visual tokens, 32 steps, a truncation and other rows behind it."""
    decoder, stage = decoding
    rng = np.random.default_rng(0)
    visual = rng.standard_normal((4, 24)).astype(np.float32)
    prompt = rng.integers(0, CONFIG.vocabulary + 4, 150).astype(np.int32)
    cache = LitertKVCache(stage, 512, threads=1)
    reference = TorchKVCache(decoder, 512)
    assert cache.capacity == 1536
    for rows in (prompt, prompt[:70]):
        got, expected = (c.run(rows, visual) for c in (cache, reference))
        for _ in range(32):
            np.testing.assert_allclose(got, expected, atol=1e-4)
            token = np.array([expected.argmax()], np.int32)
            assert int(got.argmax()) == token[0]
            got, expected = (c.run(token, NO_VISUAL) for c in (cache, reference))
        assert cache.length == reference.length
        for c in (cache, reference):
            c.truncate(100)


@pytest.mark.parametrize("parts", [(150,), (64, 64, 22), (63, 1, 5, 81), (2, 148)])
def test_parts_of_a_prompt_give_the_same_logits(decoding, parts):
    _, stage = decoding
    ids = np.random.default_rng(1).integers(0, CONFIG.vocabulary, sum(parts)).astype(np.int32)
    whole = LitertKVCache(stage, 256)
    expected = whole.run(ids, NO_VISUAL)
    cache = LitertKVCache(stage, 256)
    for part in np.split(ids, np.cumsum(parts)[:-1]):
        logits = cache.run(part, NO_VISUAL)
    assert cache.length == len(ids)
    np.testing.assert_allclose(logits, expected, atol=1e-4)


def test_kv_cache_up_to_its_last_row(decoding):
    decoder, stage = decoding
    ids = np.random.default_rng(2).integers(0, CONFIG.vocabulary, 1536).astype(np.int32)
    cache, reference = LitertKVCache(stage, 1536), TorchKVCache(decoder, 1536)
    got, expected = (c.run(ids, NO_VISUAL) for c in (cache, reference))
    np.testing.assert_allclose(got, expected, atol=1e-4)
    with pytest.raises(CacheFull, match="1 rows do not fit, 0 are free"):
        cache.run(ids[:1], NO_VISUAL)
    cache.truncate(1530)
    with pytest.raises(CacheFull, match="7 rows do not fit"):
        cache.run(ids[:7], NO_VISUAL)
    assert cache.length == 1530
    np.testing.assert_allclose(cache.run(ids[1530:], NO_VISUAL), expected, atol=1e-4)


def test_kv_cache_refuses_what_misfits(decoding, adder):
    _, stage = decoding
    with pytest.raises(SessionError, match="its cache holds 1536 rows, 2000 are needed"):
        LitertKVCache(stage, 2000)
    with pytest.raises(SessionError, match=r"adder\.tflite: this is no decode stage"):
        LitertKVCache(adder, 16)
    cache = LitertKVCache(stage, 16)
    with pytest.raises(SessionError, match="id 50 is outside"):
        cache.run(np.array([50], np.int32), NO_VISUAL)
    with pytest.raises(SessionError, match="ids must be int32"):
        cache.run(np.array([5]), NO_VISUAL)
    with pytest.raises(SessionError, match="cannot truncate 0 rows to 1"):
        cache.truncate(1)
    cache.close()
    with pytest.raises(SessionError, match="closed"):
        cache.run(np.array([5], np.int32), NO_VISUAL)


def test_inputs_keep_what_they_hold_between_runs(decoding):
    """What the cache relies on: neither signature changes its own or the other's inputs."""
    _, stage = decoding
    cache = LitertKVCache(stage, 16)
    cache.run(np.arange(40, dtype=np.int32), NO_VISUAL)
    held = {
        (name, key): signature.view(key).copy()
        for name, signature in cache._signatures.items()
        for key in cache._caches
    }
    assert all(np.abs(rows[:, :, :40]).sum() > 0 for rows in held.values())
    cache.truncate(39)
    cache.run(np.array([39], np.int32), NO_VISUAL)
    for (name, key), rows in held.items():
        now = cache._signatures[name].view(key)
        assert np.array_equal(now[:, :, :39], rows[:, :, :39])
        assert np.array_equal(now, cache._signatures["decode"].view(key))


def test_decode_as_a_session(decoding):
    decoder, stage = decoding
    program = rows_program(decoder, 1)
    inputs = {k: v.numpy() for k, v in program.sample({"q": 1}).items()}
    outputs = LitertSession(stage).run(inputs)
    assert outputs["logits"].shape == (1, 50)
    assert outputs["next_value_1"].shape == (1, 2, 1, 16)


def test_runtime_and_names(decoding, adder):
    runtime = LitertRuntime()
    runtime.check()
    assert runtime.name in runtime.targets
    session = runtime.session(adder, RuntimeOptions(threads=1))
    assert session.run(feeds(3))["minus"].tolist() == [-7, 1]
    assert runtime.kv_cache(decoding[1], 64, RuntimeOptions()).length == 0
    names = [signature_name(s) for s in ({"q": 1}, {"q": 64}, {"H": 9, "W": 8}, {})]
    assert names == ["decode", "prefill_64", "H9_W8", "forward"]


def test_missing_backend_names_the_install_command(monkeypatch):
    original = builtins.__import__

    def without(*missing):
        def importing(name, *args, **kwargs):
            if name.split(".")[0] in missing:
                raise ImportError(name)
            return original(name, *args, **kwargs)

        monkeypatch.setattr(builtins, "__import__", importing)

    without("ai_edge_litert", "tflite_runtime")
    with pytest.raises(BackendMissing, match=r"pip install 'pinpoint-edge\[litert\]'"):
        LitertRuntime().check()
    without("ai_edge_litert")
    older = types.ModuleType("tflite_runtime")
    older.interpreter = types.ModuleType("tflite_runtime.interpreter")
    monkeypatch.setitem(sys.modules, "tflite_runtime", older)
    monkeypatch.setattr(np, "__version__", "1.26.4")
    LitertRuntime().check()
    monkeypatch.setattr(np, "__version__", "2.3.5")
    with pytest.raises(
        BackendMissing, match=r"tflite-runtime, which cannot run with numpy 2\.3\.5"
    ):
        LitertRuntime().check()
