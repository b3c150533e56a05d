import json
import math
import re

import numpy as np
import pytest

from arm64 import check, machine
from arm64.capture import decode_runs
from arm64.compare import distance, distances, table
from arm64.stages import run_stages, stage_files
from pinpoint_runtimes import TensorSpec


def f32(*values):
    return np.array(values, np.float32)


def test_equal_and_nearly_equal_tensors_pass():
    a = np.linspace(-3, 3, 1000, dtype=np.float32)
    assert distance("a", a, a.copy()).sqnr_db == math.inf
    near = distance("a", a, a * np.float32(1 + 1e-6))
    assert near.failure is None
    assert 115 < near.sqnr_db < 125


@pytest.mark.parametrize(
    ("there", "failure"),
    [
        (f32(1, 2, 3.01), "below"),
        (f32(1, 2, np.nan), "not finite"),
        (f32(1, 2), r"float32 \(2,\) instead of float32 \(3,\)"),
        (np.array([1, 2, 3]), "int64"),
        (f32(3, 2, 1), "below"),
    ],
)
def test_faults_fail(there, failure):
    found = distance("a", f32(1, 2, 3), there)
    assert found.failure is not None
    assert re.search(failure, found.failure)


def test_a_tensor_of_zeros_must_stay_zero():
    assert distance("a", f32(0, 0), f32(0, 0)).failure is None
    assert distance("a", f32(0, 0), f32(0, 1e-9)).failure is not None


def test_padding_does_not_hide_noise():
    here, there = f32(1, 2, -1e4), f32(1, 2.001, -1e4)
    assert distance("a", here, there).failure == "below 95 dB"
    assert distance("a", here, f32(1, 2, 0)).failure is not None


def test_integers_may_differ_in_one_of_a_thousand():
    classes = np.arange(5000, dtype=np.int32)
    other = classes.copy()
    other[:5] += 1
    assert distance("a", classes, other).failure is None
    other[5] += 1
    assert "of the integers differ" in str(distance("a", classes, other).failure)


def test_a_missing_tensor_fails_and_the_table_shows_each():
    found = distances("b", {"x": f32(1), "y": f32(1)}, {"x": f32(1)}, 100.0)
    assert [item.failure for item in found] == [None, "missing"]
    lines = table(found).splitlines()
    assert lines[1].split() == ["b/x", "equal", "0", "ok"]
    assert lines[2].split()[0] == "b/y"
    assert lines[2].endswith("missing")


def test_the_mirror_is_the_one_that_apt_knows():
    listing = "http://a.example/debian-security\nhttp://b.example/debian/\nhttp://c.example/debian"
    assert machine.debian_mirror(listing) == "http://b.example/debian/"
    with pytest.raises(machine.CannotRun, match="name no Debian mirror"):
        machine.debian_mirror("http://ports.example/ubuntu\n")


def test_a_folder_of_the_cache_is_made_once_and_never_half(tmp_path):
    calls = []

    def broken(out):
        calls.append("broken")
        (out / "half").touch()
        raise machine.CannotRun("no network")

    def whole(out):
        calls.append("whole")
        assert list(out.iterdir()) == []
        (out / "file").touch()

    with pytest.raises(machine.CannotRun):
        machine._made(tmp_path / "qemu", broken)
    assert not (tmp_path / "qemu").exists()
    for _ in range(2):
        assert (machine._made(tmp_path / "qemu", whole) / "file").exists()
    assert calls == ["broken", "whole"]


def bundle_of(folder, target, stages=None):
    folder.mkdir()
    (folder / "manifest.json").write_text(json.dumps({"target": target, "stages": stages or {}}))
    return folder


def test_bundles_that_arm64_does_not_run_are_refused(tmp_path, capsys):
    onnx = bundle_of(tmp_path / "onnx", "onnx")
    coreml = bundle_of(tmp_path / "coreml", "coreml")
    chosen = check.plan([onnx, coreml, tmp_path / "absent"])
    assert chosen.bundles == {onnx: "onnx"}
    assert "exported for coreml" in chosen.refused[0]
    assert "absent is no bundle folder" in chosen.refused[1]
    assert check.main([str(coreml)]) == 1
    assert "exported for coreml" in capsys.readouterr().err


@pytest.mark.parametrize(("flags", "status"), [([], 0), (["--require"], 1)])
def test_where_it_cannot_run_it_says_why(tmp_path, capsys, monkeypatch, flags, status):
    monkeypatch.setattr(machine.shutil, "which", lambda tool: None)
    assert check.main([str(bundle_of(tmp_path / "onnx", "onnx")), *flags]) == status
    assert capsys.readouterr().out.startswith("skipped: ")


def test_a_far_tensor_fails_the_check(tmp_path, monkeypatch):
    monkeypatch.setattr(machine, "check_host", lambda: None)
    monkeypatch.setattr(check, "check", lambda *given: False)
    assert check.main([str(bundle_of(tmp_path / "onnx", "onnx"))]) == 1


def test_the_cheapest_size_of_a_stage_is_kept_and_all_of_decode():
    inputs = {
        "refine/0/crops": np.zeros(90),
        "refine/0/widths": np.zeros(2),
        "refine/1/crops": np.zeros(40),
        "refine/1/widths": np.zeros(2),
        "decode/0/ids": np.zeros(9),
        "decode/1/ids": np.zeros(1),
    }
    kept = set(check.smallest(inputs))
    assert kept == {"refine/1/crops", "refine/1/widths", "decode/0/ids", "decode/1/ids"}


def test_the_prompt_is_cut_into_a_run_and_steps():
    """Ids of the second call pick its own visual tokens, which come behind those of the first."""
    first, second = np.arange(20, dtype=np.int32), np.array([100, 101, 7, 8, 9], np.int32)
    first[3] = 100
    visual = [np.full((1, 2), 1, np.float32), np.full((2, 2), 2, np.float32)]
    runs = decode_runs([(first, visual[0]), (second, visual[1])], vocabulary=100)
    ids = [runs[f"decode/{number}/ids"] for number in range(5)]
    assert [len(part) for part in ids] == [20, 1, 1, 1, 1]
    assert np.concatenate(ids).tolist() == [0, 1, 2, 100, *range(4, 20), 101, 102, 7, 8]
    assert runs["decode/4/visual"].tolist() == [[1, 1], [2, 2], [2, 2]]


def test_stages_run_as_the_manifest_describes_them(tmp_path):
    """A bundle of one real ONNX stage, run by the script that also runs on the other machine."""
    import onnx
    from onnx import TensorProto, helper

    spec = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N"]) for name in "ab"]
    graph = helper.make_graph([helper.make_node("Neg", ["a"], ["b"])], "g", spec[:1], spec[1:])
    tensors = {name: [{"name": name, "dtype": "float32", "shape": ["N"]}] for name in "ab"}
    entry = {"file": "neg.onnx", "inputs": tensors["a"], "outputs": tensors["b"], "buckets": []}
    bundle = bundle_of(tmp_path / "bundle", "onnx", {"neg": entry})
    opset = helper.make_opsetid("", 20)
    model = helper.make_model(graph, opset_imports=[opset], ir_version=10)
    onnx.save(model, bundle / "neg.onnx")

    assert stage_files(bundle)["neg"].inputs == (TensorSpec("a", "float32", ("N",)),)
    inputs = {"neg/0/a": f32(1, 2), "neg/1/a": f32(3)}
    outputs = run_stages(bundle, inputs)
    assert {name: array.tolist() for name, array in outputs.items()} == {
        "neg/0/b": [-1, -2],
        "neg/1/b": [-3],
    }
