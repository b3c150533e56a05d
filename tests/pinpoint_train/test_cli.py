"""`pinpoint-train`: lazy commands and errors as exit codes."""

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from pinpoint_edge.errors import OptionError
from pinpoint_train.cli import cli

ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
NAMES = cli.list_commands(click.Context(cli))

LAZY = """
import sys
from click.testing import CliRunner
from pinpoint_train.cli import cli
result = CliRunner().invoke(cli, ["--help"])
assert result.exit_code == 0, result.output
assert not {"torch", "numpy"} & set(sys.modules)
"""


def test_help_lists_every_command_without_loading_torch() -> None:
    listed = CliRunner().invoke(cli, ["--help"]).output
    assert all(f"  {name} " in listed for name in NAMES)
    subprocess.run([sys.executable, "-c", LAZY], check=True, env=ENVIRONMENT)


@pytest.mark.parametrize("name", NAMES)
def test_each_command_explains_its_options(name: str) -> None:
    shown = CliRunner().invoke(cli, [name, "--help"])
    assert shown.exit_code == 0
    assert "--out" in shown.output
    assert f"Example: pinpoint-train {name} " in shown.output


def test_an_unknown_command_is_refused() -> None:
    refused = CliRunner().invoke(cli, ["alinger"])
    assert refused.exit_code == 2
    assert "Did you mean 'aligner'?" in refused.output


def test_a_deliberate_error_is_one_line_and_its_exit_code(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pinpoint_train.cli", "glance"]
    command += ["--out", str(tmp_path), "--synthetic", "0"]
    ended = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT)
    assert ended.returncode == OptionError.exit_code
    assert "A run without an end" in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1
