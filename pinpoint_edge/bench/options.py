"""Options that the commands which ask annotated questions share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

_FILE = click.Path(dir_okay=False, path_type=Path)
_DATASET = (
    click.option(
        "--data", type=_FILE, required=True, metavar="QA.jsonl", help="Annotated questions."
    ),
    click.option("--split", type=_FILE, help="Text file with the images to keep, one a line."),
    click.option(
        "--limit", type=click.IntRange(min=1), metavar="N", help="A sample of N questions."
    ),
    click.option("--seed", type=int, default=0, show_default=True, help="Of all that is drawn."),
)


def dataset_options(function: F) -> F:
    """Add the options that choose questions; see `dataset.load_dataset`."""
    for option in reversed(_DATASET):
        function = option(function)
    return function
