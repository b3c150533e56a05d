import json

import numpy as np
import pytest

from arm64 import check, machine


def bundle_of(folder, target):
    folder.mkdir()
    (folder / "manifest.json").write_text(json.dumps({"target": target, "stages": {}}))
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
