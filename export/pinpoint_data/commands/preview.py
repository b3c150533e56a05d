"""`pinpoint-data preview`: generated or annotated pages on one contact sheet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pinpoint_edge.commands.group import FILE_PATH, deliver, shared_options, writable

if TYPE_CHECKING:
    from pinpoint_data.commands.page_picture import PagePicture
    from pinpoint_edge.evaluation.annotations import Question


COLUMNS = 4


@click.command(
    "preview",
    epilog="Example: pinpoint-data preview form,invoice --count 12 -o sheet.png",
)
@click.argument("source", required=False, metavar="[KINDS|FILE.jsonl]")
@click.option("--seed", default="0", show_default=True, help="Which pages and questions to draw.")
@click.option(
    "--count", type=click.IntRange(1, 200), default=12, show_default=True, help="Pages to draw."
)
@click.option(
    "-o", "--out", required=True, metavar="SHEET.png", type=FILE_PATH, callback=writable,
)  # fmt: skip
@shared_options
def command(source: str | None, seed: str, count: int, out: Path) -> None:
    """Draw a contact sheet of generated pages, of the KINDS named with commas or of all, or of
    the annotated pages of FILE.jsonl, each with one of its questions.

    Answers are blue, all that supports them amber, other places of the answer grey.
    """
    from itertools import islice

    from pinpoint_edge.errors import OptionError
    from pinpoint_edge.evaluation.contact_sheet import contact_sheet
    from pinpoint_edge.storage.atomic import replacing

    if out.suffix.lower() not in (".png", ".jpg", ".jpeg"):
        raise OptionError(f"{out}: the sheet is a picture; end its name with .png or .jpg")
    skipped: list[str] = []
    if source is not None and source.endswith(".jsonl"):
        found = _annotated(Path(source), seed, skipped)
    else:
        found = _generated(source.split(",") if source else None, seed)
    pictures = list(islice(found, count))
    if not pictures:
        raise OptionError(f"{source}: there is no page to draw; {'; '.join(skipped[:3])}")
    drawn = contact_sheet([picture.draw() for picture in pictures], COLUMNS)
    with replacing(out) as file:
        drawn.save(file, "PNG" if out.suffix.lower() == ".png" else "JPEG")
    line = f"{out}: {len(pictures)} pages, {drawn.width}x{drawn.height} pixels"
    deliver(
        {"out": str(out), "pages": len(pictures), "skipped": skipped},
        lambda: click.echo("\n".join([line, *(f"  skipped: {each}" for each in skipped)])),
    )


def _generated(kinds: list[str] | None, seed: str) -> Iterator[PagePicture]:
    from random import Random

    from pinpoint_data.commands.page_picture import PagePicture
    from pinpoint_data.generator.stream import pages

    for index, page in enumerate(pages(seed, kinds)):
        caption = f"{page.kind}, seed {seed}, page {index}"
        if not page.questions:
            yield PagePicture(page.image, caption, "(no question)", "")
            continue
        asked = Random(f"{seed}:{index}").choice(page.questions)
        yield PagePicture(
            page.image,
            caption,
            asked.question,
            asked.answers[0] if asked.answers else None,
            asked.answer_boxes,
            asked.support_boxes,
        )


def _annotated(file: Path, seed: str, skipped: list[str]) -> Iterator[PagePicture]:
    from random import Random

    from pinpoint_edge.errors import PageError
    from pinpoint_edge.evaluation.annotations import read_lines

    by_page: dict[str, list[Question]] = {}
    for line in read_lines(file):
        skipped += [f"line {line.number}: {problem}" for problem in line.problems]
        if line.question is not None:
            by_page.setdefault(line.question.path, []).append(line.question)
    order = list(by_page)
    rng = Random(seed)
    rng.shuffle(order)
    for path in order:
        question = rng.choice(by_page[path])
        try:
            yield from _pages(question)
        except PageError as error:
            skipped.append(str(error))


def _pages(question: Question) -> Iterator[PagePicture]:
    """The question's own page, and the other pages of its document that support it."""
    from pinpoint_data.commands.page_picture import PagePicture
    from pinpoint_edge.vision.page import load_pages

    for sheet in question.all_pages:
        if sheet.page != question.page and not sheet.support_boxes:
            continue
        page = load_pages([sheet.path])[0]
        sure = "" if question.confidence is None else f" · confidence {question.confidence}"
        yield PagePicture(
            page.image,
            f"{Path(sheet.path).name} · {question.id}{sure}",
            question.question,
            question.answers[0] if question.answers else None,
            sheet.answer_boxes,
            sheet.support_boxes,
            sheet.alt_answer_boxes,
        )
