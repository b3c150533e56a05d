"""Command lines checked by the commands themselves, without being run."""

from __future__ import annotations

import importlib.util
import re
import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import click
import pytest

from pinpoint_data.cli import cli as data
from pinpoint_edge.bench import plots
from pinpoint_edge.bench.cli import cli as bench
from pinpoint_edge.commands.cli import cli as pinpoint
from pinpoint_edge.storage import atomic
from pinpoint_export.cli import cli as export
from pinpoint_quantization.cli import cli as quantize
from pinpoint_train.cli import cli as train

from .markdown import ROOT

GROUPS: dict[str, click.Command] = {
    "pinpoint": pinpoint,
    "pinpoint-bench": bench,
    "pinpoint-data": data,
    "pinpoint-export": export,
    "pinpoint-quantize": quantize,
    "pinpoint-train": train,
}
PROJECTS = {"pinpoint-edge": "pyproject.toml", "pinpoint-edge-export": "export/pyproject.toml"}


def added_by_plugins(program: str) -> dict[str, click.Command]:
    """The commands that the exporter adds to a program, as its pyproject.toml lists them."""
    project = tomllib.loads((ROOT / PROJECTS["pinpoint-edge-export"]).read_text())["project"]
    group = program.replace("pinpoint-", "pinpoint_edge.") + "_commands"
    listed = project["entry-points"].get(group, {})
    return {name: EntryPoint(name, value, group).load() for name, value in listed.items()}


def check(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Raise AssertionError or click's own error where a command line cannot be right."""
    name, arguments = words[0], words[1:]
    if name in GROUPS:
        # The files of an example need not be there; everything else about them is checked.
        monkeypatch.setattr(click.Path, "convert", unchecked)
        monkeypatch.setattr(atomic, "check_writable", Path)
        monkeypatch.setattr(plots, "check_plot", Path)
        added = added_by_plugins(name)
        if arguments and arguments[0] in added:
            parse(added[arguments[0]], arguments[0], arguments[1:])
        else:
            parse(GROUPS[name], name, arguments)
    elif name == "make":
        rules = re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE)
        assert {word for word in arguments if "=" not in word} <= set(rules), words
    elif name == "pip":
        check_install(arguments)
    elif name in ("python", "pytest", "pre-commit") or name.startswith(("tests/", "runtimes/")):
        check_python(name, arguments)
    else:
        assert not name.startswith("pinpoint"), f"there is no command {name}"


def unchecked(kind: click.Path, value: Any, *_: object) -> Any:
    """A path as click gives it, whether the file is there or not."""
    return kind.coerce_path_result(value)


def parse(command: click.Command, name: str, arguments: list[str]) -> None:
    """Let a command, or the subcommand that the arguments name, parse them."""
    try:
        context: click.Context = command.make_context(name, list(arguments))
    except click.exceptions.Exit:  # --help
        return
    rest = [*getattr(context, "_protected_args", []), *context.args]
    if isinstance(command, click.Group) and rest:
        inner, found, left = command.resolve_command(context, rest)
        assert found is not None
        assert inner is not None
        parse(found, inner, left)


def check_install(arguments: list[str]) -> None:
    """The extras of our own distributions must be there."""
    for word in arguments:
        match = re.fullmatch(r"(pinpoint-edge(?:-export)?|\.|\./export)\[([\w,-]+)\].*", word)
        if match:
            project = {".": "pinpoint-edge", "./export": "pinpoint-edge-export"}
            path = PROJECTS[project.get(match[1], match[1])]
            known: dict[str, Any] = tomllib.loads((ROOT / path).read_text())["project"]
            assert set(match[2].split(",")) <= set(known["optional-dependencies"]), word


def check_python(name: str, arguments: list[str]) -> None:
    """A module that is run must exist, and so must a script."""
    if name == "python" and arguments[:1] == ["-m"]:
        assert importlib.util.find_spec(arguments[1]) is not None, arguments[1]
    for word in (name, *arguments):
        if word.endswith((".py", ".sh")) and "/" in word and "NAME" not in word:
            assert (ROOT / word).is_file(), word
