"""The options that every training has: where it goes, what ends it, and how it starts again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click


def run_options(
    out: str, minutes: float | None = None
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add --out, --steps, --minutes, --threads, --seed and --resume, for `Run`.

    out, minutes: the defaults of these two.
    """
    options = (
        click.option(
            "--out", default=Path(out), type=click.Path(path_type=Path), show_default=True
        ),
        click.option("--steps", type=int, help="End after so many steps."),
        click.option(
            "--minutes",
            type=float,
            default=minutes,
            show_default=True,
            help="End after so many minutes of training.",
        ),
        click.option("--threads", type=int, default=2, show_default=True),
        click.option("--seed", type=int, default=0, show_default=True),
        click.option("--resume", is_flag=True, help="Go on from the checkpoint in --out."),
    )

    return _adding(options)


def comparison_options(out: str, steps: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add --steps, --threads, --seed, --json and --out, for trainings that are compared.

    out, steps: the defaults of these two.
    """
    options = (
        click.option("--steps", type=click.IntRange(min=1), default=steps, show_default=True),
        click.option("--threads", type=int, default=2, show_default=True),
        click.option("--seed", type=int, default=0, show_default=True),
        click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables."),
        click.option(
            "--out",
            default=Path(out),
            show_default=True,
            type=click.Path(file_okay=False, path_type=Path),
            help="Started again on the same folder, what is trained is not trained anew.",
        ),
    )
    return _adding(options)


def _adding(
    options: Sequence[Callable[..., Any]],
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return add
