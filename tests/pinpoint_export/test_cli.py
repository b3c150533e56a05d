"""`pinpoint-export`: what it plans, what it refuses, and with which exit code."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pinpoint_edge.bundle import Bundle
from pinpoint_edge.commands.group import run
from pinpoint_edge.errors import BundleError, DataError, ExportError, OptionError
from pinpoint_export.cli import cli

LAZY = """
import sys
from pinpoint_edge.commands.group import run
from pinpoint_export.cli import cli
assert run(cli, ["--help"], "pinpoint-export") == 0
assert run(cli, ["answers", "--help"], "pinpoint-export") == 0
assert run(cli, ["parity", "--help"], "pinpoint-export") == 0
assert not {"torch", "onnxruntime"} & set(sys.modules), "help loads nothing heavy"
"""


@pytest.fixture
def export(capsys, tmp_path, monkeypatch) -> Callable[..., tuple[int, str, str]]:
    """Run the command line in an empty folder: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: object) -> tuple[int, str, str]:
        code = run(cli, [str(a) for a in arguments], "pinpoint-export")
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def test_help_comes_at_once(fresh_environment):
    done = subprocess.run(
        [sys.executable, "-c", LAZY], check=True, env=fresh_environment, capture_output=True
    )
    assert b"answers" in done.stdout


@pytest.mark.slow
def test_a_dry_run_tells_the_size_and_makes_nothing(export, sliced, tmp_path):
    slice_of = ("--weights", sliced.checkpoint.weights, "--layers", sliced.checkpoint.layers)
    arguments = ("--target", "onnx", *slice_of, "--cache", tmp_path / "none", "--dry-run")
    code, out, err = export(*arguments, "--json")
    assert code == 0
    facts = json.loads(out)
    size = sum(file.size for file in sliced.manifest.files.values()) / 1e6
    assert facts["total_mb"] == pytest.approx(size, rel=0.05)
    assert facts["install"] == []
    assert facts["seconds"] > 0
    assert facts["targets"][0]["out"] == "bundles/forms-onnx"
    stage = facts["targets"][0]["stages"]["decode"]
    assert (stage["cached"], stage["refused"], stage["weights"]) == (False, None, "float32")
    assert stage["peak_memory_mb"] > stage["mb"]
    assert "loading weights" in err
    code, out, _ = export(*arguments)
    assert code == 0
    assert re.search(r"onnx\W+decode\W+float32\W+1\d\d\.\d", out)
    assert "nothing was written" in out
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_an_export_from_the_cache_reports_its_bundle(export, sliced, tmp_path):
    code, out, err = export(
        "--target", "onnx", "--weights", sliced.checkpoint.weights, "--out", "forms",
        "--layers", sliced.checkpoint.layers, "--cache", sliced.cache.folder, "--json",
    )  # fmt: skip
    assert code == 0, err
    assert json.loads(out)["bundles"] == {"forms": Bundle.open(tmp_path / "forms").size}
    assert "[1/5] onnx detect  from the cache" in err


@pytest.mark.slow
def test_what_is_missing_is_said_in_a_table_and_refused(export, planted, weights, tmp_path):
    arguments = ("--target", "planted", "--delegate", "uninstalled", "--layers", 1)
    line = "run: pip install 'pinpoint-edge-export'"
    code, out, _ = export(*arguments, "--cache", tmp_path / "none", "--dry-run")
    assert code == 0
    assert "missing: nobody-has-this" in out
    assert line in out
    code, _, err = export(*arguments)
    assert code == ExportError.exit_code
    assert "nobody-has-this" in err
    assert line in err


def test_without_torch_the_exporter_names_what_to_install(export, monkeypatch):
    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *rest: None if name == "torch" else real(name)
    )
    code, _, err = export("--target", "onnx")
    assert code == ExportError.exit_code
    assert "run: pip install pinpoint-edge-export" in err


def test_options_that_exclude_each_other(export, planted, tmp_path):
    for arguments, message in (
        (("--cache", tmp_path, "--no-cache"), "--cache and --no-cache exclude each other"),
        (("--delegate", "weight"), "no delegate 'weight': it has no delegates"),
        (("--jobs", 0), "0 is not in the range"),
    ):
        code, _, err = export("--target", "onnx", *arguments)
        assert code == OptionError.exit_code
        assert message in err
    code, _, err = export("--target", "onnx,planted", "--delegate", "weight")
    assert code == OptionError.exit_code
    assert "export that target alone" in err


def test_a_target_is_needed(export):
    code, _, err = export()
    assert code == OptionError.exit_code
    assert "Missing option '--target'" in err


def test_an_unknown_target_names_those_there_are(export):
    code, _, err = export("--target", "toaster")
    assert code == OptionError.exit_code
    assert "no target 'toaster'; installed targets: " in err
    assert "onnx" in err
    code, out, _ = export("--target", "toaster", "--json")
    assert (code, json.loads(out)["error"]["code"]) == (OptionError.exit_code, "option")


def test_an_unknown_recipe_is_refused(export):
    code, _, err = export("--target", "onnx", "--recipe", "int3")
    assert code == OptionError.exit_code
    assert "int3" in err


def test_a_place_that_is_taken_is_refused_before_weights_are_loaded(export, tmp_path):
    taken = tmp_path / "thesis"
    taken.mkdir()
    (taken / "chapter.txt").write_text("")
    code, _, err = export("--target", "onnx", "--out", taken, "--overwrite")
    assert code == OptionError.exit_code
    assert "is no bundle" in err
    (taken / "manifest.json").write_text("{}")
    code, _, err = export("--target", "onnx", "--out", taken)
    assert code == OptionError.exit_code
    assert "add --overwrite" in err
    assert "loading weights" not in err
    assert sorted(path.name for path in taken.iterdir()) == ["chapter.txt", "manifest.json"]


def test_commands_and_export_are_not_mixed(export, tmp_path):
    code, _, err = export("--target", "onnx", "answers", tmp_path)
    assert code == OptionError.exit_code
    assert "leave it out before a command" in err
    code, _, err = export("answer")
    assert code == OptionError.exit_code
    assert "Did you mean 'answers'?" in err


def test_answers_need_questions_and_a_bundle(export, tmp_path, demo_questions):
    code, _, err = export("answers", tmp_path, "--data", tmp_path / "none.jsonl")
    assert code == DataError.exit_code
    assert "no such file" in err
    data = Path(demo_questions[0]["image"]).parents[1] / "questions.jsonl"
    code, _, err = export("answers", tmp_path, "--data", data)
    assert code == BundleError.exit_code
    assert "is no bundle" in err
