"""The command line as a process: code pages, full disks, closed outputs, Ctrl-C at any moment."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import click
import pytest

from pinpoint_edge.commands.group import CommandGroup, check_installed
from pinpoint_edge.errors import BackendError

PINPOINT = [sys.executable, "-c", "from pinpoint_edge.commands.cli import main; main()"]


def program(body: str) -> list[str]:
    """A process whose command does this, run as all command lines are."""
    return [
        sys.executable,
        "-c",
        "from pinpoint_edge.commands.group import click, entry_point, print_json\n"
        "@click.command()\n"
        f"def cli():\n    {body}\n"
        "entry_point(cli)([])",
    ]


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "cp437", "utf-8"])
def test_json_in_any_code_page(encoding: str) -> None:
    done = subprocess.run(
        program("print_json({'text': 'Łukasz Żółć é 🙂'})"),
        capture_output=True, env=os.environ | {"PYTHONIOENCODING": encoding},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout.decode(encoding)) == {"text": "Łukasz Żółć é 🙂"}


def test_text_in_a_code_page() -> None:
    done = subprocess.run(
        program("click.echo('Łódź é')"),
        capture_output=True, env=os.environ | {"PYTHONIOENCODING": "cp1252"},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode("cp1252").strip() == "\\u0141\xf3d\\u017a é"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("body", ["print_json([1])", "print('x' * 100)", "print('x' * 100_000)"])
def test_a_full_output_is_one_line(body: str) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(program(body), stdout=full, stderr=subprocess.PIPE, text=True)
        assert done.returncode == 9
        assert done.stderr.startswith("error[output]: Cannot write the output: No space left")
        assert done.stderr.count("\n") == 1
        # Where the errors go nowhere either, the exit code is left.
        assert subprocess.run(program(body), stdout=full, stderr=full).returncode == 9


def test_a_closed_output_is_no_error() -> None:
    line = " ".join(f"'{part}'" for part in (*PINPOINT, "--version"))
    done = subprocess.run(["bash", "-c", f"{line} >&-"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("delay", [0, 0.05, 0.2, 0.5, 1, 2])
def test_an_interruption_is_one_line_at_any_moment(delay: float) -> None:
    # The delay decides what it hits: modules that load, or the command that works.
    command = program("import numpy, onnxruntime, time; time.sleep(60)")
    command[2] = "import pinpoint_edge.commands\nprint('up', flush=True)\n" + command[2]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A run in the background, as of a job server, ignores interruptions, and so would this one.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(delay)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate()
    assert process.returncode in (130, -signal.SIGINT)
    assert err.strip() == "interrupted"  # click ends the line of the terminal's ^C first


def test_missing_packages_are_named_at_once() -> None:
    check_installed("json", "This", "pip install json")
    with pytest.raises(BackendError, match=r"--plot needs no_such, .* `pip install x`"):
        check_installed("no_such", "--plot", "pip install x")


def test_scores_without_their_package_are_refused_at_once(
    pinpoint_bench: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    code, _, err = pinpoint_bench("eval", "no-bundle", "--data", "no-data.jsonl")
    assert (code, "pip install 'pinpoint-edge[bench]'" in err) == (7, True)


def groups() -> list[CommandGroup]:
    from pinpoint_data.cli import cli as data
    from pinpoint_edge.bench.cli import cli as bench
    from pinpoint_edge.commands.cli import cli
    from pinpoint_export.cli import cli as export
    from pinpoint_quantization.cli import cli as quantize
    from pinpoint_train.cli import cli as train

    found = [cli, bench, data, export, quantize, train]
    assert all(isinstance(each, CommandGroup) for each in found)
    return found  # type: ignore[return-value]


@pytest.mark.parametrize("group", groups(), ids=lambda group: str(group.name))
def test_version_and_short_help_everywhere(group: CommandGroup) -> None:
    from click.testing import CliRunner

    runner = CliRunner()
    assert "0." in runner.invoke(group, ["--version"]).output
    assert "Usage:" in runner.invoke(group, ["-h"]).output
    context = click.Context(group)
    for name in group.list_commands(context):
        assert "Usage:" in runner.invoke(group, [name, "-h"]).output, name
