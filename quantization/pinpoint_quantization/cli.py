"""The `pinpoint-quantize` command line: calibrate, search a recipe, compare bundles."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from pinpoint_edge.commands.group import CommandGroup, run


@click.command(
    cls=CommandGroup,
    package="pinpoint_quantization.commands",
    commands={
        "calibrate": "Make a calibration set of real pages.",
        "sensitivity": "Search a recipe that keeps the answers.",
        "report": "Compare the cost and the answers of bundles.",
    },
    epilog="Example: pinpoint-quantize sensitivity bundles/forms-onnx --data receipts/qa.jsonl "
    "-o mine.toml --max-drop 0.5",
)
@click.version_option(package_name="pinpoint-edge", prog_name="pinpoint-quantize")
def cli() -> None:
    """Quantize without losing answers: score each module, choose types, ask real questions."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and end the process with the exit code of its outcome."""
    sys.exit(run(cli, sys.argv[1:] if arguments is None else list(arguments), "pinpoint-quantize"))


if __name__ == "__main__":
    main()
