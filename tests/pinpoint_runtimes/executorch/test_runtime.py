import builtins
import os
import subprocess
import sys

import numpy as np
import pytest
import torch

from pinpoint_export.targets import STATE_CAPACITY
from pinpoint_export.targets.executorch.target import ExecutorchTarget
from pinpoint_models.decoder.config import DecoderConfig
from pinpoint_models.decoder.model import Decoder
from pinpoint_models.stages import StageProgram, decode_program
from pinpoint_quantization.recipe import Recipe
from pinpoint_runtimes import BackendMissing, CacheFull, SessionError, TensorSpec
from pinpoint_runtimes.executorch.runtime import (
    ExecutorchKVCache,
    ExecutorchRuntime,
    ExecutorchSession,
)
from pinpoint_runtimes.runtime import RuntimeOptions, StageFile
from pinpoint_runtimes.torch import TorchKVCache

pytest.importorskip("executorch")
pytestmark = pytest.mark.slow  # lowering takes seconds

CONFIG = DecoderConfig(50, 24, 2, 6, 2, 16, 32, 10000.0, 1e-5, 4096)
NO_VISUAL = np.zeros((0, 24), np.float32)
INPUTS = (TensorSpec("a", "uint8", (2, "N")), TensorSpec("b", "int32", (2,)))
OUTPUTS = (TensorSpec("sum", "float32", (2, "N")), TensorSpec("minus", "int32", (2,)))


class Adder(torch.nn.Module):
    """Gives a + b of every row, and -b."""

    def forward(self, a, b):
        return a.float() + b[:, None].float(), -b


def lowered(program, folder):
    """The file of a lowered program with its contract, under the name of a recipe's stage."""
    made = ExecutorchTarget().lower(program, Recipe.builtin("fp32"), folder)
    return StageFile(folder / made.files[0].name, made.inputs, made.outputs, made.buckets)


@pytest.fixture(scope="module")
def adder(tmp_path_factory):
    def sample(sizes):
        return {"a": torch.zeros(2, sizes["N"], dtype=torch.uint8), "b": torch.zeros(2).int()}

    program = StageProgram("align", Adder(), INPUTS, OUTPUTS, ({"N": 3}, {"N": 5}), sample)
    return lowered(program, tmp_path_factory.mktemp("adder"))


@pytest.fixture(scope="module")
def decoding(tmp_path_factory):
    """A small decoder, and the file that it was lowered to."""
    torch.manual_seed(0)
    decoder = Decoder(CONFIG).eval()
    return decoder, lowered(decode_program(decoder), tmp_path_factory.mktemp("decode"))


def feeds(size, value=7):
    return {"a": np.full((2, size), 250, np.uint8), "b": np.array([value, -1], np.int32)}


def replaced(stage, **changes):
    return StageFile(**{**vars(stage), **changes})


def test_session_runs_every_size_and_copies(adder):
    session = ExecutorchRuntime().session(adder, RuntimeOptions(threads=1))
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
    session = ExecutorchSession(adder)
    with pytest.raises(SessionError, match=r"align\.pte: input a must be uint8, got float32"):
        session.run(feeds(3) | {"a": np.zeros((2, 3), np.float32)})
    with pytest.raises(SessionError, match="not lowered for N4; its sizes are N3, N5"):
        session.run(feeds(4))
    with pytest.raises(SessionError, match="input b is missing"):
        session.run({"a": feeds(3)["a"]})
    session.close()
    with pytest.raises(SessionError, match="closed"):
        session.run(feeds(3))


def test_file_of_another_contract_is_refused(adder):
    with pytest.raises(SessionError, match="it has no method N7, only N3, N5"):
        ExecutorchSession(replaced(adder, buckets=({"N": 7},)))
    with pytest.raises(SessionError, match="has 2 inputs, the bundle names 1"):
        ExecutorchSession(replaced(adder, inputs=INPUTS[:1]))
    longer = (OUTPUTS[0], TensorSpec("minus", "int32", (3,)))
    with pytest.raises(SessionError, match=r"output minus of method N3 is int32 \(2,\)"):
        ExecutorchSession(replaced(adder, outputs=longer))
    narrow = (OUTPUTS[0], TensorSpec("minus", "uint8", (2,)))
    with pytest.raises(SessionError, match=r"output minus .* the bundle says uint8"):
        ExecutorchSession(replaced(adder, outputs=narrow))
    with pytest.raises(SessionError, match="no decode stage with state inside"):
        ExecutorchKVCache(adder, 16)


def test_threads_are_one_number_for_all_loaded_stages(adder):
    first = ExecutorchSession(adder, threads=1)
    first.run(feeds(3))
    with pytest.raises(SessionError, match="cannot change to 2 while stages are loaded"):
        ExecutorchSession(adder, threads=2)
    with pytest.raises(SessionError, match="0 threads"):
        ExecutorchSession(adder, threads=0)
    ExecutorchSession(adder, threads=1).run(feeds(3))


RUN = """
import sys
from pathlib import Path
import numpy as np
from pinpoint_runtimes import BackendMissing, SessionError, TensorSpec
from pinpoint_runtimes.executorch.runtime import ExecutorchSession
from pinpoint_runtimes.runtime import StageFile
inputs = (TensorSpec("a", "uint8", (2, "N")), TensorSpec("b", "int32", (2,)))
outputs = (TensorSpec("sum", "float32", (2, "N")), TensorSpec("minus", "int32", (2,)))
for path in map(Path, sys.argv[1:]):
    try:
        session = ExecutorchSession(StageFile(path, inputs, outputs, ({"N": 3},)))
        session.run({"a": np.zeros((2, 3), np.uint8), "b": np.zeros(2, np.int32)})
        print(path.name, "ran")
    except (SessionError, BackendMissing) as error:
        print(path.name, type(error).__name__, error)
"""


def test_damaged_files_are_one_error_each_and_no_crash(adder, tmp_path):
    content = adder.path.read_bytes()
    size = int.from_bytes(content[16:24], "little")
    assert content.count(b"XnnpackBackend\0", 0, size) > 0
    damaged = {
        "empty": b"",
        "short": content[:40],
        "half": content[: len(content) // 2],
        "cut": content[:-200],
        "text": b"not a program " * 100,
        "zeros": content[:64] + bytes(size - 64) + content[size:],
        "foreign": content.replace(b"XnnpackBackend\0", b"VulkanBackend_\0".replace(b"_", b"\0")),
    }
    paths = []
    for name, data in damaged.items():
        paths.append(tmp_path / f"{name}.pte")
        paths[-1].write_bytes(data)
    paths.append(tmp_path / "absent.pte")
    done = subprocess.run(
        [sys.executable, "-c", RUN, *map(str, paths)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    lines = dict(line.split(" ", 1) for line in done.stdout.splitlines())
    assert lines.keys() == {path.name for path in paths}
    assert lines.pop("foreign.pte").startswith("BackendMissing")
    for name, line in lines.items():
        assert line.startswith("SessionError"), (name, line)
        assert name in line


def test_absent_delegate_is_named(adder, tmp_path):
    path = tmp_path / "apple.pte"
    content = adder.path.read_bytes()
    path.write_bytes(content.replace(b"XnnpackBackend\0", b"CoreMLBackend\0\0"))
    with pytest.raises(BackendMissing, match="delegate CoreMLBackend, which this ExecuTorch lacks"):
        ExecutorchSession(replaced(adder, path=path))


def test_missing_package_is_named_with_the_install_line(monkeypatch):
    real = builtins.__import__

    def without(name, *rest, **named):
        if name.startswith("executorch"):
            raise ImportError("No module named 'executorch'")
        return real(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(BackendMissing, match=r"pip install 'pinpoint-edge\[executorch\]'"):
        ExecutorchRuntime().check()


def test_cache_equals_torch_over_all_its_rows(decoding):
    decoder, stage = decoding
    ids = np.random.default_rng(0).integers(0, 50, STATE_CAPACITY).astype(np.int32)
    cache, reference = ExecutorchKVCache(stage, 512, threads=1), TorchKVCache(decoder, 1536)
    assert cache.capacity == STATE_CAPACITY
    for start, end in ((0, 700), (700, 1535), (1535, 1536)):
        expected = reference.run(ids[start:end], NO_VISUAL)
        np.testing.assert_allclose(cache.run(ids[start:end], NO_VISUAL), expected, atol=1e-4)
    with pytest.raises(CacheFull, match="0 are free"):
        cache.run(ids[:1], NO_VISUAL)


def test_truncated_rows_leave_no_trace_and_two_caches_no_common_state(decoding):
    _, stage = decoding
    ids, other = np.arange(40, dtype=np.int32), np.arange(9, 49, dtype=np.int32)
    first, second = ExecutorchKVCache(stage, 64), ExecutorchKVCache(stage, 64)
    kept = first.run(ids, NO_VISUAL)
    second.run(other, NO_VISUAL)
    again = first.run(ids[:1], NO_VISUAL)
    first.truncate(40)
    assert np.array_equal(first.run(ids[:1], NO_VISUAL), again)
    first.truncate(0)
    first.run(other, NO_VISUAL)
    first.truncate(0)
    copy = kept.copy()
    assert np.array_equal(first.run(ids, NO_VISUAL), kept)
    assert np.array_equal(kept, copy)


def test_cache_refuses_what_misfits(decoding):
    _, stage = decoding
    with pytest.raises(SessionError, match="holds 1536 rows, 2000 are needed"):
        ExecutorchKVCache(stage, 2000)
    cache = ExecutorchKVCache(stage, 64)
    with pytest.raises(SessionError, match="id 50 is outside"):
        cache.run(np.array([50], np.int32), NO_VISUAL)
    with pytest.raises(SessionError, match=r"visual must be float32 \(V, 24\)"):
        cache.run(np.array([1], np.int32), np.zeros((1, 23), np.float32))
    with pytest.raises(SessionError, match="cannot truncate 0 rows to 1"):
        cache.truncate(1)
    cache.close()
    with pytest.raises(SessionError, match="closed"):
        cache.run(np.array([1], np.int32), NO_VISUAL)
