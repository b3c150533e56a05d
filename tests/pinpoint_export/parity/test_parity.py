"""The command `pinpoint-export parity`."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest

from pinpoint_edge.bundle import describe_files
from pinpoint_edge.commands.group import run
from pinpoint_export.cli import cli

from . import faults


def parity(*arguments: object) -> int:
    return run(cli, ["parity", *map(str, arguments)], "pinpoint-export")


@pytest.mark.slow
def test_a_right_bundle_passes(sliced_bundle, weights, capsys):
    bundle = sliced_bundle[0]
    assert parity(bundle, "--stage", "decode", "--stage", "align", "--weights", weights) == 0
    out = capsys.readouterr().out
    assert "relevance" in out
    assert "32 of 32" in out
    assert "4 states" in out
    assert "FAILED" not in out
    assert "detect" not in out


@pytest.mark.slow
def test_a_damaged_stage_fails_and_is_located(sliced_bundle, weights, tmp_path, capsys):
    bundle = tmp_path / "damaged"
    shutil.copytree(sliced_bundle[0], bundle)
    fault = faults.swap_weights("temporal.1.grow.0.weight", "temporal.2.grow.0.weight")
    faults.plant(bundle / "glance.onnx", bundle / "glance.onnx", fault)
    manifest = json.loads((bundle / "manifest.json").read_text())
    entry = describe_files(bundle)["glance.onnx"]
    manifest["files"]["glance.onnx"] = {"sha256": entry.sha256, "size": entry.size}
    (bundle / "manifest.json").write_text(json.dumps(manifest))
    options = ("--stage", "glance", "--locate", "--weights", weights)
    assert parity(bundle, *options, "--json") == 1
    found = json.loads(capsys.readouterr().out)
    assert not found["passed"]
    assert found["stages"]["glance"]["tensors"]["features"]["failure"]
    assert found["diverging"]["glance"]["module"] == "temporal.1.grow.0"
    assert parity(bundle, *options) == 1
    out = capsys.readouterr().out
    assert "FAILED" in out
    assert "first diverging: temporal.1.grow.0" in out


@pytest.mark.slow
def test_a_bundle_of_other_weights_is_refused(sliced_bundle, weights, tmp_path, capsys):
    """Against other weights every tensor would fail, and the artifact would take the blame."""
    bundle = tmp_path / "other"
    shutil.copytree(sliced_bundle[0], bundle)
    manifest = json.loads((bundle / "manifest.json").read_text())
    manifest["weights"]["glance"] = "0" * 64
    (bundle / "manifest.json").write_text(json.dumps(manifest))
    assert parity(bundle, "--stage", "glance", "--weights", weights) == 2
    assert "made of other weights" in " ".join(capsys.readouterr().err.split())


@pytest.mark.slow
def test_an_unknown_stage_is_refused(sliced_bundle, capsys):
    assert parity(sliced_bundle[0], "--stage", "judge") == 2
    assert "there are detect, glance, align, refine, decode" in capsys.readouterr().err


def test_help_needs_no_torch():
    code = (
        "import sys; import pinpoint_export.parity; import pinpoint_export.answers; "
        "sys.exit(bool({'torch', 'onnx', 'onnxruntime'} & sys.modules.keys()))"
    )
    paths = {"PYTHONPATH": ":".join(filter(None, sys.path))}
    assert subprocess.run([sys.executable, "-c", code], env=paths).returncode == 0
