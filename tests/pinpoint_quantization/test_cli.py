"""`pinpoint-quantize`: help comes at once, and bad input is one clear line and no file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from pinpoint_edge.commands.group import run
from pinpoint_edge.errors import BundleError, DataError, OptionError, OutputError
from pinpoint_quantization.cli import cli

LAZY = """
import sys
from pinpoint_edge.commands.group import run
from pinpoint_quantization.cli import cli
for command in ([], ["calibrate"], ["sensitivity"], ["report"]):
    assert run(cli, [*command, "--help"], "pinpoint-quantize") == 0
assert not {"torch", "onnxruntime", "onnx", "numpy"} & set(sys.modules), "help loads nothing heavy"
"""

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def quantize(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Call:
    """Run the command line in an empty folder: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: object) -> tuple[int, str, str]:
        code = run(cli, [str(a) for a in arguments], "pinpoint-quantize")
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    """An annotation file of one's own, with one page."""
    Image.new("RGB", (64, 48), "white").save(tmp_path / "page.png")
    row = {
        "id": "1", "image": "page.png", "question": "What is the date?", "answers": [],
        "answer_boxes": [], "support_boxes": [], "page": 0, "width": 64, "height": 48,
    }  # fmt: skip
    (tmp_path / "qa.jsonl").write_text(json.dumps(row) + "\n")
    return tmp_path / "qa.jsonl"


def test_help_comes_at_once() -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(
        [sys.executable, "-c", LAZY], check=True, env=environment, capture_output=True, text=True
    )
    assert "Search a recipe that keeps the answers." in done.stdout


def test_an_empty_calibration_set_is_refused(quantize: Call, tmp_path: Path) -> None:
    (tmp_path / "scans").mkdir()
    code, _, err = quantize("calibrate", "scans", "-o", "set.npz", "--bundle", tmp_path)
    assert (code, "holds no pages" in err) == (DataError.exit_code, True)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["scans"]


def test_a_recipe_is_never_edited(quantize: Call, questions: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("kept")
    code, _, err = quantize("sensitivity", tmp_path, "--data", questions, "-o", "mine.toml")
    assert (code, "never edited" in err) == (OutputError.exit_code, True)
    assert (tmp_path / "mine.toml").read_text() == "kept"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--max-size", "big"), "'big' is no size; write one such as 100MB"),
        (("--max-size", "-3MB"), "is no size"),
        (("--max-drop", "-1"), "-1.0 is not in the range"),
        (("--stages", "read"), "no stage 'read'; there are detect"),
        (("--types", "int3"), "no type 'int3'; there are float32"),
        (("--base", "int3"), "no recipe 'int3'"),
    ],
)
def test_options_that_make_no_sense(
    arguments: tuple[str, ...], message: str, quantize: Call, questions: Path, tmp_path: Path
) -> None:
    code, out, _ = quantize(
        "sensitivity", tmp_path, "--data", questions, "-o", "mine.toml", *arguments, "--json"
    )
    assert code == OptionError.exit_code
    assert message in json.loads(out)["error"]["message"]
    assert not list(tmp_path.glob("mine*"))


def test_what_is_no_bundle_is_refused(quantize: Call, questions: Path, tmp_path: Path) -> None:
    code, _, err = quantize("sensitivity", tmp_path, "--data", questions, "-o", "mine.toml")
    assert (code, "is no bundle" in err) == (BundleError.exit_code, True)
    code, _, err = quantize("report", tmp_path)
    assert (code, "is no bundle" in err) == (BundleError.exit_code, True)
    assert not list(tmp_path.glob("mine*"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--memory",), "--memory needs --page"),
        (("--limit", "3"), "belong to --data"),
        (("--plot", "front.txt"), "name a .png, .pdf or .svg"),
    ],
)
def test_reports_that_cannot_be_made(
    arguments: tuple[str, ...], message: str, quantize: Call, tmp_path: Path
) -> None:
    code, _, err = quantize("report", tmp_path, *arguments)
    assert (code, message in err) == (OptionError.exit_code, True)
