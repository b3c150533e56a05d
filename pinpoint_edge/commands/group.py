"""The command lines: a click group of lazy commands, shared options, output, and errors."""

from __future__ import annotations

import difflib
import errno
import importlib.util
import io
import json
import keyword
import os
import signal
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from pinpoint_edge.errors import BackendError, OptionError, OutputError, PinPointError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

CONTEXT = {"help_option_names": ["-h", "--help"]}
FILE_PATH = click.Path(dir_okay=False, path_type=Path)

INTERRUPTED = 130
INTERNAL = 70  # EX_SOFTWARE of sysexits.h: a fault of ours, not of the input
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)

_interruptions: list[int] = []

F = TypeVar("F", bound=Callable[..., Any])


class CommandGroup(click.Group):
    """Commands by name, each the attribute `command` of the module `package.name`.

    A module is imported when its command is named, not for the list of commands. A dash of a name
    is an underscore of the module, and a command whose name is a keyword of Python has a module
    with an underscore at its end.

    Args:
        name: the name of the program.
        commands: the line of help of each command.
        plugins: an entry-point group by which installed packages add commands; the package of such
            a command holds the lines of help as COMMANDS.
    """

    def __init__(
        self,
        name: str,
        package: str,
        commands: Mapping[str, str],
        *,
        plugins: str | None = None,
        **settings: Any,
    ) -> None:
        super().__init__(name, **{"context_settings": CONTEXT, **settings})
        click.version_option(package_name="pinpoint-edge", prog_name=name)(self)
        self._package, self._lines = package, commands
        self._added: dict[str, EntryPoint] = {}
        if plugins:
            from importlib.metadata import entry_points  # slow to import

            self._added = {each.name: each for each in entry_points(group=plugins)}
        self._names = (*commands, *sorted(self._added))

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self._names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._names:
            return None
        if cmd_name in self._added:
            command = self._added[cmd_name].load()
        else:
            module = cmd_name.replace("-", "_")
            module += "_" if keyword.iskeyword(cmd_name) else ""
            command = importlib.import_module(f"{self._package}.{module}").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        lines = dict(self._lines)
        for name, entry in sorted(self._added.items()):
            lines[name] = importlib.import_module(entry.module.rpartition(".")[0]).COMMANDS[name]
        with formatter.section("Commands"):
            formatter.write_dl(list(lines.items()))

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
    """Add the options that every command takes: `deliver` obeys --json, and `run` obeys --debug."""
    for option in (
        click.option(
            "--debug", is_flag=True, expose_value=False, help="Show the traceback of an error."
        ),
        click.option(
            "--json", is_flag=True, expose_value=False, callback=_remember,
            help="Print JSON, errors as well.",
        ),
    ):  # fmt: skip
        function = option(function)
    return function


def output_option(help: str = "Write the figures as JSON to a file.") -> Callable[[F], F]:
    """Return the option -o, --output or --out, a file that `deliver` writes."""
    return click.option(
        "-o", "--output", "--out", "output", type=FILE_PATH, metavar="FILE.json",
        expose_value=False, callback=_remember, help=help,
    )  # fmt: skip


def writable(_: click.Context, __: click.Parameter, path: Path | None) -> Path | None:
    """Callback of an option: make sure, before any work, that its file can be written.

    Raises OutputError.
    """
    if path is not None:
        from pinpoint_edge.storage.atomic import check_writable

        check_writable(path)
    return path


def checked_output(inputs: Sequence[str]) -> Path | None:
    """Return the file of --output, if any; raises OutputError where it is one of the inputs."""
    from pinpoint_edge.storage.atomic import check_writable

    output: Path | None = click.get_current_context().meta.get("output")
    return None if output is None else check_writable(output, inputs=inputs)


def say_replaced(path: Path) -> None:
    """Name, on stderr, a file that is about to be replaced."""
    if path.is_file():
        click.echo(f"{path}: replaced", err=True)


def wants_json() -> bool:
    """Whether the command that runs was given --json."""
    return bool(click.get_current_context().meta.get("json"))


def deliver(figures: object, show: Callable[[], None] | None = None) -> None:
    """Write figures to the file of --output, if any, and print them: as JSON, or by `show`.

    Without `show` they are printed as JSON unless they went to a file. Raises OutputError when the
    file cannot be written.
    """
    output = click.get_current_context().meta.get("output")
    if output is not None:
        from pinpoint_edge.storage.atomic import write_json

        say_replaced(output)
        write_json(output, figures)
    if wants_json() or (show is None and output is None):
        print_json(figures)
    elif show is not None:
        show()


def entry_point(cli: click.Command) -> Callable[..., NoReturn]:
    """Return the function of a console script, which ends the process with the exit code."""

    def main(arguments: Sequence[str] | None = None) -> NoReturn:
        own = sys.argv[1:] if arguments is None else list(arguments)
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, _interrupt)
        code = run(cli, own, str(cli.name))
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # nothing is left to interrupt
        if code == INTERRUPTED:
            os._exit(code)  # without waiting for threads that still read a document
        sys.exit(code)

    return main


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Raise KeyboardInterrupt, and keep that: a module cut short while it loads raises its own."""
    _interruptions.append(number)
    signal.default_int_handler(number, frame)


def run(cli: click.Command, arguments: list[str], name: str) -> int:
    """Run a command line and return its exit code; every error becomes one line (or one object).

    0 success · 1-12 a PinPointError's exit_code · 2 a wrong option · 70 an unforeseen error ·
    130 interrupted. With `--debug` the traceback is printed as well.
    """
    # Errors can come before click has parsed anything, so the two flags are looked up here too.
    flags = arguments[: arguments.index("--")] if "--" in arguments else arguments
    as_json, debug = "--json" in flags, "--debug" in flags
    for stream in (sys.stdout, sys.stderr):
        # A code page lacks letters that a page has; no answer is lost for that.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = cli.main(arguments, prog_name=name, standalone_mode=False)
        if sys.stdout is not None:
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
        _drop_output()
        return 1
    except OSError as error:
        if error.errno not in _FULL or error.filename is not None:
            return _report(error, as_json, debug)
        _drop_output()
        reason = f"Cannot write the output: {error.strerror}. Free some space, and run again."
        return _report(OutputError(reason), False, debug)
    except Exception as error:
        return _report(error, as_json, debug)


def _remember(context: click.Context, option: click.Parameter, value: Any) -> None:
    """Keep the value of an option for `deliver`, so that no command passes it on."""
    if isinstance(value, Path):
        writable(context, option, value)
    context.meta[str(option.name)] = value


def print_json(value: object) -> None:
    """Write JSON to stdout, indented, characters as they are where its encoding has them."""
    click.echo(json_text(value, indent=2))


def json_text(value: object, indent: int | None = None) -> str:
    """Return JSON for stdout: characters that its encoding lacks are escaped."""
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return json.dumps(value, indent=indent)
    return text


def check_installed(module: str, purpose: str, install: str) -> None:
    """Raise BackendError, before any work, where an optional package is not installed."""
    if importlib.util.find_spec(module) is None:
        raise BackendError(f"{purpose} needs {module}, which is not installed; run `{install}`.")


def _drop_output() -> None:
    """Send what Python would still flush at its end nowhere: nobody can take it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _report(error: Exception, as_json: bool, debug: bool, *, shown: bool = False) -> int:
    if _interruptions:
        click.echo("interrupted", err=True)
        return INTERRUPTED
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
    # Where not even the error can be written, the exit code is left.
    with suppress(OSError):
        if as_json:
            print_json({"error": {"code": code, "message": message}})
        elif not shown:
            click.echo(f"error[{code}]: {message}", err=True)
    return status


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"
