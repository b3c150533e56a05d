"""The command line in this process, and a folder of two pages with their lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from pinpoint_data.cli import cli
from pinpoint_edge.commands.group import run

from ..datasets import sample_sets
from .calls import Data, write


@pytest.fixture
def data(capsys: pytest.CaptureFixture[str]) -> Data:
    """Run the command line in this process: exit code, stdout, stderr."""

    def call(*arguments: object) -> tuple[int, str, str]:
        code = run(cli, [str(a) for a in arguments], "pinpoint-data")
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Pages a.png and b.png, and lines.jsonl of both."""
    found = []
    for name in ("a.png", "b.png"):
        sample_sets.draw(tmp_path / name)
        words = [word for line in sample_sets.LINES for word in line]
        lines = [{"box": box, "text": text} for text, box in words]
        found.append({"image": name, "lines": lines})
    write(tmp_path / "lines.jsonl", *found)
    return tmp_path
