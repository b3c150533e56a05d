"""The `pinpoint-bench` command line: accuracy on annotated pages, and time on this machine."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from pinpoint_edge.commands.group import CommandGroup, run


@click.command(
    cls=CommandGroup,
    package="pinpoint_edge.bench.commands",
    commands={
        "eval": "Answer annotated questions and score the answers.",
        "errors": "Count the kinds of mistakes in predictions.",
        "unanswerable": "Add questions that pages do not answer.",
        "latency": "Time one page, cold and warm, stage by stage.",
        "overhead": "Compare our sessions with the runtime called directly.",
        "profile": "Show the operators that take a stage's time.",
    },
    plugins="pinpoint_edge.bench_commands",
    epilog="Example: pinpoint-bench eval bundles/forms-onnx --data receipts/qa.jsonl --limit 100",
)
@click.version_option(package_name="pinpoint-edge", prog_name="pinpoint-bench")
def cli() -> None:
    """Measure a bundle: its answers, and their time and memory on this machine."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and end the process with the exit code of its outcome."""
    sys.exit(run(cli, sys.argv[1:] if arguments is None else list(arguments), "pinpoint-bench"))


if __name__ == "__main__":
    main()
