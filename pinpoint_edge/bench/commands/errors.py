"""`pinpoint-bench errors`: the kinds of mistakes in the answers of a run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pinpoint_edge.commands.group import FILE_PATH, deliver, output_option, shared_options
from pinpoint_edge.commands.terminal import console

if TYPE_CHECKING:
    from pinpoint_edge.evaluation.dataset import Question
    from pinpoint_edge.evaluation.predictions import Prediction

    Classes = dict[str, list[tuple[Question, Prediction]]]


@click.command(
    "errors",
    epilog="Example: pinpoint-bench errors p.jsonl --data receipts/qa.jsonl --examples 3",
)
@click.argument("predictions", type=FILE_PATH)
@click.option("--data", type=FILE_PATH, required=True, metavar="QA.jsonl", help="Their questions.")
@click.option(
    "--method", "methods", multiple=True, metavar="NAME",
    help="Only answers of this strategy or baseline; repeatable. Default: all of the file.",
)  # fmt: skip
@click.option(
    "--examples", type=click.IntRange(min=0), default=0, show_default=True, metavar="N",
    help="Show N answers of each kind as well.",
)  # fmt: skip
@click.option(
    "--contact-sheet", "picture", type=FILE_PATH, metavar="FILE.png",
    help="Draw --examples of each kind (default one), cut out of their pages.",
)  # fmt: skip
@output_option("Write the counts and examples as JSON.")
@shared_options
def command(
    predictions: Path,
    data: Path,
    methods: tuple[str, ...],
    examples: int,
    picture: Path | None,
) -> None:
    """Sort the answers that `eval --predictions` kept in PREDICTIONS by what went wrong."""
    from pinpoint_edge.errors import DataError, OptionError
    from pinpoint_edge.evaluation.dataset import load_dataset
    from pinpoint_edge.evaluation.error_classes import by_class
    from pinpoint_edge.evaluation.predictions import prediction_log

    if picture is not None and picture.suffix.lower() != ".png":
        raise OptionError(f"{picture}: the contact sheet is a PNG; end its name with .png")
    if not predictions.is_file():
        raise OptionError(f"{predictions}: no such file; make it with `eval --predictions`.")
    made = prediction_log(predictions).done.values()
    asked = {q.id: q for page in load_dataset(data) for q in page.questions}
    if unknown := [p.id for p in made if p.id not in asked]:
        raise DataError(
            f"{predictions}: {unknown[0]!r} is no question of {data}; give the file that was asked"
        )
    names = methods or tuple(dict.fromkeys(p.method for p in made))
    found: dict[str, Classes] = {}
    for name in names:
        pairs = [(asked[p.id], p) for p in made if p.method == name]
        if not pairs:
            raise OptionError(f"{predictions} has no answers of {name!r}.")
        found[name] = by_class(pairs)
    if picture is not None:
        _draw(found, examples or 1, picture)
    figures = {name: _json(classes, examples) for name, classes in found.items()}
    deliver(figures, lambda: _print(found, examples))


def _draw(found: dict[str, Classes], each: int, path: Path) -> None:
    from pinpoint_edge.errors import OptionError
    from pinpoint_edge.evaluation.error_pictures import choose_mistakes, draw_mistakes
    from pinpoint_edge.storage.atomic import check_writable, replacing

    check_writable(path)
    mistakes = [one for classes in found.values() for one in choose_mistakes(classes, each)]
    if not mistakes:
        raise OptionError(
            "No answer is wrong at a place that could be drawn: leave --contact-sheet out."
        )
    picture = draw_mistakes(mistakes)
    with replacing(path) as file:
        picture.save(file, "PNG", optimize=True)


def _json(classes: Classes, examples: int) -> dict[str, Any]:
    return {
        name: {
            "count": len(members),
            "examples": [_example(question, p) for question, p in members[:examples]],
        }
        for name, members in classes.items()
    }


def _example(question: Question, prediction: Prediction) -> dict[str, Any]:
    return {
        "id": question.id,
        "question": question.question,
        "answers": list(question.answers),
        "said": prediction.answer,
    }


def _print(found: dict[str, Classes], examples: int) -> None:
    from rich.table import Table

    from pinpoint_edge.evaluation.error_classes import CLASSES, RIGHT

    table = Table()
    table.add_column("kind")
    for name, classes in found.items():
        table.add_column(f"{name}, of {sum(map(len, classes.values()))}", justify="right")
    table.add_column("meaning")
    for kind, meaning in CLASSES.items():
        counts = [len(classes.get(kind, [])) for classes in found.values()]
        if any(counts):
            table.add_row(kind, *map(str, counts), meaning)
    terminal = console(120)
    terminal.print(table)
    for name, classes in found.items():
        for kind, members in classes.items():
            for question, prediction in members[:examples] if kind != RIGHT else []:
                meant = " | ".join(question.answers) or "not found"
                said = prediction.answer or "not found"
                line = f"{name}, {kind}: {question.id}: {said!r}, not {meant!r}"
                terminal.print(line, markup=False, soft_wrap=True)
