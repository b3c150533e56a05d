"""The training guide: its commands exist as written, its figures are those of the shipped logs."""

import json
import re
import shlex
from pathlib import Path

import click
import pytest

from pinpoint_data.splits import dev_images
from pinpoint_models.paths import weights_folder
from pinpoint_train.cli import cli

GUIDE = (Path(__file__).parents[2] / "docs" / "training.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```\w*\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)
COMMANDS = [
    line
    for block in BLOCKS
    for line in block.replace("\\\n", " ").splitlines()
    if line.startswith("pinpoint-train ")
]


def test_the_guide_shows_every_command() -> None:
    names = cli.list_commands(click.Context(cli))
    assert {command.split()[1] for command in COMMANDS} == set(names)


@pytest.mark.parametrize("line", COMMANDS)
def test_each_option_of_a_command_exists(line: str) -> None:
    context = click.Context(cli)
    _, name, *words = shlex.split(line)
    command = cli.get_command(context, name)
    assert command is not None
    known = {name for p in command.params for name in (*p.opts, *p.secondary_opts)}
    given = {word for word in words if word.startswith("--")}
    assert given <= known
    needed = {p.opts[0] for p in command.params if p.required and isinstance(p, click.Option)}
    assert needed <= given


def test_the_figures_are_those_of_the_shipped_runs() -> None:
    for name in ("glance", "aligner"):
        facts = json.loads((weights_folder() / f"{name}.json").read_text())
        assert f"{facts['steps']:,} steps" in GUIDE, name
    kept = dev_images()
    counts = (
        f"{len(kept['sroie'])} receipts, {len(kept['fcc_adbuy'])} pages of filings and "
        f"{len(kept['fara_forms'])} scanned forms"
    )
    assert counts in GUIDE
