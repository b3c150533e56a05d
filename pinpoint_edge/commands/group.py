"""A click group that imports a command when it is named, and the one place where errors end."""

from __future__ import annotations

import difflib
import importlib
import json
import keyword
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from importlib.metadata import entry_points
from typing import Any, TypeVar

import click

from pinpoint_edge.errors import OptionError, PinPointError

INTERRUPTED = 130
INTERNAL = 70  # EX_SOFTWARE of sysexits.h: a fault of ours, not of the input

F = TypeVar("F", bound=Callable[..., Any])


class CommandGroup(click.Group):
    """Commands by name, each the attribute `command` of the module `package.name`.

    A command that is called like a keyword of Python has a module with an underscore at its end.
    `plugins`: an entry-point group that installed packages add commands by.
    """

    def __init__(
        self, *, package: str, names: Sequence[str], plugins: str | None = None, **settings: Any
    ) -> None:
        super().__init__(**settings)
        self._package = package
        self._added = {e.name: e for e in entry_points(group=plugins)} if plugins else {}
        self._names = (*names, *sorted(self._added))

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self._names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._names:
            return None
        if cmd_name in self._added:
            command = self._added[cmd_name].load()
        else:
            module = f"{cmd_name}_" if keyword.iskeyword(cmd_name) else cmd_name
            command = importlib.import_module(f"{self._package}.{module}").command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in self._names and not name.startswith("-"):
            near = difflib.get_close_matches(name, self._names, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else f" There are {_listed(self._names)}."
            raise click.UsageError(f"No such command '{name}'.{hint}", ctx)
        return super().resolve_command(ctx, args)


def shared_options(function: F) -> F:
    """Add the options that every command takes."""
    for option in (
        click.option("--debug", is_flag=True, help="Show the traceback of an error."),
        click.option("--json", "as_json", is_flag=True, help="Write JSON, errors as well."),
    ):
        function = option(function)
    return function


def run(cli: click.Command, arguments: list[str], name: str) -> int:
    """Run a command line and return its exit code; every error becomes one line (or one object).

    0 success · 1-9 a PinPointError's exit_code · 2 a wrong option · 70 an unforeseen error ·
    130 interrupted. With `--debug` the traceback is printed as well.
    """
    # Errors can come before click has parsed anything, so the two flags are looked up here too.
    flags = arguments[: arguments.index("--")] if "--" in arguments else arguments
    as_json, debug = "--json" in flags, "--debug" in flags
    try:
        code = cli.main(arguments, prog_name=name, standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except click.UsageError as error:
        if not as_json:
            error.show()
        return _report(OptionError(error.format_message()), as_json, debug, shown=not as_json)
    except PinPointError as error:
        return _report(error, as_json, debug)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone; what Python would flush at its end goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        return _report(error, as_json, debug)


def print_json(value: object) -> None:
    """Write JSON to stdout, indented, with the characters as they are."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def _report(error: Exception, as_json: bool, debug: bool, *, shown: bool = False) -> int:
    if isinstance(error, PinPointError):
        code, message, status = error.code, str(error), error.exit_code
    else:
        code, status = "internal", INTERNAL
        message = (
            f"{type(error).__name__}: {error}. This is a fault of PinPoint Edge; "
            "run again with --debug and report what it shows."
        )
    if debug:
        traceback.print_exception(error)
    message = " ".join(message.split())
    if as_json:
        print_json({"error": {"code": code, "message": message}})
    elif not shown:
        click.echo(f"error[{code}]: {message}", err=True)
    return status


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"
