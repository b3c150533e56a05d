"""The command line of `pinpoint-bench` in this process."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pinpoint_edge.bench.cli import cli
from pinpoint_edge.commands.group import run


@pytest.fixture
def pinpoint_bench(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run the command line: exit code, stdout, stderr."""

    def call(*arguments: object) -> tuple[int, str, str]:
        code = run(cli, [str(a) for a in arguments], "pinpoint-bench")
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call
