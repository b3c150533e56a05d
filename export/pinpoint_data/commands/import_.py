"""`pinpoint-data import`: official data sets as annotations."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import click

from pinpoint_edge.commands.group import FILE_PATH, deliver, shared_options

NAMES = ("docvqa", "mp-docvqa", "infographicvqa", "chartqa", "funsd", "sroie")
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command(
    "import",
    epilog="Example: pinpoint-data import sroie downloads/SROIE2019 -o sroie/qa.jsonl",
)
@click.argument("name", type=click.Choice(NAMES))
@click.argument("folder", type=_FOLDER)
@click.option("-o", "--out", type=FILE_PATH, required=True, metavar="OUT.jsonl")
@click.option("--split", type=click.Choice(("train", "val", "test")), help="Default: all.")
@click.option("--limit", type=click.IntRange(min=1), help="Convert this many questions only.")
@click.option(
    "--least", type=click.FloatRange(0, 1), default=0.0, show_default=True, metavar="CONFIDENCE",
    help="Leave rows whose boxes are less sure to a person: they go to OUT.review.jsonl.",
)  # fmt: skip
@click.option(
    "--use", type=click.Choice(("train", "measure")),
    help="What the rows may be used for, if you have other rights than the set's terms give.",
)  # fmt: skip
@click.option("--overwrite", is_flag=True, help="Replace OUT.jsonl if it is there.")
@shared_options
def command(
    name: str,
    folder: Path,
    out: Path,
    split: str | None,
    limit: int | None,
    least: float,
    use: str | None,
    overwrite: bool,
) -> None:
    """Convert the data set NAME in FOLDER, as it was downloaded and unpacked.

    Images stay where they are; OUT.jsonl names them relative to itself. Broken records are
    skipped, counted and named. A run that was ended goes on when it is started again.
    """
    from itertools import islice

    from pinpoint_data.annotating.annotation_file import AnnotationWriter, first_failures
    from pinpoint_data.datasets import load_reader
    from pinpoint_data.datasets.item import Item
    from pinpoint_data.datasets.to_annotations import to_annotation
    from pinpoint_edge.commands.terminal import progress
    from pinpoint_edge.errors import DataError, PageError

    dataset = load_reader(name)
    settings = {"name": name, "folder": str(folder.resolve()), "split": split, "use": use}
    file = AnnotationWriter(out, settings, overwrite=overwrite)
    found = list(islice(dataset.items(folder, split), limit))
    items = [item for item in found if isinstance(item, Item)]
    skipped = [f"{item.what}: {item.reason}" for item in found if not isinstance(item, Item)]
    if not items:
        raise DataError(
            f"{folder} gave no question of {dataset.title}; {len(skipped)} records were skipped"
            + (f", the first: {skipped[0]}" if skipped else "")
        )
    ids: set[str] = set()
    with progress(len(items), "question") as advance:
        for item in items:
            if item.id in ids:
                skipped.append(f"{item.id}: there are two of them")
            elif not file.holds(item.id):
                try:
                    row = to_annotation(item, out.resolve().parent, use or dataset.use)
                    file.write(row)
                except (PageError, DataError) as error:
                    skipped.append(f"{item.id}: {error}")
            ids.add(item.id)
            advance(item)
    counts = Counter(_kind(row) for row in file.rows)
    kept, review = file.finish(least)
    figures = {"rows": kept, "review": review, "skipped": len(skipped), **counts}
    said = ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in figures.items())
    lines = [
        f"{out}: {said}",
        *first_failures(skipped),
        f"{dataset.title}: {dataset.terms}; the rows are for {use or dataset.use}.",
    ]
    deliver(
        {"out": str(out), "use": use or dataset.use, **figures, "skipped_records": skipped},
        lambda: click.echo("\n".join(lines)),
    )


def _kind(row: dict[str, Any]) -> str:
    if "confidence" not in row:
        return "boxes_of_the_set"
    if row["answer_boxes"]:
        return "boxes_proposed"
    return "no_ocr" if row["confidence"] == 0 else "answer_not_found"
