"""Options of the commands that ask annotated questions, and the resumable file of answers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from pinpoint_edge.errors import OptionError

if TYPE_CHECKING:
    from pinpoint_edge.evaluation.predictions import Prediction
    from pinpoint_edge.storage.resumable_log import Log

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
    click.option(
        "--seed", type=int, default=0, show_default=True, help="Seed of all random draws."
    ),
)
_PREDICTIONS = (
    click.option("--predictions", type=_FILE, help="Write each answer as a JSON line at once."),
    click.option("--resume", is_flag=True, help="Keep the answers of --predictions, do the rest."),
)


def dataset_options(function: F) -> F:
    """Add the options that choose questions; see `dataset.load_dataset`."""
    for option in reversed(_DATASET):
        function = option(function)
    return function


def prediction_options(function: F) -> F:
    """Add the options of the file of answers; see `open_predictions`."""
    for option in reversed(_PREDICTIONS):
        function = option(function)
    return function


def open_predictions(path: Path | None, resume: bool) -> Log[Prediction]:
    """Open the file of answers that the options name; raises OptionError and OutputError."""
    from pinpoint_edge.evaluation.predictions import prediction_log

    if resume and path is None:
        raise OptionError("--resume needs --predictions: name the file to go on with")
    return prediction_log(path, resume=resume)
