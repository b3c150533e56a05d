"""The `pinpoint-data` command line: annotations looked at, checked, converted, proposed, made."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from pinpoint_edge.commands.group import CommandGroup, run


@click.command(
    cls=CommandGroup,
    package="pinpoint_data.commands",
    commands={
        "preview": "Draw pages with their boxes and questions on one contact sheet.",
        "validate": "Find all faults of an annotation file.",
        "import": "Convert an official data set.",
        "annotate": "Propose boxes for questions and answers.",
        "generate": "Write synthetic pages and their questions.",
        "whole": "Ask whole PDFs the questions about their single pages.",
    },
    epilog="Example: pinpoint-data validate receipts/qa.jsonl",
)
@click.version_option(package_name="pinpoint-edge", prog_name="pinpoint-data")
def cli() -> None:
    """Look at annotated pages, check them, and make annotations of documents.

    docs/annotations.md describes the format.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and end the process with the exit code of its outcome."""
    sys.exit(run(cli, sys.argv[1:] if arguments is None else list(arguments), "pinpoint-data"))


if __name__ == "__main__":
    main()
