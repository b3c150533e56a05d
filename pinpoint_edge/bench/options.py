"""Options of the commands that ask annotated questions, keep the answers, and draw a picture."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from pinpoint_edge.commands.group import FILE_PATH, check_installed
from pinpoint_edge.errors import OptionError

Command = Callable[..., Any]


def dataset_options(function: Command) -> Command:
    """Add the options that choose questions; the command gets `pages` and `seed`."""

    @functools.wraps(function)
    def command(
        *,
        data: Path,
        split: Path | None,
        fields: tuple[str, ...],
        limit: int | None,
        seed: int,
        **rest: Any,
    ) -> Any:
        from pinpoint_edge.evaluation.dataset import load_dataset
        from pinpoint_edge.evaluation.metrics import INSTALL_BENCH

        check_installed("rapidfuzz", "A score", INSTALL_BENCH)
        pages = load_dataset(data, split=split, fields=fields, limit=limit, seed=seed)
        return function(pages=pages, seed=seed, **rest)

    for option in (
        click.option("--seed", type=int, default=0, show_default=True,
                     help="Seed of all random draws."),
        click.option("--limit", type=click.IntRange(min=1), metavar="N",
                     help="A sample of N questions."),
        click.option("--field", "fields", multiple=True, metavar="NAME",
                     help="Ask only questions of this field of the annotations; repeatable."),
        click.option("--split", type=FILE_PATH,
                     help="Text file with the images to keep, one a line."),
        click.option("--data", type=FILE_PATH, required=True, metavar="QA.jsonl",
                     help="Annotated questions."),
    ):  # fmt: skip
        command = option(command)
    return command


def prediction_options(function: Command) -> Command:
    """Add the options of the resumable file of answers; the command gets it as `log`."""

    @click.option("--predictions", type=FILE_PATH, help="Write each answer as a JSON line at once.")
    @click.option("--resume", is_flag=True, help="Keep the answers of --predictions, do the rest.")
    @functools.wraps(function)
    def command(*, predictions: Path | None, resume: bool, **rest: Any) -> Any:
        from pinpoint_edge.evaluation.predictions import prediction_log

        if resume and predictions is None:
            raise OptionError("--resume needs --predictions: name the file to go on with")
        return function(log=prediction_log(predictions, resume=resume), **rest)

    return command


def plot_option(help: str) -> Callable[[Command], Command]:
    """Return the option --plot, a picture; the command gets it as `plot`, a path or None."""

    def check(_: click.Context, __: click.Parameter, path: Path | None) -> Path | None:
        from pinpoint_edge.bench.plots import check_plot

        return path and check_plot(path)

    return click.option("--plot", type=FILE_PATH, metavar="FILE.png", callback=check, help=help)
