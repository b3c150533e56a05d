"""The `pinpoint` command line; each command lives in its own file of `pinpoint_edge/commands`.

Nothing heavy is imported here: `pinpoint --help` loads neither numpy nor a runtime.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from pinpoint_edge.commands.group import CommandGroup, run

COMMANDS = {
    "ask": "Ask a document a question.",
    "extract": "Read many fields of a document.",
    "inspect": "Show the contents of a bundle.",
    "verify": "Hash every file of a bundle.",
    "pack": "Pack a bundle's folder into one file.",
    "unpack": "Unpack a single-file bundle into a folder.",
    "doctor": "Check this machine and name missing packages.",
}


@click.command(
    cls=CommandGroup,
    package="pinpoint_edge.commands",
    commands=COMMANDS,
    epilog="Example: pinpoint ask bundles/forms-onnx receipt.jpg 'What is the total?'",
)
@click.version_option(package_name="pinpoint-edge", prog_name="pinpoint")
def cli() -> None:
    """Ask a photographed form a question on the device itself.

    The answer is in the form's own words, with the boxes that it was read from.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and end the process with the exit code of its outcome."""
    sys.exit(run(cli, sys.argv[1:] if arguments is None else list(arguments), "pinpoint"))


if __name__ == "__main__":
    main()
