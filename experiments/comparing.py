"""The frame of an experiment that trains several models and compares them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import click

from pinpoint_edge.errors import PinPointError
from pinpoint_train.commands.options import Decorator, out_option, seed_option, threads_option
from pinpoint_train.training.run import CHECKPOINT, TrainingRun


def train_once(
    folder: Path,
    name: str,
    train: Callable[[TrainingRun], object],
    *,
    steps: int,
    seed: int,
    threads: int,
    **facts: Any,
) -> None:
    """Train one of several models, unless `folder` holds `name` with the same facts.

    A run that was interrupted goes on. Its log goes to standard error.
    """
    path = folder / f"{name}.json"
    stored = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    if all(stored.get(key) == value for key, value in {**facts, "steps": steps}.items()):
        return
    resume = (folder / CHECKPOINT).exists()
    run = TrainingRun(folder, steps=steps, minutes=None, seed=seed, resume=resume, threads=threads)
    run.restart_clock()
    with redirect_stdout(sys.stderr):
        train(run)


def comparison_options(out: str, steps: int) -> Decorator:
    """Add --steps, --threads, --seed, --json and --out; out, steps: the defaults of these two.

    Started again on the same --out, a comparison trains only models that are not there yet.
    """
    options = (
        click.option("--steps", type=click.IntRange(min=1), default=steps, show_default=True),
        threads_option,
        seed_option,
        click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables."),
        out_option(out),
    )

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return add


def run_script(command: click.Command) -> None:
    """Run the command of a script; a deliberate error becomes one line and its exit code."""
    try:
        command()
    except PinPointError as error:
        click.echo(f"error[{error.code}]: {error}", err=True)
        sys.exit(error.exit_code)
