"""`pinpoint-train windows` and `pinpoint-bench hosts`, from a folder to a table."""

from __future__ import annotations

import json
from importlib.metadata import EntryPoint
from pathlib import Path

import click
import pytest

from pinpoint_edge.commands.group import run
from pinpoint_hosts import opening
from pinpoint_hosts.commands import COMMANDS, hosts, windows
from pinpoint_hosts.head import Head, HeadShape
from tests.pinpoint_hosts import tiny
from tests.pinpoint_hosts.test_head import planted


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    rows = []
    for seed in range(2):
        page, asked = planted(seed)
        page.save(folder / f"{seed}.png")
        for number, each in enumerate(asked[:2]):
            boxes = [list(box) for box in each.boxes] if number else []
            rows.append(
                {
                    "id": f"{seed}-{number}", "question": each.question, "answers": ["red"],
                    "image": f"{seed}.png", "page": 0, "width": page.width,
                    "height": page.height, "answer_boxes": boxes, "support_boxes": boxes,
                }
            )  # fmt: skip
    path = folder / "qa.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    target = "pinpoint_hosts.families.smolvlm:SmolVLM"
    point = EntryPoint("smolvlm", target, opening.GROUP)
    monkeypatch.setattr(opening, "entry_points", lambda group: [point])
    return tiny.write("smolvlm", tmp_path / "host")


def call(command: click.Command, *arguments: object) -> int:
    return run(command, [str(each) for each in arguments], "test")


def test_a_head_is_trained_and_compared(
    folder: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    trained = call(
        windows.command, folder, "--data", data, "--out", out, "--steps", 2, "--queries", 4,
        "--width", 8, "--answer", 0.1, "--window", 0.5, "--stride", 0.5,
    )  # fmt: skip
    assert trained == 0
    assert "smolvlm" in (out / "windows.md").read_text()
    capsys.readouterr()
    chosen = [part for name in ("pinpoint", "fastv", "oracle") for part in ("--method", name)]
    compared = call(
        hosts.command, folder, "--head", out / "windows.safetensors", "--data", data, *chosen,
        "--limit-tokens", 2, "--plot", tmp_path / "a.png", "--output", tmp_path / "a.json",
    )  # fmt: skip
    assert compared == 0
    figures = json.loads((tmp_path / "a.json").read_text())
    made = {each["method"]: each for each in figures["methods"]}
    assert set(made) == {"full", "pinpoint", "fastv", "oracle"}
    assert made["pinpoint"]["vision_gflops"]["mean"] < made["full"]["vision_gflops"]["mean"]
    assert (tmp_path / "a.png").stat().st_size > 1000


def test_a_method_that_the_host_does_not_run(
    folder: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "head.safetensors"
    Head(HeadShape(48, 64, 8, 4)).save(path, {})
    code = call(hosts.command, folder, "--head", path, "--data", data, "--method", "fastx")
    assert code == 2
    assert "choose of full" in capsys.readouterr().err


def test_each_command_has_its_line_of_help() -> None:
    assert set(COMMANDS) == {"windows", "host", "hosts"}
