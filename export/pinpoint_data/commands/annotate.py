"""`pinpoint-data annotate`: boxes proposed for questions and answers of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pinpoint_edge.commands.group import FILE_PATH, deliver, shared_options

if TYPE_CHECKING:
    from pinpoint_data.annotating.drafts import Draft
    from pinpoint_data.annotating.line_sources import Annotators
    from pinpoint_data.annotating.scoring import ProposalScore


@click.command(
    "annotate",
    epilog="Example: pinpoint-data annotate mine.jsonl -o qa.jsonl "
    "--bundle bundles/forms-onnx-int4 --least 0.6",
)
@click.argument("questions", type=FILE_PATH, metavar="QA.jsonl")
@click.option("-o", "--out", type=FILE_PATH, metavar="OUT.jsonl", help="What to write.")
@click.option(
    "--lines",
    type=FILE_PATH,
    metavar="LINES.jsonl",
    help="Lines of text of each image, as you have them.",
)
@click.option(
    "--ocr", type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="FOLDER",
    help="Folder of OCR files named after the images: Textract, Microsoft Read or SROIE.",
)  # fmt: skip
@click.option(
    "--bundle", type=click.Path(exists=True, path_type=Path),
    help="Read the pages with this bundle. Without --lines, --ocr and --bundle the weights that "
    "come with this package read them.",
)  # fmt: skip
@click.option(
    "--threads", type=click.IntRange(min=1), help="Threads that read. Default: all cores."
)
@click.option("--limit", type=click.IntRange(min=1), help="So many questions only.")
@click.option(
    "--least", type=click.FloatRange(0, 1), default=0.0, show_default=True, metavar="CONFIDENCE",
    help="Leave rows that are less sure to a person: they go to OUT.review.jsonl.",
)  # fmt: skip
@click.option(
    "--score", "scores", is_flag=True,
    help="Hide the boxes of QA.jsonl, propose them, and show how well that goes; writes nothing.",
)  # fmt: skip
@click.option("--overwrite", is_flag=True, help="Replace OUT.jsonl if it is there.")
@shared_options
def command(
    questions: Path,
    out: Path | None,
    lines: Path | None,
    ocr: Path | None,
    bundle: Path | None,
    threads: int | None,
    limit: int | None,
    least: float,
    scores: bool,
    overwrite: bool,
) -> None:
    """Propose answer and support boxes for the questions in QA.jsonl.

    A line needs "image", "question" and "answers"; everything else is filled in. Lines with answer
    boxes are kept as they are. Each row says how sure its boxes are, and why. Broken lines and
    pages are skipped, counted and named; a run that was ended goes on when it is started again.
    """
    from pinpoint_data.annotating.drafts import read_drafts
    from pinpoint_data.annotating.line_sources import open_annotators
    from pinpoint_edge.errors import OptionError

    if sum(source is not None for source in (lines, ocr, bundle)) > 1:
        raise OptionError("Lines come from one place: give one of --lines, --ocr and --bundle.")
    if scores == (out is not None):
        raise OptionError("Give either -o OUT.jsonl, to write proposals, or --score.")
    drafts, skipped = read_drafts(questions)
    drafts = drafts[:limit]
    with open_annotators(lines, ocr, bundle, threads) as annotators:
        if out is None:
            _score(drafts, annotators, skipped)
        else:
            settings = {
                name: str(path.resolve()) if path else None
                for name, path in (
                    ("qa", questions), ("lines", lines), ("ocr", ocr), ("bundle", bundle),
                )
            }  # fmt: skip
            _write(drafts, annotators, skipped, out, settings, least, overwrite)


def _write(
    drafts: list[Draft],
    annotators: Annotators,
    skipped: list[str],
    out: Path,
    settings: dict[str, str | None],
    least: float,
    overwrite: bool,
) -> None:
    from pinpoint_data.annotating.annotation_file import AnnotationWriter, first_failures
    from pinpoint_edge.commands.terminal import progress
    from pinpoint_edge.errors import DataError, PageError

    file = AnnotationWriter(out, settings, overwrite=overwrite)
    with progress(len(drafts), "question") as advance:
        for draft in drafts:
            if not file.holds(draft.id):
                try:
                    file.write(draft.annotation(annotators, out.resolve().parent))
                except (PageError, DataError) as error:
                    skipped.append(f"{draft.where}: {error}")
            advance(draft)
    if not file.rows:
        raise DataError(f"no line of {len(skipped)} could be annotated; the first: {skipped[0]}")
    found = sum(bool(row["answer_boxes"]) for row in file.rows)
    kept, review = file.finish(least)
    figures = {"rows": kept, "review": review, "with_boxes": found, "skipped": len(skipped)}
    line = f"{out}: {kept} rows, {review} left to a person, {found} with boxes"
    deliver(
        {"out": str(out), **figures, "skipped_lines": skipped},
        lambda: click.echo("\n".join([line, *first_failures(skipped)])),
    )


def _score(drafts: list[Draft], annotators: Annotators, skipped: list[str]) -> None:
    from pinpoint_data.annotating.annotation_file import first_failures
    from pinpoint_data.annotating.scoring import score, summary
    from pinpoint_edge.commands.terminal import progress
    from pinpoint_edge.errors import DataError, PageError

    scores: list[ProposalScore] = []
    with progress(len(drafts), "question") as advance:
        for draft in drafts:
            try:
                if draft.annotated is not None and draft.annotated.answer_boxes:
                    scores.append(score(draft.annotated, draft.propose(annotators)))
            except (PageError, DataError) as error:
                skipped.append(f"{draft.where}: {error}")
            advance(draft)
    if not scores:
        raise DataError("no question has answer boxes to compare with; leave out --score")
    figures = summary(scores)
    lines = [
        f"{name.replace('_', ' '):34} {value}"
        for name, value in figures.items()
        if name != "by_confidence"
    ]
    lines += [
        f"confidence >= {row['at_least']}: {row['kept']} of the questions, "
        f"{row['right']} right, {row['right_and_supported']} with all their support"
        for row in figures["by_confidence"]
    ]
    deliver(
        {**figures, "skipped_lines": skipped},
        lambda: click.echo("\n".join([*lines, *first_failures(skipped)])),
    )
