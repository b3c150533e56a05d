"""`pinpoint-distill`: one subcommand a trained part, each imported only when it is asked for."""

import importlib
import sys

import click

from pinpoint_edge.errors import PinPointError

PARTS = {
    "prepare": ("pinpoint_train.corpus.prepare", "Read pages once for all trainings."),
    "split": ("pinpoint_train.split", "Choose the dev documents of annotated sets."),
    "lines": ("pinpoint_train.corpus.lines", "Cut confident lines out of the corpus."),
    "glance": (
        "pinpoint_train.training.glance",
        "Distil the glance encoder from the recogniser's readings.",
    ),
    "glance-sizes": (
        "pinpoint_train.measuring.glance_sizes",
        "Compare glance encoders of several sizes.",
    ),
    "strips": (
        "pinpoint_train.corpus.strips",
        "Cut lines at full height, with their texts, for the recogniser.",
    ),
    "marks": (
        "pinpoint_train.training.elements",
        "Train the head that finds check boxes, signatures and stamps.",
    ),
    "refiner": ("pinpoint_train.training.refiner", "Fine-tune the recogniser of the refine stage."),
    "refiner-errors": (
        "pinpoint_train.measuring.refiner_errors",
        "Count what recognisers misread.",
    ),
    "features": (
        "pinpoint_train.corpus.glimpses",
        "Store what the glance encoder sees of the corpus.",
    ),
    "aligner": ("pinpoint_train.training.aligner", "Train the aligner on multi-box annotations."),
    "ablate": (
        "pinpoint_train.measuring.ablate",
        "Compare aligners that lack one part of their training each.",
    ),
    "llm": ("pinpoint_train.training.llm", "Fine-tune the language model to answer from evidence."),
    "calibrate": ("pinpoint_train.measuring.calibrate", "Fit what a confidence is made of."),
}  # a command's module, and its line of help


class Parts(click.Group):
    """The subcommands, each of which lives as `main` in the module of its name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(PARTS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in PARTS:
            return None
        command: click.Command = importlib.import_module(PARTS[cmd_name][0]).main
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in PARTS.items()])


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
