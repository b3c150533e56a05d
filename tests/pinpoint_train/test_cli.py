"""`pinpoint-distill`: lazy subcommands and errors as exit codes."""

import os
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner

from pinpoint_edge.errors import OptionError
from pinpoint_train.cli import PARTS, distill

ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}

LAZY = """
import sys
from click.testing import CliRunner
from pinpoint_train.cli import distill
result = CliRunner().invoke(distill, ["--help"])
assert result.exit_code == 0, result.output
assert "torch" not in sys.modules
"""


def test_help_lists_every_part_without_loading_torch() -> None:
    listed = CliRunner().invoke(distill, ["--help"]).output
    assert all(name in listed for name in PARTS)
    subprocess.run([sys.executable, "-c", LAZY], check=True, env=ENVIRONMENT)


def test_the_trained_parts_explain_their_options() -> None:
    for part in ("glance", "aligner"):
        shown = CliRunner().invoke(distill, [part, "--help"])
        assert shown.exit_code == 0
        assert "--resume" in shown.output
        assert "--minutes" in shown.output


def test_an_unknown_part_is_refused() -> None:
    refused = CliRunner().invoke(distill, ["detector"])
    assert refused.exit_code == 2
    assert "No such command" in refused.output


def test_a_deliberate_error_is_one_line_and_its_exit_code(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pinpoint_train.cli", "glance"]
    command += ["--out", str(tmp_path), "--synthetic", "0"]
    ended = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT)
    assert ended.returncode == OptionError.exit_code
    assert ended.stderr.strip().startswith("pinpoint-distill: A run without an end")
    assert len(ended.stderr.strip().splitlines()) == 1
