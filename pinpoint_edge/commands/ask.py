"""`pinpoint ask`: one question to one document."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pinpoint_edge.commands.batch.documents import (
    LIST_SUFFIX,
    Listed,
    check_question,
    inputs_of,
    listed_documents,
    read_questions,
)
from pinpoint_edge.commands.bundle_options import (
    Batch,
    Limits,
    Run,
    RunOn,
    document_options,
    sureness_options,
)
from pinpoint_edge.commands.endpoint_options import Remote, endpoint_options
from pinpoint_edge.commands.group import (
    checked_output,
    deliver,
    output_option,
    say_replaced,
    shared_options,
)
from pinpoint_edge.commands.terminal import corners
from pinpoint_edge.errors import OptionError, OutputError
from pinpoint_edge.storage.atomic import check_writable, replacing

if TYPE_CHECKING:
    from pinpoint_edge.document import Document
    from pinpoint_edge.result import Alternative, Answer
    from pinpoint_edge.vision.look import TextLayer

PICTURES = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}


@click.command(
    "ask",
    epilog="Example: pinpoint ask bundles/forms-onnx receipt.jpg 'What is the total?' "
    "--annotate answer.png",
)
@click.argument("bundle")
@click.argument("arguments", nargs=-1, required=True, metavar="PAGE... QUESTION")
@click.option(
    "--questions",
    "questions_file",
    metavar="FILE",
    help="Questions in the place of QUESTION, one a line; - is stdin.",
)
@click.option("--annotate", metavar="OUT.png", help="Draw the answer's boxes on its page.")
@click.option("--blocks", is_flag=True, help="Number the blocks of the page in that picture.")
@click.option("--full-page", is_flag=True, help="Read every region instead of choosing some.")
@click.option("--free", is_flag=True, help="Let the answer use words that are not on the page.")
@sureness_options
@endpoint_options
@document_options
@output_option("Write the answer as JSON, those of many as JSON lines or CSV.")
@shared_options
@click.pass_context
def command(
    ctx: click.Context,
    bundle: str,
    arguments: tuple[str, ...],
    questions_file: str | None,
    annotate: str | None,
    blocks: bool,
    full_page: bool,
    free: bool,
    password: str | None,
    text_layer: TextLayer,
    batch: Batch,
    limits: Limits,
    run_on: RunOn,
    least: float | None,
    alternatives: int,
    remote: Remote | None,
) -> None:
    """Ask a document QUESTION and print the answer with its boxes.

    PAGE is an image or a PDF; several are one document, and file.pdf#3 is its third page alone. An
    answer that is not on the page is "not found", with exit code 0, and one that is
    less sure than --least "not sure".

    A folder, a pattern in quotes ("scans/*.jpg") or a .jsonl list, one {"file": "a.pdf",
    "question": "..."} a line, is many documents. Their results are JSON lines or CSV, one an
    answer; the same command goes on with an --output that it had not finished. Exit code 1: a
    document could not be read.
    """
    pages, questions = _split(ctx, arguments, questions_file)
    listed = listed_documents(pages, batch.each)
    inputs = inputs_of(pages, listed, bundle, questions_file)
    picture = _check_picture(annotate, inputs) if annotate else None
    if blocks and picture is None:
        raise OptionError("--blocks draws into the picture of --annotate; name one.")
    output = checked_output(inputs)
    run = Run(*(bundle, run_on, limits, password, text_layer, full_page, free), alternatives, least)
    if remote is not None and (full_page or free or alternatives or least or picture):
        raise OptionError(
            "--endpoint answers in its own way: leave out --full-page, --free, --least, "
            "--alternatives and --annotate."
        )
    if listed is not None or len(questions) != 1:
        if remote is not None:
            raise OptionError("--endpoint takes one document and one question.")
        if picture is not None:
            raise OptionError("--annotate draws one answer; ask one document one question.")
        from pinpoint_edge.commands.batch.results import ask_all

        fields = {question: question for question in questions}
        documents = listed or [Listed(pages[0], pages)]
        ctx.exit(1 if ask_all(documents, fields, "question", run, batch, output) else 0)
    with run.opened(run.load(), pages, batch.quiet) as document:
        if remote is not None:
            remote.ask(document, questions[0], limits)
            return
        answer = run.ask(document, questions[0])
    if picture is not None:
        _annotate(document, answer, questions[0], picture, blocks)
    deliver(
        answer.to_json(),
        lambda: click.echo(_words(answer)) if batch.quiet else _print(answer),
    )


def _split(
    ctx: click.Context, arguments: tuple[str, ...], questions_file: str | None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The pages and the questions of the arguments; none where a list brings its own."""
    if questions_file is not None:
        return arguments, read_questions(questions_file)
    *pages, last = arguments
    if not pages and last.lower().endswith(LIST_SUFFIX):
        return arguments, ()
    if not pages:
        raise click.UsageError("Missing argument 'QUESTION'.", ctx)
    return tuple(pages), (check_question(last),)


def _check_picture(path: str, inputs: Sequence[str]) -> Path:
    if Path(path).suffix.lower() not in PICTURES:
        raise OutputError(f"Cannot write {path}: end its name in {', '.join(PICTURES)}.")
    return check_writable(path, inputs=inputs)


def _annotate(document: Document, answer: Answer, question: str, path: Path, blocks: bool) -> None:
    from pinpoint_edge.document.drawing import draw

    looked = document.pages[answer.page or 0]
    cells = looked.cell_boxes() if blocks else []
    say_replaced(path)
    with replacing(path) as file:
        draw(looked.page, answer, question, cells).save(file, format=PICTURES[path.suffix.lower()])


def _print(answer: Answer) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from pinpoint_edge.document.warnings import MEANING

    console = Console(highlight=False, soft_wrap=True)
    # Text, not markup: an answer may hold square brackets.
    console.print(Text(_words(answer), style="bold" if answer.found else ""))
    if answer.kind == "unsure":
        console.print(Text(f"less sure than --least: {_alternative(answer.alternatives[0])}"))
    where = f"page {answer.page + 1}" if answer.page is not None else "no page"
    boxes = " ".join(corners(box) for box in answer.boxes) or "none"
    console.print(f"confidence {answer.confidence:.2f} · {where} · boxes {boxes}", markup=False)
    for code in answer.warnings:
        console.print(Text(f"warning: {MEANING[code]} ({code})"))
    for other in answer.alternatives[answer.kind == "unsure" :]:
        console.print(Text(f"or: {_alternative(other)}"))
    for region in answer.evidence:
        console.print(
            Text(f"  {region.relevance:.2f}  p{region.page + 1} {corners(region.box)}  ")
            + Text(region.text)
        )
    tokens = answer.tokens
    console.print(
        f"tokens: evidence {tokens.evidence} of budget {tokens.budget}, in all {tokens.prompt}, "
        f"answer {tokens.answer}; {tokens.share:.0%} of the page's {tokens.page_estimate}"
    )
    if tokens.dropped:
        console.print(f"{tokens.dropped} relevant regions did not fit the budget (--token-budget)")
    if console.is_terminal and answer.timings:
        table = Table("stage", "ms", title="timings", title_justify="left")
        table.columns[1].justify = "right"
        for stage, milliseconds in answer.timings.items():
            table.add_row(stage, f"{milliseconds:.1f}")
        console.print(table)


def _words(answer: Answer) -> str:
    if answer.found:
        return answer.text or ""
    return "not sure" if answer.kind == "unsure" else "not found"


def _alternative(other: Alternative) -> str:
    boxes = " ".join(map(corners, other.boxes))
    words = "not found" if other.text is None else other.text
    return " ".join(filter(None, (words, f"({other.confidence:.2f})", boxes)))
