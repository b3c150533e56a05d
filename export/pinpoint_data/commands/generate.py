"""`pinpoint-data generate`: synthetic pages with their questions, written to a folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pinpoint_edge.commands.group import deliver, shared_options

if TYPE_CHECKING:
    from pinpoint_data.generator.synthetic_page import SynthPage

# A page of a form has a dozen questions; whoever wants fewer draws a smaller share of the pages.
QUALITY = 90


@click.command(
    "generate",
    epilog="Example: pinpoint-data generate --count 50 --seed 7 --kinds form,receipt -o made",
)
@click.option("--count", type=click.IntRange(min=1), required=True, metavar="N", help="Pages.")
@click.option(
    "--pages", "each", type=click.IntRange(min=1), default=1, show_default=True, metavar="N",
    help="Bind this many pages to a document and ask what only one of them answers.",
)  # fmt: skip
@click.option("--seed", default="0", show_default=True, help="What the pages are drawn from.")
@click.option("--kinds", metavar="KIND[,KIND]", help="Kinds of documents. Default: all.")
@click.option(
    "--format", "suffix", type=click.Choice(("jpg", "png")), default="jpg", show_default=True
)
@click.option(
    "-o", "--out", required=True, metavar="FOLDER",
    type=click.Path(file_okay=False, path_type=Path), help="Made if it is not there.",
)  # fmt: skip
@click.option("--overwrite", is_flag=True, help="Replace the folder's qa.jsonl if it is there.")
@shared_options
def command(
    count: int,
    each: int,
    seed: str,
    kinds: str | None,
    suffix: str,
    out: Path,
    overwrite: bool,
) -> None:
    """Write N synthetic pages to FOLDER/images and their questions to FOLDER/qa.jsonl.

    With --pages, neighbours are one document, and questions are about all of it. A page depends on
    seed, number and kinds alone. A run that was ended goes on when it is started again; qa.jsonl is
    there when all pages are.
    """
    from pinpoint_data.annotating.annotation_file import AnnotationWriter, checked, first_failures
    from pinpoint_data.generator.stream import pages
    from pinpoint_edge.commands.terminal import progress
    from pinpoint_edge.errors import DataError

    chosen = kinds.split(",") if kinds else None
    next(iter(pages(seed, chosen, range(1))), None)  # an unknown kind is told before all else
    _make_folder(out / "images")
    settings: dict[str, Any] = {"count": count, "seed": seed, "kinds": kinds, "format": suffix}
    settings |= {"pages": each} if each > 1 else {}
    file = AnnotationWriter(out / "qa.jsonl", settings, overwrite=overwrite)
    images = [row["image"] for row in file.rows]
    failed: list[str] = []
    with progress(count) as advance:
        for first in range(0, count, each):
            numbers = range(first, min(first + each, count))
            names = [f"images/{seed}-{index:05d}.{suffix}" for index in numbers]
            # Pages whose rows were being written when the run ended are made once more.
            if set(images).isdisjoint(names) or images[-1] in names:
                made = list(pages(seed, chosen, numbers))
                for page, name in zip(made, names, strict=True):
                    _save(page, out / name)
                for row in _rows(made, names, seed, first):
                    if file.holds(row["id"]):
                        continue
                    try:
                        file.write(checked(row))
                    except DataError as error:
                        failed.append(f"{row['id']}: {error}")
            for index in numbers:
                advance(index)
    kept, _ = file.finish()
    line = f"{out}: {count} pages, {kept} questions, {len(failed)} skipped"
    deliver(
        {"out": str(out), "pages": count, "questions": kept, "skipped": failed},
        lambda: click.echo("\n".join([line, *first_failures(failed)])),
    )


def _rows(
    pages: Sequence[SynthPage], images: Sequence[str], seed: str, first: int
) -> Iterator[dict[str, Any]]:
    from pinpoint_data.annotating.annotation_file import clipped
    from pinpoint_data.generator.document_questions import questions_of_document

    fields: list[dict[str, Any]] = [
        {
            "image": image,
            "page": number,
            "width": page.image.shape[1],
            "height": page.image.shape[0],
        }
        for number, (page, image) in enumerate(zip(pages, images, strict=True))
    ]
    for own, (page, own_fields) in enumerate(zip(pages, fields, strict=True)):
        size = own_fields["width"], own_fields["height"]
        others = fields[:own] + fields[own + 1 :]
        questions = questions_of_document(pages, own) if others else page.questions
        for number, question in enumerate(questions):
            yield {
                "id": f"{seed}-{first + own}-{number}",
                **own_fields,
                "question": question.question,
                "answers": list(question.answers),
                "answer_boxes": clipped(question.answer_boxes, size),
                "support_boxes": clipped(question.support_boxes, size),
                "field": question.field,
                **({"other_pages": others} if others else {}),
            }


def _save(page: SynthPage, path: Path) -> None:
    from PIL import Image

    from pinpoint_edge.storage.atomic import replacing

    with replacing(path) as file:
        kind = "PNG" if path.suffix == ".png" else "JPEG"
        Image.fromarray(page.image).save(file, kind, quality=QUALITY)


def _make_folder(folder: Path) -> None:
    from pinpoint_edge.errors import OutputError

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder} cannot be made: {error.strerror}; name another.") from error
