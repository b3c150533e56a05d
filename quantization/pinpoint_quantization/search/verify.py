"""Real answers under a recipe beside those in float32, kept as they come."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from pinpoint_edge.bundle import Bundle
from pinpoint_edge.evaluation import metrics
from pinpoint_edge.evaluation.dataset import AnnotatedPage
from pinpoint_edge.evaluation.evaluate import evaluate
from pinpoint_edge.evaluation.predictions import PredictionFile
from pinpoint_edge.reader import PinPoint
from pinpoint_quantization.search.choice import Verified

READER = "pinpoint"
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

    kept: a folder; the answers lie there by the bundle's digest, and are not asked for again.
    """
    name = f"answers-{bundle.digest[:16]}-{runtime or bundle.manifest.target}.jsonl"
    with PredictionFile(kept / name, resume=True) as file:
        done = dict(file.done)
        missing = [q for page in pages for q in page.questions if (q.id, READER) not in done]
        if missing:
            with PinPoint.load(bundle.folder, runtime=runtime, threads=threads) as model:
                made = evaluate(
                    model,
                    pages,
                    (READER,),
                    done=done,
                    on_prediction=file.write,
                    on_page=on_page,
                )
            done |= {prediction.key: prediction for prediction in made}
    return {q.id: done[q.id, READER].answer for page in pages for q in page.questions}


def compare_answers(
    pages: Sequence[AnnotatedPage], found: Answers, reference: Answers, size: int
) -> Verified:
    """Return what the answers lost; the interval is drawn over whole pages, question by question.

    size: bytes of the bundle that gave `found`.
    """
    questions = [(page.path, q) for page in pages for q in page.questions]
    ours = [metrics.anls(found[q.id], q.answers) for _, q in questions]
    theirs = [metrics.anls(reference[q.id], q.answers) for _, q in questions]
    return Verified(
        len(questions),
        sum(ours) / len(questions),
        sum(theirs) / len(questions),
        metrics.paired_bootstrap(theirs, ours, groups=[path for path, _ in questions]),
        sum(found[q.id] == reference[q.id] for _, q in questions) / len(questions),
        size,
    )
