"""From a question to the regions that it is about: align, then select."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.bundle import SelectionParameters
from pinpoint_edge.retrieval.align import align
from pinpoint_edge.retrieval.named_document import named_document
from pinpoint_edge.retrieval.selection import Limits, select, with_companions
from pinpoint_edge.runtime.timings import Timings, timed
from pinpoint_edge.vision.look import LookedPage
from pinpoint_runtimes import Session

NO_BUDGET = 2**31 - 1
OUT_OF_REACH = -1e4  # a relevance whose share is 0


@dataclass(frozen=True)
class Retrieved:
    """The regions chosen for one question.

    indices: document-wide, in reading order; relevance f32 (N,): a probability for every region of
    the document; found: False when nothing on the pages is relevant; null: the aligner's
    probability of that, None where no aligner chose; left_out: regions that coverage asked for and
    the budget refused; token_budget: of the evidence, None for as much as the context holds.
    """

    indices: tuple[int, ...]
    relevance: NDArray[np.float32]
    found: bool = True
    null: float | None = None
    left_out: int = 0
    token_budget: int | None = None


def retrieve(
    question: str,
    pages: Sequence[LookedPage],
    costs: NDArray[np.int32],
    session: Session,
    limits: Limits,
    parameters: SelectionParameters,
    timings: Timings,
) -> Retrieved:
    """Choose the regions that the question is about, over all pages of a document.

    costs i32 (N,): tokens that each region is expected to add; session: the `align` stage.
    """
    with timed(timings, "align"):
        scores = relevance_of(question, pages, session)
    with timed(timings, "select"):
        page_of = [number for number, page in enumerate(pages) for _ in page.regions]
        likely = _on_likely_pages(scores, page_of, parameters.page_share)
        logits = np.append(likely, np.float32(0))
        coverage, budget = limits.coverage, limits.token_budget
        chosen = select(logits, costs, coverage, budget, parameters)
        covering = select(logits, costs, coverage, NO_BUDGET, parameters)
        indices = with_companions(chosen, scores, costs, budget, partial(_companions, pages))
    return Retrieved(
        indices,
        softmax(scores / parameters.temperature),
        chosen.found,
        chosen.null,
        len(covering.indices) - len(chosen.indices),
        budget,
    )


def _companions(pages: Sequence[LookedPage], index: int) -> list[int]:
    """The companions of a region of a document, see `Layout`."""
    page = next(page for page in pages if index < page.first + len(page.regions))
    return [page.first + place for place in page.layout.companions(index - page.first)]


def relevance_of(
    question: str, pages: Sequence[LookedPage], session: Session
) -> NDArray[np.float32]:
    """Score every region of all pages: f32 (N,), see `align`."""
    parts = [_in_named_document(align(session, question, page), question, page) for page in pages]
    return np.concatenate([*parts, np.zeros(0, np.float32)])


def _in_named_document(
    scores: NDArray[np.float32], question: str, page: LookedPage
) -> NDArray[np.float32]:
    """Put what lies in other documents of a page out of reach where the question names one."""
    documents = np.asarray(page.layout.document, np.int64)
    named = named_document(question, page.glance.readings, page.layout.document)
    if named is None:
        return scores
    return np.where(documents == named, scores, np.float32(OUT_OF_REACH)).astype(np.float32)


def uniform(count: int) -> NDArray[np.float32]:
    """Return the relevance f32 (count,) of regions that nothing weighs."""
    return np.full(count, 1.0 / max(count, 1), np.float32)


def softmax(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return probabilities f32 (N,) of scores; none for none."""
    if not len(scores):
        return scores
    powers = np.exp(scores - scores.max())
    return np.asarray(powers / powers.sum(), np.float32)


def _on_likely_pages(
    scores: NDArray[np.float32], page_of: Sequence[int], least: float
) -> NDArray[np.float32]:
    """Put the regions of pages with less than `least` of the relevance out of reach, but the best.

    Softened relevance gathers what is uncertain within a page; between pages it would only bring in
    look-alikes, so they compete by their shares at temperature 1.
    """
    if len(set(page_of)) < 2:
        return scores
    shares = np.bincount(page_of, weights=softmax(scores))
    # Many pages of equal relevance all fall below `least`; the most relevant one stays.
    likely = shares[np.asarray(page_of)] >= min(least, float(shares.max()))
    return np.where(likely, scores, np.float32(OUT_OF_REACH)).astype(np.float32)
