"""Run readers over annotated pages: each page opened cold, then asked all its questions."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import TYPE_CHECKING, TypedDict

from pinpoint_edge import metrics
from pinpoint_edge.bench.dataset import AnnotatedPage, Box, Question
from pinpoint_edge.bench.prediction import Key, Prediction, predict

if TYPE_CHECKING:
    from pinpoint_edge.pipeline import PinPoint

# These never look at the glance, so its time is not theirs.
WITHOUT_GLANCE = frozenset({"full-page", "read-all", "oracle"})


class Options(TypedDict):
    coverage: float | None
    token_budget: int | None
    share: float | None


def evaluate(
    model: PinPoint,
    pages: Sequence[AnnotatedPage],
    readers: Sequence[str],
    *,
    coverage: float | None = None,
    token_budget: int | None = None,
    share: float | None = None,
    done: Collection[Key] = (),
    on_prediction: Callable[[Prediction], None] = lambda prediction: None,
    on_page: Callable[[AnnotatedPage], None] = lambda page: None,
) -> list[Prediction]:
    """Ask every question on every page through each reader; return the new predictions.

    Readers take turns page by page, each on a document of its own, and another one goes first
    each time: what else the machine does then slows all of them alike. Questions in `done` are
    left out. `share` holds readers to that share of a page's tokens instead of coverage and
    budget. The first page is gone through once beforehand, uncounted, to warm the sessions up.
    """
    predictions: list[Prediction] = []
    options: Options = {"coverage": coverage, "token_budget": token_budget, "share": share}
    warm = False
    for turn, page in enumerate(pages):
        order = [readers[(turn + k) % len(readers)] for k in range(len(readers))]
        for reader in order:
            open_questions = [q for q in page.questions if (q.id, reader) not in done]
            if not open_questions:
                continue
            if not warm:
                for each in readers:
                    list(ask_page(model, page.path, open_questions[:1], each, **options))
                warm = True
            for prediction in ask_page(model, page.path, open_questions, reader, **options):
                on_prediction(prediction)
                predictions.append(prediction)
        on_page(page)
    return predictions


def ask_page(
    model: PinPoint,
    path: str,
    questions: Sequence[Question],
    reader: str,
    *,
    coverage: float | None = None,
    token_budget: int | None = None,
    share: float | None = None,
) -> Iterator[Prediction]:
    """Open a page and yield one reader's answer to each question; the first one's time is cold."""
    start = time.perf_counter()
    document = model.open(path)
    opening_ms = (time.perf_counter() - start) * 1000
    opening = dict(document.timings)
    if reader in WITHOUT_GLANCE:
        opening_ms -= opening.pop("glance", 0.0)
    regions = [region.box for region in document.regions]
    for number, question in enumerate(questions):
        start = time.perf_counter()
        answer = document.ask(
            question.question,
            coverage=coverage,
            token_budget=token_budget,
            reader=reader,
            share=share,
            oracle_boxes=[(0, box) for box in question.support_boxes],
        )
        ms = (time.perf_counter() - start) * 1000
        first = number == 0
        yield predict(
            question.id,
            reader,
            answer,
            page=question.page,
            regions_recall=answer_recall(question, regions),
            ms=ms,
            cold_ms=opening_ms + ms if first else None,
            opening=opening if first else None,
        )


def answer_recall(question: Question, boxes: Sequence[Box]) -> float | None:
    """Return the part of the answer's boxes that `boxes` cover by half; None when it has none.

    Another place where the same answer stands counts as well as the marked one.
    """
    if not question.answer_boxes:
        return None
    places = [question.answer_boxes, *([box] for box in question.alt_answer_boxes)]
    return max(metrics.box_recall(place, boxes) for place in places)


def answer_iou(question: Question, boxes: Sequence[Box]) -> float | None:
    """Return the IoU of `boxes` with the answer's boxes, or the place that fits best."""
    if not question.answer_boxes:
        return None
    places = [question.answer_boxes, *([box] for box in question.alt_answer_boxes)]
    return max(metrics.boxes_iou(boxes, place) for place in places)
