"""Options that several commands share: folders, and the budget of a training run."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
NEW_FOLDER = click.Path(file_okay=False, path_type=Path)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
NEW_FILE = click.Path(dir_okay=False, path_type=Path)

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

corpus_option = click.option(
    "--corpus", required=True, type=FOLDER, help="Folder of `pinpoint-train prepare`."
)
sets_option = click.option(
    "--set", "names", multiple=True, help="Only these sets of the corpus. Repeatable."
)
seed_option = click.option("--seed", type=int, default=0, show_default=True)
threads_option = click.option("--threads", type=int, default=2, show_default=True)


def out_option(default: str | None = None) -> Decorator:
    """Add --out, a folder to write; required without a default."""
    if default is None:
        return click.option("--out", required=True, type=NEW_FOLDER)
    return click.option("--out", default=Path(default), type=NEW_FOLDER, show_default=True)


def debug_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add --debug, which the command line as a whole reads."""
    option = click.option(
        "--debug", is_flag=True, expose_value=False, help="Show the traceback of an error."
    )
    return option(function)


def run_options(out: str, minutes: float | None = None) -> Decorator:
    """Add the options of a training run, which the command receives as `run`.

    out, minutes: the defaults of these two.
    """
    options = (
        out_option(out),
        click.option("--steps", type=int, help="End after this many steps."),
        click.option(
            "--minutes",
            type=float,
            default=minutes,
            show_default=True,
            help="End after this many minutes of training.",
        ),
        threads_option,
        seed_option,
        click.option("--resume", is_flag=True, help="Go on from the checkpoint in --out."),
        debug_option,
    )

    def add(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def command(
            *,
            out: Path,
            steps: int | None,
            minutes: float | None,
            threads: int,
            seed: int,
            resume: bool,
            **rest: Any,
        ) -> Any:
            from pinpoint_train.training.run import TrainingRun

            run = TrainingRun(
                out, steps=steps, minutes=minutes, seed=seed, resume=resume, threads=threads
            )
            return function(run=run, **rest)

        for option in reversed(options):
            command = option(command)
        return command

    return add
