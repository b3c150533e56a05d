"""`pinpoint ask`: one question to one document."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pinpoint_edge.commands.bundle_options import Limits, RunOn, evidence_options
from pinpoint_edge.commands.group import deliver, output_option, shared_options
from pinpoint_edge.errors import OutputError
from pinpoint_edge.storage.atomic import check_writable, replacing

if TYPE_CHECKING:
    from pinpoint_edge.document import Document
    from pinpoint_edge.result import Answer
    from pinpoint_edge.vision.geometry import Box

PICTURES = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}


@click.command(
    "ask",
    epilog="Example: pinpoint ask bundles/forms-onnx receipt.jpg 'What is the total?' "
    "--annotate answer.png",
)
@click.argument("bundle")
@click.argument("pages", nargs=-1, required=True, metavar="PAGE...")
@click.argument("question")
@click.option("--annotate", metavar="OUT.png", help="Draw the answer's boxes on its page.")
@click.option("--full-page", is_flag=True, help="Read every region instead of choosing some.")
@click.option("--free", is_flag=True, help="Let the answer use words that are not on the page.")
@evidence_options
@output_option("Write the answer as JSON to a file.")
@shared_options
def command(
    bundle: str,
    pages: tuple[str, ...],
    question: str,
    annotate: str | None,
    full_page: bool,
    free: bool,
    limits: Limits,
    run_on: RunOn,
) -> None:
    """Ask a document QUESTION and print the answer with its boxes.

    PAGE is a JPEG, PNG, WebP, TIFF or PDF; several are one document, and file.pdf#3 is its third
    page alone. An answer that is not on the page is "not found", with exit code 0.
    """
    from pinpoint_edge.document import every_region
    from pinpoint_edge.reader import PinPoint

    picture = _check_picture(annotate) if annotate else None
    document = PinPoint.load(bundle, **run_on).open([*pages])
    strategy = every_region if full_page else None
    answer = document.ask(question, **limits, free=free, strategy=strategy)
    if picture is not None:
        _annotate(document, answer, question, picture)
    deliver(answer.to_json(), lambda: _print(answer))


def _check_picture(path: str) -> Path:
    if Path(path).suffix.lower() not in PICTURES:
        raise OutputError(f"Cannot write {path}: end its name in {', '.join(PICTURES)}.")
    return check_writable(path)


def _annotate(document: Document, answer: Answer, question: str, path: Path) -> None:
    from pinpoint_edge.drawing import draw

    page = document.pages[answer.page or 0].page
    with replacing(path) as file:
        draw(page, answer, question).save(file, format=PICTURES[path.suffix.lower()])


def _print(answer: Answer) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True)
    # Text, not markup: an answer may hold square brackets.
    words = Text(answer.text or "", style="bold") if answer.found else Text("not found")
    console.print(words)
    where = f"page {answer.page + 1}" if answer.page is not None else "no page"
    boxes = " ".join(_corners(box) for box in answer.boxes) or "none"
    console.print(f"confidence {answer.confidence:.2f} · {where} · boxes {boxes}", markup=False)
    for region in answer.evidence:
        console.print(
            Text(f"  {region.relevance:.2f}  p{region.page + 1} {_corners(region.box)}  ")
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


def _corners(box: Box) -> str:
    return "[" + ", ".join(f"{value:.0f}" for value in box) + "]"
