"""Run readers over annotated pages: each page opened cold, then asked all its questions."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias, TypedDict

from pinpoint_edge.evaluation import metrics
from pinpoint_edge.evaluation.dataset import AnnotatedPage, Box, Question
from pinpoint_edge.evaluation.predictions import Key, Prediction, apart, on_all_pages, predict
from pinpoint_edge.evaluation.strategies import strategy

if TYPE_CHECKING:
    from pinpoint_edge.document import Document
    from pinpoint_edge.reader import PinPoint

# These never look at the glance, so its time is not theirs.
WITHOUT_GLANCE = frozenset({"full-page", "read-all", "oracle"})


Ask: TypeAlias = Callable[[AnnotatedPage, Sequence[Question]], Iterable[Prediction]]


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
    options: Options = {"coverage": coverage, "token_budget": token_budget, "share": share}

    def ask(reader: str) -> Ask:
        return lambda page, questions: ask_page(model, page.paths, questions, reader, **options)

    return take_turns(
        pages,
        {reader: ask(reader) for reader in readers},
        done=done,
        on_prediction=on_prediction,
        on_page=on_page,
    )


def take_turns(
    pages: Sequence[AnnotatedPage],
    asks: Mapping[str, Ask],
    *,
    done: Collection[Key] = (),
    on_prediction: Callable[[Prediction], None] = lambda prediction: None,
    on_page: Callable[[AnnotatedPage], None] = lambda page: None,
    after_warming: Callable[[], None] = lambda: None,
) -> list[Prediction]:
    """Let the named askers answer every page's questions in turns; see `evaluate`.

    `after_warming` is called when all have been through the first page, uncounted.
    """
    predictions: list[Prediction] = []
    names = list(asks)
    warm = False
    for turn, page in enumerate(pages):
        for place in range(len(names)):
            name = names[(turn + place) % len(names)]
            asked = [q for q in page.questions if (q.id, name) not in done]
            if not asked:
                continue
            if not warm:
                for ask in asks.values():
                    list(ask(page, asked[:1]))
                after_warming()
                warm = True
            for prediction in asks[name](page, asked):
                on_prediction(prediction)
                predictions.append(prediction)
        on_page(page)
    return predictions


def ask_page(
    model: PinPoint,
    paths: str | Sequence[str],
    questions: Sequence[Question],
    reader: str,
    *,
    coverage: float | None = None,
    token_budget: int | None = None,
    share: float | None = None,
) -> Iterator[Prediction]:
    """Open a page, or the pages of a document in order, and yield one reader's answer to each
    question; the first one's time is cold."""
    start = time.perf_counter()
    document = model.open(paths if isinstance(paths, str) or len(paths) > 1 else paths[0])
    opening_ms = (time.perf_counter() - start) * 1000
    yield from ask_document(
        document, opening_ms, questions, reader,
        is_whole=not isinstance(paths, str),
        coverage=coverage, token_budget=token_budget, share=share,
    )  # fmt: skip


def ask_document(
    document: Document,
    opening_ms: float,
    questions: Sequence[Question],
    reader: str,
    *,
    name: str | None = None,
    is_whole: bool = False,
    coverage: float | None = None,
    token_budget: int | None = None,
    share: float | None = None,
) -> Iterator[Prediction]:
    """Yield one reader's answer to each question on a document that took `opening_ms` to open.

    The document holds the questions' own page alone, or all of its pages: `is_whole`.
    `name` is what the predictions call the reader, where several have its way of choosing.
    """
    opening = dict(document.timings)
    if reader in WITHOUT_GLANCE:
        opening_ms -= opening.pop("glance", 0.0)
    for number, question in enumerate(questions):
        sheets = question.sheets if is_whole else (question,)
        own = sheets.index(question)
        regions = [apart(region.box, region.page - own) for region in document.regions]
        gold = [(place, box) for place, sheet in enumerate(sheets) for box in sheet.support_boxes]
        start = time.perf_counter()
        answer = document.ask(
            question.question,
            coverage=coverage,
            token_budget=token_budget,
            strategy=strategy(reader, share=share, gold=gold),
        )
        ms = (time.perf_counter() - start) * 1000
        first = number == 0
        yield predict(
            question.id,
            name or reader,
            answer,
            pages=[sheet.page for sheet in sheets],
            own=own,
            regions_recall=answer_recall(question, regions),
            ms=ms,
            cold_ms=opening_ms + ms if first else None,
            opening=opening if first else None,
        )


def answer_places(question: Question) -> list[tuple[Box, ...]]:
    """The marked place of the answer, and each other one on any page of the document."""
    others = on_all_pages(question, lambda sheet: sheet.alt_answer_boxes)
    return [question.answer_boxes, *((box,) for box in others)]


def answer_recall(question: Question, boxes: Sequence[Box]) -> float | None:
    """Return the part of the answer's boxes that `boxes` cover by half; None when it has none.

    Another place where the same answer stands counts as well as the marked one.
    """
    if not question.answer_boxes:
        return None
    return max(metrics.box_recall(place, boxes) for place in answer_places(question))


def answer_iou(question: Question, boxes: Sequence[Box]) -> float | None:
    """Return the IoU of `boxes` with the answer's boxes, or the place that fits best."""
    if not question.answer_boxes:
        return None
    return max(metrics.boxes_iou(boxes, place) for place in answer_places(question))
