"""Ask an annotated set: every page opened cold, all its questions asked, every answer logged."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias, TypedDict

from pinpoint_edge.evaluation.annotations import Question
from pinpoint_edge.evaluation.answer_boxes import answer_recall, move_apart
from pinpoint_edge.evaluation.dataset import AnnotatedPage
from pinpoint_edge.evaluation.predictions import Prediction, predict, prediction_log
from pinpoint_edge.evaluation.strategies import strategy as named
from pinpoint_edge.storage.resumable_log import Log

if TYPE_CHECKING:
    from pinpoint_edge.document import Document
    from pinpoint_edge.reader import PinPoint

PINPOINT = "pinpoint"
# These never look at the glance, so its time is not theirs.
WITHOUT_GLANCE = frozenset({"full-page", "read-all", "oracle"})

Ask: TypeAlias = Callable[[AnnotatedPage, Sequence[Question]], Iterable[Prediction]]
"""Opens a page and answers some of its questions, in order."""


class EvidenceOptions(TypedDict, total=False):
    """The user's bounds on the evidence; None for the bundle's own.

    coverage, token_budget: see `Document.ask`; share: see `strategies.strategy`.
    """

    coverage: float | None
    token_budget: int | None
    share: float | None


def ask_set(
    pages: Sequence[AnnotatedPage],
    methods: Mapping[str, Ask],
    log: Log[Prediction] | None = None,
    *,
    on_page: Callable[[AnnotatedPage], None] = lambda page: None,
    warm_up: bool = True,
    after_warming: Callable[[], None] = lambda: None,
) -> list[Prediction]:
    """Ask every question on every page of each method; return all predictions, the log's first.

    Methods take turns page by page, and another one goes first each time: what else the machine
    does then slows all of them alike. Questions that the log has are not asked again.
    `warm_up`: go through the first page once beforehand, uncounted; `after_warming` is called then.
    """
    log = prediction_log(None) if log is None else log
    wanted = {(q.id, name) for page in pages for q in page.questions for name in methods}
    predictions = [prediction for key, prediction in log.done.items() if key in wanted]
    names = list(methods)
    for turn, page in enumerate(pages):
        for place in range(len(names)):
            name = names[(turn + place) % len(names)]
            missing = [q for q in page.questions if (q.id, name) not in log.done]
            if not missing:
                continue
            if warm_up:
                for ask in methods.values():
                    list(ask(page, missing[:1]))
                after_warming()
                warm_up = False
            for prediction in methods[name](page, missing):
                log.add(prediction)
                predictions.append(prediction)
        on_page(page)
    return predictions


def asking(
    model: PinPoint, strategies: Sequence[str] = (PINPOINT,), options: EvidenceOptions | None = None
) -> dict[str, Ask]:
    """Return, for each strategy, a function that asks a loaded bundle on documents of its own."""

    def ask_by(strategy: str) -> Ask:
        return lambda page, questions: ask_page(model, page.paths, questions, strategy, options)

    return {strategy: ask_by(strategy) for strategy in strategies}


def ask_page(
    model: PinPoint,
    paths: str | Sequence[str],
    questions: Sequence[Question],
    strategy: str = PINPOINT,
    options: EvidenceOptions | None = None,
) -> Iterator[Prediction]:
    """Open a page, or the pages of a document in order, and yield the answer to each question.

    The time of the first one is cold.
    """
    start = time.perf_counter()
    document = model.open(paths if isinstance(paths, str) or len(paths) > 1 else paths[0])
    document.look()
    opening_ms = (time.perf_counter() - start) * 1000
    yield from ask_document(
        document, opening_ms, questions, strategy,
        is_whole=not isinstance(paths, str), options=options,
    )  # fmt: skip


def ask_document(
    document: Document,
    opening_ms: float,
    questions: Sequence[Question],
    strategy: str = PINPOINT,
    *,
    method: str | None = None,
    is_whole: bool = False,
    options: EvidenceOptions | None = None,
) -> Iterator[Prediction]:
    """Yield the answer to each question on a document that took `opening_ms` to open.

    The document holds the questions' own page alone, or all of its pages: `is_whole`.
    `method` names the predictions, default the strategy.
    """
    options = options or {}
    opening = dict(document.timings)
    if strategy in WITHOUT_GLANCE:
        opening_ms -= opening.pop("glance", 0.0)
    for number, question in enumerate(questions):
        pages = question.all_pages if is_whole else (question,)
        own = pages.index(question)
        regions = [move_apart(region.box, region.page - own) for region in document.regions]
        gold = [(place, box) for place, page in enumerate(pages) for box in page.support_boxes]
        start = time.perf_counter()
        answer = document.ask(
            question.question,
            coverage=options.get("coverage"),
            token_budget=options.get("token_budget"),
            strategy=named(strategy, share=options.get("share"), gold=gold),
        )
        ms = (time.perf_counter() - start) * 1000
        first = number == 0
        yield predict(
            question.id,
            method or strategy,
            answer,
            pages=[page.page for page in pages],
            own=own,
            regions_recall=answer_recall(question, regions),
            ms=ms,
            cold_ms=opening_ms + ms if first else None,
            opening=opening if first else None,
        )
