"""`pinpoint-data whole`: questions about pictures of pages become questions about whole PDFs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pinpoint_edge.commands.group import FILE_PATH, deliver, shared_options

if TYPE_CHECKING:
    from pinpoint_data.reference_lines import ReferenceLine
    from pinpoint_edge.evaluation.annotations import Box, Question

    _Page = tuple[
        dict[str, Any], list[ReferenceLine]
    ]  # its fields, and the lines of its text layer

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
# NAME_pN.jpg is page N, from 0, of NAME.pdf.
PAGE = re.compile(r"(?P<document>.+)_p(?P<number>\d+)")


@click.command(
    "whole",
    epilog="Example: pinpoint-data whole fcc_adbuy/qa.jsonl --pdfs fcc_adbuy/pdfs -o whole.jsonl",
)
@click.argument("file", type=FILE_PATH, metavar="FILE.jsonl")
@click.option("--pdfs", type=_FOLDER, required=True, help="Folder of the documents.")
@click.option("-o", "--out", type=FILE_PATH, required=True, metavar="OUT.jsonl")
@click.option("--overwrite", is_flag=True, help="Replace OUT.jsonl if it is there.")
@shared_options
def command(file: Path, pdfs: Path, out: Path, overwrite: bool) -> None:
    """Rewrite FILE.jsonl so that a question about NAME_pN.jpg is asked about all of NAME.pdf.

    Boxes are carried to the size at which the PDF's page is opened. Where the text layer of another
    page says the answer, too, as the heads of an order's pages do, its line becomes another place
    of the answer. Questions whose PDF is not in the folder are left out and counted.
    """
    from pinpoint_data.annotating.annotation_file import AnnotationWriter
    from pinpoint_edge.errors import DataError
    from pinpoint_edge.evaluation.annotations import load_questions

    settings = {"file": str(file.resolve()), "pdfs": str(pdfs.resolve())}
    questions = load_questions(file)
    written = AnnotationWriter(out, settings, overwrite=overwrite)
    documents: dict[Path, list[_Page]] = {}
    left_out = 0
    for question in questions:
        match = PAGE.fullmatch(Path(question.image).stem)
        document = pdfs / f"{match['document']}.pdf" if match else None
        if match is None or document is None or not document.is_file():
            left_out += 1
        elif not written.holds(question.id):
            if document not in documents:
                documents[document] = _pages(document, out.resolve().parent)
            written.write(_row(question, documents[document], int(match["number"])))
    if not written.rows:
        raise DataError(
            f"{pdfs} has no PDF of a page in {file}; page N of NAME.pdf must be called NAME_pN.*"
        )
    kept, _ = written.finish()
    count = len({row["image"] for row in written.rows})
    figures = {"questions": kept, "documents": count, "left_out": left_out}
    line = f"{out}: {kept} questions about {count} documents, {left_out} without a PDF"
    deliver({"out": str(out), **figures}, lambda: click.echo(line))


def _pages(document: Path, folder: Path) -> list[_Page]:
    """The pages of a PDF as `folder` sees them; raises PageError for a broken one."""
    from pinpoint_data.annotating.annotation_file import sized_fields
    from pinpoint_data.reference_lines import text_layer_lines
    from pinpoint_edge.vision.page import load_pages

    opened = load_pages([document])  # first, because it says what is wrong with a file
    return [
        (sized_fields(document, number, (page.width, page.height), folder), lines)
        for number, (page, lines) in enumerate(zip(opened, text_layer_lines(document), strict=True))
    ]


def _row(question: Question, pages: list[_Page], number: int) -> dict[str, Any]:
    from pinpoint_data.annotating.annotation_file import checked
    from pinpoint_edge.errors import DataError

    if number >= len(pages):
        raise DataError(
            f"{question.id}: {pages[0][0]['image']} has no page {number}, only {len(pages)} pages"
        )
    own, _ = pages[number]
    scale = own["width"] / question.width, own["height"] / question.height

    def carried(boxes: tuple[Box, ...]) -> list[list[float]]:
        return [[round(v * scale[i % 2], 2) for i, v in enumerate(box)] for box in boxes]

    row = question.to_row() | own
    for name in ("answer_boxes", "support_boxes", "alt_answer_boxes"):
        if name in row:
            row[name] = carried(getattr(question, name))
    others = []
    for sheet, lines in pages:
        if sheet is not own:
            places = _places(question.answers, lines, (sheet["width"], sheet["height"]))
            others.append(sheet | ({"alt_answer_boxes": places} if places else {}))
    return checked(row | {"other_pages": others})


def _places(
    answers: tuple[str, ...], lines: list[ReferenceLine], size: tuple[int, int]
) -> list[list[float]]:
    """Boxes of the lines of a page's text layer that hold an answer as words of their own."""
    from pinpoint_data.annotating.annotation_file import clipped

    said = [re.compile(rf"(?<!\w){re.escape(answer)}(?!\w)", re.IGNORECASE) for answer in answers]
    return clipped((line.box for line in lines if any(a.search(line.text) for a in said)), size)
