"""Real answers under a recipe beside those in float32, kept in a file as they come."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from pinpoint_edge.bundle import Bundle
from pinpoint_edge.evaluation import metrics
from pinpoint_edge.evaluation.ask import ask_set, asking
from pinpoint_edge.evaluation.dataset import AnnotatedPage
from pinpoint_edge.evaluation.predictions import prediction_log
from pinpoint_edge.reader import PinPoint
from pinpoint_quantization.search.choice import Verified

Answers = dict[str, str | None]


def answers_of(
    bundle: Bundle,
    pages: Sequence[AnnotatedPage],
    kept: Path,
    *,
    runtime: str | None = None,
    threads: int | None = None,
    on_page: Callable[[object], None] = lambda page: None,
) -> Answers:
    """Ask a bundle all questions; return the answers by question, None where it found none.

    kept: a folder with the answers by the bundle's digest; questions with answers are not asked
    again.
    """
    name = f"answers-{bundle.digest[:16]}-{runtime or bundle.manifest.target}.jsonl"
    log = prediction_log(kept / name)
    with PinPoint.load(bundle.folder, runtime=runtime, threads=threads) as model:
        made = ask_set(pages, asking(model), log, on_page=on_page, warm_up=False)
    return {prediction.id: prediction.answer for prediction in made}


def compare_answers(
    pages: Sequence[AnnotatedPage], found: Answers, reference: Answers, size: int
) -> Verified:
    """Compare answers with those of the reference; the interval is over whole pages.

    size: bytes of the bundle behind `found`.
    """
    ours, theirs = anls_of(pages, found), anls_of(pages, reference)
    return Verified(
        len(ours),
        sum(ours) / len(ours),
        sum(theirs) / len(theirs),
        metrics.paired_bootstrap(theirs, ours, groups=page_of_each(pages)),
        identical(found, reference),
        size,
    )


def anls_of(pages: Sequence[AnnotatedPage], answers: Answers) -> list[float]:
    """Return the ANLS of each question's answer, in the order of the pages."""
    return [metrics.anls(answers[q.id], q.answers) for page in pages for q in page.questions]


def page_of_each(pages: Sequence[AnnotatedPage]) -> list[str]:
    """Return the page of each question, which groups them for an interval."""
    return [page.path for page in pages for _ in page.questions]


def identical(found: Answers, reference: Answers) -> float:
    """Return the share of the questions with the same answer."""
    return sum(found[question] == reference[question] for question in found) / len(found)
