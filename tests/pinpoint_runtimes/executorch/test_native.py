import dataclasses
import os
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest
import torch

from pinpoint_export.targets.executorch.target import ExecutorchTarget
from pinpoint_models.decoder.config import DecoderConfig
from pinpoint_models.decoder.model import Decoder
from pinpoint_models.glance import folded, load_glance
from pinpoint_models.stages import decode_program, glance_program
from pinpoint_quantization.recipe import STAGES, Recipe, StageRecipe
from pinpoint_runtimes import BackendMissing, CacheFull, SessionError, TensorSpec
from pinpoint_runtimes.executorch.abi import library
from pinpoint_runtimes.executorch.build import RUNNER, build, library_path
from pinpoint_runtimes.executorch.native import ExecutorchNativeRuntime
from pinpoint_runtimes.executorch.runtime import ExecutorchRuntime
from pinpoint_runtimes.runtime import RuntimeOptions, StageFile
from pinpoint_runtimes.torch import TorchKVCache

COMPILER = os.environ.get("CXX", "g++")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which(COMPILER) is None, reason=f"no C++ compiler {COMPILER}"),
]

CONFIG = DecoderConfig(50, 24, 1, 6, 2, 16, 32, 10000.0, 1e-5, 4096)
NO_VISUAL = np.zeros((0, 24), np.float32)
ONE = RuntimeOptions(threads=1)
NATIVE = ExecutorchNativeRuntime()


@pytest.fixture(scope="module", autouse=True)
def built():
    """The runner, built from the sources as they are."""
    if not library_path().is_file():
        build()
    return library_path()


@pytest.fixture(scope="module")
def stages(tmp_path_factory, weights):
    """(glance program, its file, decoder, its file): two sizes of glance with its real weights."""
    folder = tmp_path_factory.mktemp("programs")
    glance = glance_program(folded(load_glance(weights)))
    glance = dataclasses.replace(glance, buckets=glance.buckets[:2])
    torch.manual_seed(0)
    decoder = Decoder(CONFIG).eval()
    files = []
    for program in (glance, decode_program(decoder)):
        artifact = ExecutorchTarget().lower(program, Recipe.builtin("fp32"), folder)
        path = folder / artifact.files[0].name
        files.append(StageFile(path, artifact.inputs, artifact.outputs, artifact.buckets))
    return glance, files[0], decoder, files[1]


def feeds_of(program, sizes):
    return {name: tensor.numpy() for name, tensor in program.sample(sizes).items()}


def copy_of(stage, tmp_path, data):
    path = tmp_path / "stage.pte"
    path.write_bytes(data)
    return dataclasses.replace(stage, path=path)


def test_vision_stage_equals_the_python_bindings_bit_for_bit(stages):
    program, file = stages[:2]
    native, bindings = NATIVE.session(file, ONE), ExecutorchRuntime().session(file, ONE)
    for sizes in program.buckets:
        feeds = feeds_of(program, sizes)
        expected, found = bindings.run(feeds), native.run(feeds)
        assert list(found) == ["features", "reading"]
        for name, array in found.items():
            assert array.dtype == expected[name].dtype
            assert np.array_equal(array, expected[name])
    native.close()
    bindings.close()


def test_cache_equals_the_python_bindings_and_torch(stages):
    decoder, file = stages[2:]
    rng = np.random.default_rng(0)
    ids = rng.integers(0, 50, 300).astype(np.int32)
    ids[[3, 290]] = 50, 51
    visual = rng.normal(size=(2, 24)).astype(np.float32)
    native, bindings = NATIVE.kv_cache(file, 400, ONE), ExecutorchRuntime().kv_cache(file, 400, ONE)
    reference = TorchKVCache(decoder, 400)
    assert native.capacity == bindings.capacity >= 400
    for start, end in ((0, 280), (280, 299), (299, 300)):
        expected = reference.run(ids[start:end], visual)
        found = native.run(ids[start:end], visual)
        assert np.array_equal(found, bindings.run(ids[start:end], visual))
        np.testing.assert_allclose(found, expected, atol=1e-4)
    native.close()
    bindings.close()


def test_a_quantized_decoder_equals_the_python_bindings(tmp_path):
    """Integers in blocks and in rows and a table of them ask for no kernels of their own."""
    torch.manual_seed(0)
    decoder = Decoder(dataclasses.replace(CONFIG, width=64, mlp_width=96)).eval()
    wanted = StageRecipe("int4", modules=(("embedding", "int8"),))
    recipe = Recipe("tried", {s: StageRecipe("float32") for s in STAGES} | {"decode": wanted})
    artifact = ExecutorchTarget().lower(decode_program(decoder), recipe, tmp_path)
    path = tmp_path / artifact.files[0].name
    file = StageFile(path, artifact.inputs, artifact.outputs, artifact.buckets)
    native, bindings = NATIVE.kv_cache(file, 64, ONE), ExecutorchRuntime().kv_cache(file, 64, ONE)
    ids, visual = np.arange(40, dtype=np.int32), np.ones((2, 64), np.float32)
    ids[3] = 51
    for start, end in ((0, 30), (30, 31), (31, 40)):
        found = native.run(ids[start:end], visual)
        assert np.isfinite(found).all()
        assert np.array_equal(found, bindings.run(ids[start:end], visual))
    native.close()
    bindings.close()


def test_truncated_rows_are_forgotten_and_logits_are_copies(stages):
    cache = NATIVE.kv_cache(stages[3], 64, ONE)
    ids = np.arange(9, dtype=np.int32)
    first = cache.run(ids, NO_VISUAL)
    kept = first.copy()
    cache.run(ids + 20, NO_VISUAL)
    assert np.array_equal(first, kept)
    cache.truncate(4)
    assert np.array_equal(cache.run(ids[4:], NO_VISUAL), logits_in_two_runs(stages, ids))
    assert cache.length == 9
    with pytest.raises(SessionError, match="cannot truncate 9 rows to 10"):
        cache.truncate(10)
    cache.close()


def logits_in_two_runs(stages, ids):
    """The logits after ids[:4] and then ids[4:] in a cache that held nothing else."""
    cache = NATIVE.kv_cache(stages[3], 64, ONE)
    cache.run(ids[:4], NO_VISUAL)
    logits = cache.run(ids[4:], NO_VISUAL)
    cache.close()
    return logits


def test_two_caches_of_a_file_keep_their_own_state(stages):
    one, other = NATIVE.kv_cache(stages[3], 64, ONE), NATIVE.kv_cache(stages[3], 64, ONE)
    ids = np.arange(9, dtype=np.int32)
    expected = logits_in_two_runs(stages, ids)
    one.run(ids[:4], NO_VISUAL)
    other.run(ids[::-1].copy(), NO_VISUAL)
    assert np.array_equal(one.run(ids[4:], NO_VISUAL), expected)
    one.close()
    other.close()


def test_a_full_cache_refuses_and_stays_as_it_was(stages):
    cache = NATIVE.kv_cache(stages[3], 64, ONE)
    with pytest.raises(CacheFull, match="rows do not fit"):
        cache.run(np.zeros(cache.capacity + 1, np.int32), NO_VISUAL)
    assert cache.length == 0
    with pytest.raises(SessionError, match=r"holds \d+ rows, 100000 are needed"):
        NATIVE.kv_cache(stages[3], 100_000, ONE)
    cache.close()


def test_torch_is_never_imported(stages, built):
    glance, decode = stages[1], stages[3]
    code = f"""
import sys
from pathlib import Path, PosixPath
import numpy as np
from pinpoint_runtimes import TensorSpec
from pinpoint_runtimes.executorch.native import ExecutorchNativeRuntime
from pinpoint_runtimes.runtime import RuntimeOptions, StageFile
runtime = ExecutorchNativeRuntime()
runtime.check()
session = runtime.session({glance!r}, RuntimeOptions(threads=1))
session.run({{"crops": np.zeros((8, 1, 16, 64), np.uint8), "widths": np.full(8, 64, np.int32)}})
cache = runtime.kv_cache({decode!r}, 64, RuntimeOptions(threads=1))
logits = cache.run(np.arange(5, dtype=np.int32), np.zeros((0, 24), np.float32))
print(logits.shape, sorted({{"torch", "executorch"}} & sys.modules.keys()))
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False
    )
    assert done.stdout.strip() == "(50,) []", done.stderr


def test_feeds_are_checked(stages):
    session = NATIVE.session(stages[1], ONE)
    feeds = feeds_of(stages[0], {"w": 64})
    with pytest.raises(SessionError, match="input crops must be uint8, got float32"):
        session.run(feeds | {"crops": feeds["crops"].astype(np.float32)})
    with pytest.raises(SessionError, match="it was not lowered for w96; its sizes are w64, w128"):
        session.run(feeds | {"crops": np.zeros((8, 1, 16, 96), np.uint8)})
    session.close()
    with pytest.raises(SessionError, match="closed"):
        session.run(feeds)


def test_damaged_files_are_one_clear_error(stages, tmp_path):
    file = stages[1]
    data = file.path.read_bytes()
    for size in (0, 3, 40, 5_000, len(data) - 1):
        with pytest.raises(SessionError, match=r"stage\.pte: no readable ExecuTorch program"):
            NATIVE.session(copy_of(file, tmp_path, data[:size]), ONE)
    with pytest.raises(SessionError, match="no readable"):
        NATIVE.session(copy_of(file, tmp_path, b"no program at all" * 1000), ONE)
    with pytest.raises(SessionError, match=r"absent\.pte.*No such file"):
        NATIVE.session(dataclasses.replace(file, path=tmp_path / "absent.pte"), ONE)


def test_files_of_another_bundle_are_refused(stages):
    _, glance, _, decode = stages
    with pytest.raises(SessionError, match="no method w64, only forward"):
        NATIVE.session(dataclasses.replace(glance, path=decode.path), ONE)
    wide = (TensorSpec("features", "float32", (8, 4, 128)), glance.outputs[1])
    with pytest.raises(SessionError, match=r"output features of method w64 is float32 \(8, 4, 96"):
        NATIVE.session(dataclasses.replace(glance, outputs=wide), ONE)
    with pytest.raises(SessionError, match="has 2 inputs, the bundle names 1"):
        NATIVE.session(dataclasses.replace(glance, inputs=glance.inputs[:1]), ONE)
    with pytest.raises(SessionError, match="no decode stage with state inside"):
        NATIVE.kv_cache(glance, 64, ONE)


def test_a_missing_backend_is_named_before_loading(stages, tmp_path):
    data = stages[1].path.read_bytes().replace(b"XnnpackBackend", b"XnnpackBackenz")
    with pytest.raises(BackendMissing, match="lowered for XnnpackBackenz, which this ExecuTorch"):
        NATIVE.session(copy_of(stages[1], tmp_path, data), ONE)


def test_threads_are_set_before_loading_only(stages):
    session = NATIVE.session(stages[1], ONE)
    session.run(feeds_of(stages[0], {"w": 64}))
    with pytest.raises(SessionError, match="already runs stages on 1 threads"):
        NATIVE.session(stages[1], RuntimeOptions(threads=2))
    session.close()
    two = NATIVE.session(stages[1], RuntimeOptions(threads=2))
    assert library().pinpoint_threads() == 2
    two.close()
    with pytest.raises(SessionError, match="cannot run on 0 threads"):
        NATIVE.session(stages[1], RuntimeOptions(threads=0))


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """An empty cache folder, and a library that is looked for anew."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    library.cache_clear()
    yield tmp_path
    library.cache_clear()


def test_a_missing_library_is_named_with_the_way_to_build_it(elsewhere, monkeypatch):
    remedy = r"run `python -m pinpoint_runtimes\.executorch\.build`"
    with pytest.raises(BackendMissing, match=remedy):
        NATIVE.check()
    broken = elsewhere / "broken.so"
    broken.write_bytes(b"no library")
    monkeypatch.setenv("PINPOINT_EXECUTORCH_LIBRARY", str(broken))
    with pytest.raises(BackendMissing, match="does not load"):
        NATIVE.check()


def test_the_command_line_runner_gives_the_same_bytes(stages, built, tmp_path):
    program, glance, _, decode = stages
    feeds = feeds_of(program, {"w": 64})
    for name, array in feeds.items():
        array.tofile(tmp_path / name)
    runner = str(built.with_name(RUNNER))
    runs = "w64 crops widths -> features reading\n"
    subprocess.run([runner, glance.path, "-", "1"], input=runs, text=True, cwd=tmp_path, check=True)
    session = NATIVE.session(glance, ONE)
    for name, array in session.run(feeds).items():
        assert (tmp_path / name).read_bytes() == array.tobytes()
    session.close()

    ids = np.arange(6, dtype=np.int32)
    for number, (start, end) in enumerate(((0, 5), (5, 6))):
        ids[start:end].tofile(tmp_path / f"ids{number}")
        np.zeros((end - start, 24), np.float32).tofile(tmp_path / f"visual{number}")
        np.array([start], np.int32).tofile(tmp_path / f"position{number}")
        np.array([end - start], np.int32).tofile(tmp_path / f"valid{number}")
    lines = [f"forward ids{n} visual{n} position{n} valid{n} -> logits{n}" for n in (0, 1)]
    (tmp_path / "runs").write_text("\n".join(lines))
    subprocess.run([runner, decode.path, "runs", "1"], cwd=tmp_path, check=True)
    cache = NATIVE.kv_cache(decode, 64, ONE)
    cache.run(ids[:5], NO_VISUAL)
    assert (tmp_path / "logits1").read_bytes() == cache.run(ids[5:], NO_VISUAL).tobytes()
    cache.close()


def test_the_command_line_runner_lists_and_complains(stages, built, tmp_path):
    runner = str(built.with_name(RUNNER))
    listed = subprocess.run([runner, stages[1].path], capture_output=True, text=True, check=True)
    assert re.search(r"w64\n  input 0: dtype 0 \(8, 1, 16, 64\)", listed.stdout)
    done = subprocess.run(
        [runner, tmp_path / "absent"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "no readable ExecuTorch program" in done.stderr
