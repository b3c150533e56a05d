"""`pinpoint-bench errors`: what kinds of mistakes the answers of a run are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pinpoint_edge.commands.group import print_json, shared_options

if TYPE_CHECKING:
    from pinpoint_edge.evaluation.dataset import Question
    from pinpoint_edge.evaluation.predictions import Prediction

    Classes = dict[str, list[tuple[Question, Prediction]]]

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command(
    "errors",
    short_help="Count the kinds of mistakes in predictions.",
    epilog="Example: pinpoint-bench errors p.jsonl --data receipts/qa.jsonl --examples 3",
)
@click.argument("predictions", type=_FILE)
@click.option("--data", type=_FILE, required=True, metavar="QA.jsonl", help="Their questions.")
@click.option(
    "--reader", "readers", multiple=True, metavar="NAME",
    help="Of this reader alone; repeatable. Default: all that the file holds.",
)  # fmt: skip
@click.option(
    "--examples", type=click.IntRange(min=0), default=0, show_default=True, metavar="N",
    help="Show so many answers of each kind as well.",
)  # fmt: skip
@click.option(
    "--sheet", type=_FILE, metavar="FILE.png",
    help="Draw --examples of each kind (one where none are asked for), cut out of their pages.",
)  # fmt: skip
@shared_options
def command(
    predictions: Path,
    data: Path,
    readers: tuple[str, ...],
    examples: int,
    sheet: Path | None,
    as_json: bool,
    debug: bool,
) -> None:
    """Sort the answers that `eval --predictions` kept in PREDICTIONS by what went wrong."""
    from pinpoint_edge.errors import DataError, OptionError
    from pinpoint_edge.evaluation.dataset import load_dataset
    from pinpoint_edge.evaluation.error_classes import by_class
    from pinpoint_edge.evaluation.predictions import PredictionFile

    if sheet is not None and sheet.suffix.lower() != ".png":
        raise OptionError(f"{sheet}: the sheet is a PNG picture; end its name with .png")
    if not predictions.is_file():
        raise OptionError(f"{predictions}: no such file; make it with `eval --predictions`.")
    made = PredictionFile(predictions, resume=True).done.values()
    asked = {q.id: q for page in load_dataset(data) for q in page.questions}
    if unknown := [p.id for p in made if p.id not in asked]:
        raise DataError(
            f"{predictions}: {unknown[0]!r} is no question of {data}; give the file that was asked"
        )
    names = readers or tuple(dict.fromkeys(p.reader for p in made))
    found: dict[str, Classes] = {}
    for name in names:
        pairs = [(asked[p.id], p) for p in made if p.reader == name]
        if not pairs:
            raise OptionError(f"{predictions} has no answers of a reader {name!r}.")
        found[name] = by_class(pairs)
    if sheet is not None:
        _draw(found, examples or 1, sheet)
    if as_json:
        print_json({name: _json(classes, examples) for name, classes in found.items()})
        return
    _print(found, examples)


def _draw(found: dict[str, Classes], each: int, sheet: Path) -> None:
    from pinpoint_edge.errors import OptionError
    from pinpoint_edge.evaluation.error_sheet import chosen, error_sheet
    from pinpoint_edge.storage.atomic import check_writable, replacing

    check_writable(sheet)
    mistakes = [one for classes in found.values() for one in chosen(classes, each)]
    if not mistakes:
        raise OptionError("No answer is wrong at a place that could be drawn: leave --sheet out.")
    picture = error_sheet(mistakes)
    with replacing(sheet) as file:
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
    import sys

    from rich.console import Console
    from rich.table import Table

    from pinpoint_edge.evaluation.error_classes import CLASSES, RIGHT

    table = Table()
    table.add_column("kind")
    for name, classes in found.items():
        table.add_column(f"{name}, of {sum(map(len, classes.values()))}", justify="right")
    table.add_column("what it means")
    for kind, meaning in CLASSES.items():
        counts = [len(classes.get(kind, [])) for classes in found.values()]
        if any(counts):
            table.add_row(kind, *map(str, counts), meaning)
    console = Console(width=None if sys.stdout.isatty() else 120, highlight=False)
    console.print(table)
    for name, classes in found.items():
        for kind, members in classes.items():
            for question, prediction in members[:examples] if kind != RIGHT else []:
                meant = " | ".join(question.answers) or "not found"
                said = prediction.answer or "not found"
                line = f"{name}, {kind}: {question.id}: {said!r}, not {meant!r}"
                console.print(line, markup=False, soft_wrap=True)
