"""`pinpoint-distill`: one subcommand a trained part, each imported only when it is asked for."""

import importlib
import sys

import click

from pinpoint_edge.errors import PinPointError

PARTS = {
    "prepare": "Read pages once for all trainings.",
    "split": "Choose the dev documents of annotated sets.",
    "lines": "Cut confident lines out of the corpus.",
    "glance": "Distil the glance encoder from the recogniser's readings.",
    "glance-sizes": "Compare glance encoders of several sizes and heights.",
    "strips": "Cut lines at full height, with their texts, for the recogniser.",
    "marks": "Train the head that finds tick boxes, signatures, stamps and figures.",
    "refiner": "Fine-tune the recogniser of the refine stage.",
    "refiner-errors": "Count what recognisers misread, by spaces, case and other.",
    "features": "Store what the glance encoder sees of the corpus.",
    "aligner": "Train the aligner on multi-box annotations.",
    "ablate": "Compare aligners that lack one part of their training each.",
    "llm": "Fine-tune the language model to answer from evidence.",
    "calibrate": "Fit what a confidence is made of.",
}

MODULES = {
    "split": "splits",
    "glance-sizes": "glance_sizes",
    "features": "glimpses",
    "refiner-errors": "refiner_errors",
}  # where the module has another name


class Parts(click.Group):
    """The subcommands, each of which lives as `main` in the module of its name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(PARTS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in PARTS:
            return None
        command: click.Command = importlib.import_module(
            f"pinpoint_export.distill.{MODULES.get(cmd_name, cmd_name)}"
        ).main
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(PARTS.items()))


@click.group(cls=Parts)
def distill() -> None:
    """Train the parts of PinPoint; every run is seeded, resumable and logged."""


def main() -> None:
    """Run `pinpoint-distill`; a deliberate error becomes one line and its exit code."""
    try:
        distill()
    except PinPointError as error:
        click.echo(f"pinpoint-distill: {error}", err=True)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
