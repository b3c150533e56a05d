"""The stage cache: what is used again, what is dropped, and two exports at once."""

from __future__ import annotations

import importlib
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from pinpoint_export.bundling.cache import (
    DESCRIPTION,
    FILES,
    WORK,
    CachedStage,
    FinishedStage,
    StageCache,
)
from pinpoint_export.bundling.digests import artifact_key, code_digest, graph_digest, weights_digest
from pinpoint_export.bundling.jobs import Checkpoint, Choice, Job
from pinpoint_export.parity.comparison import TensorDifference
from pinpoint_export.parity.stage_parity import GreedyAgreement, StageParity
from pinpoint_export.targets import Artifact
from pinpoint_export.targets.onnx.target import OnnxTarget
from pinpoint_models.stages import StageProgram
from pinpoint_quantization.recipe import StageRecipe
from pinpoint_runtimes import TensorSpec

KEY = "a" * 64
PROGRAM = StageProgram(
    name="detect",
    module=nn.Sequential(nn.Linear(3, 4), nn.Dropout(0.1)),
    inputs=(TensorSpec("x", "float32", ("N", 3)),),
    outputs=(TensorSpec("y", "float32", ("N", 4)),),
    buckets=({"N": 2}, {"N": 5}),
    sample=lambda sizes: {"x": torch.zeros(sizes["N"], 3)},
)
WEIGHTS = weights_digest(PROGRAM.module)


@pytest.fixture
def cache(tmp_path: Path) -> StageCache:
    return StageCache(tmp_path / "stages")


def make(cache: StageCache, key: str = KEY, content: bytes = b"graph") -> CachedStage:
    with cache.working() as work:
        (work / FILES / "part.mlpackage").mkdir()
        (work / FILES / "detect.onnx").write_bytes(content)
        (work / FILES / "part.mlpackage" / "weights").write_bytes(b"\1" * 100)
        (work / "job.json").write_text("{}")
        (work / "temporary").mkdir()
        names = ["detect.onnx", "part.mlpackage/weights"]
        artifact = Artifact.of(PROGRAM, work / FILES, names, dtypes={"x": "float16"})
        figures = {
            "y": TensorDifference(np.inf, 0.0, 1.0),
            "z": TensorDifference(99.0, 0.5, 0.9, "far"),
        }
        parity = StageParity("detect", "exact", figures, GreedyAgreement(32, 31, "step 7"))
        return cache.commit(work, key, FinishedStage(artifact, parity, 12.5, 10**9))


def test_an_entry_is_found_as_it_was_made(cache):
    made = make(cache)
    found = cache.find(KEY)
    assert found == made
    assert (found.folder / "detect.onnx").read_bytes() == b"graph"
    assert cache.find("b" * 64) is None
    assert [path.name for path in cache.folder.iterdir()] == [KEY], "no work folder is left"
    assert sorted(path.name for path in (cache.folder / KEY).iterdir()) == [DESCRIPTION, FILES]


def truncated(entry: Path) -> None:
    os.truncate(entry / FILES / "detect.onnx", 3)


def flipped(entry: Path) -> None:
    (entry / FILES / "detect.onnx").write_bytes(b"grapH")


def lacking(entry: Path) -> None:
    (entry / FILES / "part.mlpackage" / "weights").unlink()


def surplus(entry: Path) -> None:
    (entry / FILES / "part.mlpackage" / "more").write_bytes(b"")


def linked(entry: Path) -> None:
    file = entry / FILES / "detect.onnx"
    file.rename(entry / "elsewhere")
    file.symlink_to(entry / "elsewhere")


def undescribed(entry: Path) -> None:
    (entry / DESCRIPTION).unlink()


def garbled(entry: Path) -> None:
    (entry / DESCRIPTION).write_bytes(b"\xff{")


def embellished(entry: Path) -> None:
    text = (entry / DESCRIPTION).read_text()
    assert "far" in text
    (entry / DESCRIPTION).write_text(text.replace('"failure": "far"', '"failure": null'))


def leaving(entry: Path) -> None:
    value = json.loads((entry / DESCRIPTION).read_text())
    value["content"]["artifact"]["files"][0]["name"] = "../../../etc/passwd"
    (entry / DESCRIPTION).write_text(json.dumps(value))


@pytest.mark.parametrize(
    "spoil",
    [truncated, flipped, lacking, surplus, linked, undescribed, garbled, embellished, leaving],
)
def test_a_spoilt_entry_is_dropped_and_can_be_made_again(cache, spoil):
    make(cache)
    spoil(cache.folder / KEY)
    assert cache.find(KEY) is None
    assert list(cache.folder.iterdir()) == []
    assert make(cache) == cache.find(KEY)


def test_the_entry_of_another_key_is_foreign(cache):
    make(cache)
    shutil.copytree(cache.folder / KEY, cache.folder / ("b" * 64))
    assert cache.find("b" * 64) is None
    assert cache.find(KEY) is not None


def test_of_two_exports_the_faster_one_wins(cache):
    first = make(cache)
    second = make(cache, content=b"other")
    assert second == first
    assert (first.folder / "detect.onnx").read_bytes() == b"graph"
    flipped(cache.folder / KEY)
    assert make(cache, content=b"other").folder == first.folder
    assert (first.folder / "detect.onnx").read_bytes() == b"other", "a broken winner loses"


def test_an_interrupted_making_leaves_nothing(cache):
    def interrupted() -> None:
        with cache.working() as work:
            (work / FILES / "half").write_bytes(b"")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(cache.folder.iterdir()) == []


def test_folders_of_killed_runs_are_removed_and_those_at_work_are_not(cache, fresh_environment):
    code = (
        "import sys, time\nfrom pathlib import Path\n"
        "from pinpoint_export.bundling.scratch import scratch\n"
        f"with scratch(Path(sys.argv[1]), {WORK!r}) as folder:\n"
        "    (folder / 'half').write_text('')\n    print('at work', flush=True)\n"
        "    time.sleep(600)"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code, str(cache.folder)],
        stdout=subprocess.PIPE,
        env=fresh_environment,
    )
    try:
        assert other.stdout is not None
        assert other.stdout.readline() == b"at work\n"
        make(cache)
        assert len(list(cache.folder.glob(f"{WORK}*"))) == 1, "another run is at work there"
    finally:
        other.kill()
        other.wait()
    assert len(list(cache.folder.glob(f"{WORK}*"))) == 1, "kill -9 leaves it"
    make(cache)
    assert list(cache.folder.glob(f"{WORK}*")) == []


def test_what_was_not_used_for_longest_goes_first(cache):
    keys = [letter * 64 for letter in "abc"]
    for age, key in enumerate(keys):
        make(cache, key, bytes(10_000))
        os.utime(cache.folder / key, (time.time() - 1000 + age,) * 2)
    assert cache.find(keys[0]) is not None, "and is used now"
    StageCache(cache.folder, limit=25_000).trim()
    assert sorted(path.name for path in cache.folder.iterdir()) == [keys[0], keys[2]]
    StageCache(cache.folder, limit=0).trim(keep=[keys[2]])
    assert [path.name for path in cache.folder.iterdir()] == [keys[2]]


def key_of(program: StageProgram = PROGRAM, target: OnnxTarget | None = None, **job) -> str:
    given = {"stage": "detect", "recipe": StageRecipe("float32"), "weights": WEIGHTS} | job
    made = Job(Checkpoint(Path("w")), Choice("onnx"), **given)
    return artifact_key(made, target or OnnxTarget(), graph_digest(program), "code")


class WiderCache(OnnxTarget):
    kv_capacity = 1024


class OtherTools(OnnxTarget):
    def tools(self):
        return ("torch", "onnx")


def test_a_key_changes_with_everything_that_decides_an_artifact():
    sizes = replace(PROGRAM, buckets=({"N": 2},))
    types = replace(PROGRAM, inputs=(TensorSpec("x", "float16", ("N", 3)),))
    setting = replace(PROGRAM, module=nn.Sequential(nn.Linear(3, 4), nn.Dropout(0.2)))
    keys = [
        key_of(),
        key_of(stage="glance"),
        key_of(weights="other"),
        key_of(recipe=StageRecipe("float16")),
        key_of(sizes),
        key_of(types),
        key_of(setting),
        key_of(target=WiderCache()),
        key_of(target=OtherTools()),
    ]
    assert len(set(keys)) == len(keys)
    assert key_of() == keys[0]


def test_the_weights_digest_sees_names_types_shapes_and_single_bits():
    def linear(fill: float = 0.5, **sizes) -> nn.Module:
        module = nn.Linear(**({"in_features": 4, "out_features": 2} | sizes))
        nn.init.constant_(module.weight, fill)
        nn.init.constant_(module.bias, fill)
        return module

    last_bit = linear()
    with torch.no_grad():
        last_bit.weight[1, 3] = float(np.nextafter(np.float32(0.5), np.float32(1)))
    modules = [
        linear(),
        linear().half(),
        linear(in_features=2, out_features=4),
        nn.Sequential(linear()),
        last_bit,
    ]
    digests = [weights_digest(module) for module in modules]
    assert len(set(digests)) == len(digests)
    assert weights_digest(linear()) == digests[0]
    table = linear()
    table.register_buffer("table", torch.zeros(2), persistent=False)
    assert weights_digest(table) != digests[0], "tables that are not saved decide a graph as well"


def test_a_target_of_a_third_party_counts_with_its_own_source(tmp_path, monkeypatch):
    source = tmp_path / "own_target.py"
    text = (
        "from pinpoint_export.targets.onnx.target import OnnxTarget\nclass Own(OnnxTarget): pass\n"
    )
    source.write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    own = importlib.import_module("own_target").Own()
    before = code_digest(own)
    assert before == code_digest(own) != code_digest(OnnxTarget())
    source.write_text(text + "# changed\n")
    assert code_digest(own) != before
