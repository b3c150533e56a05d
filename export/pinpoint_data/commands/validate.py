"""`pinpoint-data validate`: everything that is wrong with an annotation file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pinpoint_edge.commands.group import FILE_PATH, deliver, shared_options

if TYPE_CHECKING:
    from pinpoint_edge.evaluation.annotations import AnnotationLine, Question

LOW = 0.6


@click.command(
    "validate",
    epilog="Example: pinpoint-data validate receipts/qa.jsonl --open",
)
@click.argument("file", type=FILE_PATH, metavar="FILE.jsonl")
@click.option(
    "--open", "opens", is_flag=True,
    help="Open every page as well, which finds truncated images and pages that a PDF lacks.",
)  # fmt: skip
@shared_options
def command(file: Path, opens: bool) -> int:
    """Check an annotation file line by line and print every problem with its line.

    The exit code is 1 when there is one.
    """
    from pinpoint_edge.evaluation.annotations import read_lines

    lines = list(read_lines(file))
    questions = [line.question for line in lines if line.question is not None]
    problems = [(line.number, problem) for line in lines for problem in line.problems]
    if not lines:
        problems.append((1, "there are no questions; write one JSON object a line"))
    if opens:
        problems = sorted([*problems, *_of_pages(lines)])
    counts = _counts(questions)
    found = [{"line": number, "problem": problem} for number, problem in problems]
    said = [f"{file}, line {number}: {problem}" for number, problem in problems]
    said.append(
        f"{len(problems)} problems; {len(questions)} of {len(lines)} lines are right: "
        + ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items())
    )
    deliver(
        {"file": str(file), "lines": len(lines), "problems": found, "counts": counts},
        lambda: click.echo("\n".join(said)),
    )
    return int(bool(problems))


def _counts(questions: Sequence[Question]) -> dict[str, int]:
    pages = {path for question in questions for path in question.paths}
    return {
        "questions": len(questions),
        "pages": len(pages),
        "unanswerable": sum(not q.answers for q in questions),
        "answered_without_boxes": sum(bool(q.answers) and not _has_boxes(q) for q in questions),
        "without_a_label": sum(
            _has_boxes(q)
            and not any(set(s.support_boxes) - set(s.answer_boxes) for s in q.all_pages)
            for q in questions
        ),
        "about_several_pages": sum(bool(q.other_pages) for q in questions),
        "of_low_confidence": sum(
            q.confidence is not None and q.confidence < LOW for q in questions
        ),
        "for_measuring_only": sum(q.use == "measure" for q in questions),
        "duplicates": sum(
            n - 1 for n in Counter((q.paths, q.question) for q in questions).values()
        ),
    }


def _has_boxes(question: Question) -> bool:
    return any(sheet.answer_boxes for sheet in question.all_pages)


def _of_pages(lines: Sequence[AnnotationLine]) -> list[tuple[int, str]]:
    """Problems of opening each page, told at the first line that names it."""
    from pinpoint_edge.commands.terminal import progress
    from pinpoint_edge.errors import PageError
    from pinpoint_edge.vision.page import load_pages

    first: dict[str, tuple[int, Any]] = {}
    for line in lines:
        for sheet in line.question.all_pages if line.question else ():
            first.setdefault(sheet.path, (line.number, sheet))
    problems = []
    with progress(len(first)) as advance:
        for path, (number, sheet) in first.items():
            try:
                page = load_pages([path])[0]
                if (page.width, page.height) != (sheet.width, sheet.height):
                    problems.append(
                        (number, f"the page {path} is {page.width}x{page.height} pixels when it "
                         f"is opened, not {sheet.width}x{sheet.height}")
                    )  # fmt: skip
            except PageError as error:
                problems.append((number, str(error)))
            advance(path)
    return problems
