"""`pinpoint-train`: one command a trained part, and those that prepare and measure."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from pinpoint_edge.commands.group import CommandGroup, run


@click.command(
    cls=CommandGroup,
    package="pinpoint_train.commands",
    names=(
        "prepare",
        "split",
        "glance-lines",
        "glance",
        "glance-features",
        "aligner",
        "llm",
        "elements",
        "line-crops",
        "recogniser",
        "recogniser-errors",
        "calibrate",
    ),
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Example: pinpoint-train prepare --data receipts --out corpus",
)
@click.version_option(package_name="pinpoint-edge", prog_name="pinpoint-train")
def cli() -> None:
    """Train the parts of PinPoint; every run is seeded, resumable and logged.

    docs/training.md is the guide.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and end the process with the exit code of its outcome."""
    sys.exit(run(cli, sys.argv[1:] if arguments is None else list(arguments), "pinpoint-train"))


if __name__ == "__main__":
    main()
