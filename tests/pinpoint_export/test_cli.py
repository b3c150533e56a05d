"""`pinpoint-export`: what it plans, what it refuses, and with which exit code."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pinpoint_edge.bundle import Bundle
from pinpoint_edge.commands.group import run
from pinpoint_edge.errors import BundleError, DataError, OptionError
from pinpoint_export.cli import cli

LAZY = """
import sys
from pinpoint_edge.commands.group import run
from pinpoint_export.cli import cli
assert run(cli, ["--help"], "pinpoint-export") == 0
assert run(cli, ["answers", "--help"], "pinpoint-export") == 0
assert not {"torch", "numpy", "onnxruntime"} & set(sys.modules), "help loads nothing heavy"
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
def test_a_dry_run_tells_the_size_and_makes_nothing(export, forms_bundle, weights, tmp_path):
    code, out, err = export("--target", "onnx", "--weights", weights, "--dry-run", "--json")
    assert code == 0
    facts = json.loads(out)
    size = Bundle.open(forms_bundle).size / 1e6
    assert facts["total_mb"] == pytest.approx(size, rel=0.05)
    assert facts["refused"] == {}
    assert facts["out"] == "bundles/forms-onnx"
    assert "loading weights" in err
    assert list(tmp_path.iterdir()) == []


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
