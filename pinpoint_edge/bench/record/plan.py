"""The turns of a run, the log that lets it go on, and answers as the record keeps them."""

from __future__ import annotations

import hashlib
import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from pinpoint_edge.bench.record.record import BundleFacts, MeasuredAnswer, Settings
from pinpoint_edge.errors import OutputError
from pinpoint_edge.evaluation.dataset import AnnotatedPage, Question
from pinpoint_edge.evaluation.metrics import anls
from pinpoint_edge.storage.resumable_log import Log

if TYPE_CHECKING:
    from pinpoint_edge.bundle import Bundle
    from pinpoint_edge.evaluation.predictions import Prediction

SETTLED = 0.05
Turn = tuple[int, AnnotatedPage]  # the number of a round, and a page of it


def turns(pages: Sequence[AnnotatedPage], runs: int) -> list[Turn]:
    """Return every page once, and again until `runs` cold pages and further questions are there.

    Where no page has a second question, the cold pages alone decide.
    """
    planned: list[Turn] = [(0, page) for page in pages]
    cold, further = len(pages), sum(len(page.questions) - 1 for page in pages)
    has_further = further > 0
    number = 0
    while cold < runs or (has_further and further < runs):
        number += 1
        for page in pages:
            planned.append((number, page))
            cold, further = cold + 1, further + len(page.questions) - 1
            if cold >= runs and (further >= runs or not has_further):
                break
    return planned


def measured_log(path: Path | None, by: str, resume: bool) -> Log[MeasuredAnswer]:
    """Open the file of the answers of a run that is going on.

    Raises OutputError where it has answers and is not to be resumed, OptionError where they are of
    other settings.
    """
    if path is not None and path.exists() and not resume:
        raise OutputError(
            f"{path}: an earlier run was interrupted; go on with --resume, or delete the file."
        )
    return Log(path, MeasuredAnswer, lambda a: (a.round, a.id), by=by)


def measured_answer(
    number: int,
    page: AnnotatedPage,
    question: Question,
    prediction: Prediction,
    at_s: float,
    taken_s: float,
    joules: float | None,
) -> MeasuredAnswer:
    """Return what the record keeps of an answer."""
    return MeasuredAnswer(
        round=number,
        id=question.id,
        page=question.image,
        width=page.width,
        height=page.height,
        question=question.question,
        gold=tuple(question.answers),
        gold_boxes=tuple(question.answer_boxes),
        answer=prediction.answer,
        confidence=prediction.confidence,
        boxes=prediction.boxes,
        anls=anls(prediction.answer, question.answers),
        tokens=prediction.llm_tokens,
        at_s=at_s,
        ms=prediction.ms,
        cold_ms=prediction.cold_ms,
        stages={**(prediction.opening or {}), **prediction.timings},
        joules=joules,
        taken_s=taken_s,
    )


def settled(times: Sequence[float]) -> bool:
    """Return whether the median of the last times is that of those before them, nearly."""
    half = min(3, len(times) // 2)
    last, before = statistics.median(times[-half:]), statistics.median(times[-2 * half : -half])
    return abs(last - before) <= SETTLED * before


def changed(answers: Sequence[MeasuredAnswer]) -> tuple[str, ...]:
    """Return the questions that were not answered alike in all rounds, texts and boxes."""
    first: dict[str, object] = {}
    changed: dict[str, None] = {}
    for answer in answers:
        said = answer.answer, answer.boxes
        if first.setdefault(answer.id, said) != said:
            changed[answer.id] = None
    return tuple(changed)


def bundle_facts(bundle: Bundle) -> BundleFacts:
    """Return what names a bundle in a record."""
    manifest = bundle.manifest
    return BundleFacts(
        manifest.name, bundle.digest, bundle.size, manifest.target, manifest.recipe.name
    )


def identity(bundle: Bundle, pages: Sequence[AnnotatedPage], settings: Settings) -> str:
    """Return the digest of all that decides a run, for its resumable log."""
    questions = [(q.id, q.question, q.image) for page in pages for q in page.questions]
    decisive = [bundle.digest, asdict(settings), questions]
    return hashlib.sha256(json.dumps(decisive).encode()).hexdigest()[:16]
