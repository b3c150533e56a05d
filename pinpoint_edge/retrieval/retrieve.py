"""How each reader chooses its evidence, so that readers can be compared on one bundle.

`pinpoint`: relevance from the aligner, until coverage r or the token budget ends the choice.
`full-page`: everything. `read-all`: everything is read, then the literal matcher chooses.
`lexical`: the literal matcher chooses on rough readings. `oracle`: the given boxes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.errors import OptionError
from pinpoint_edge.result import Box
from pinpoint_edge.retrieval import selection, trigrams
from pinpoint_edge.vision import stages
from pinpoint_edge.vision.geometry import area, intersection

if TYPE_CHECKING:
    from pinpoint_edge.document import Document

READERS = ("pinpoint", "full-page", "read-all", "lexical", "oracle")
ORACLE_COVER = 0.4
NO_BUDGET = 2**31 - 1
OUT_OF_REACH = -1e4  # a relevance whose share is 0
LEXICAL_SHARE = 0.3  # of the document's tokens, for the readers that know no null region


@dataclass(frozen=True)
class Choice:
    """The evidence chosen for one instruction.

    indices: document-wide, in reading order; relevance f32 (N,): a probability for every region of
    the document; null: probability that nothing answers; found: False when null wins; left_out:
    regions that coverage asked for and the budget refused.
    """

    indices: tuple[int, ...]
    relevance: NDArray[np.float32]
    null: float
    found: bool = True
    left_out: int = 0


def choose(
    document: Document,
    instruction: str,
    reader: str,
    *,
    coverage: float,
    budget: int,
    share: float | None = None,
    oracle_boxes: Sequence[tuple[int, Box]] | None = None,
    timings: stages.Timings,
) -> Choice:
    """Choose evidence as the named reader does; OptionError for an unknown reader.

    `share` fixes the share of the document's tokens instead of coverage and budget, to compare
    readers at an equal price. `oracle_boxes`: (page, box) pairs, for the oracle only.
    """
    if reader not in READERS:
        raise OptionError(f"No reader is named {reader!r}: choose one of {', '.join(READERS)}.")
    count = len(document.regions)
    if reader == "pinpoint":
        with stages.timed(timings, "align"):
            scores = _aligned(document, instruction)
        if share is not None:
            picked = selection.top_by_share(scores, document.costs, share)
            return Choice(picked, _shares(scores), 0.0, count > 0)
        with stages.timed(timings, "select"):
            logits = np.append(_on_likely_pages(scores, document.page_of), np.float32(0))
            chosen = selection.select(logits, document.costs, coverage, budget)
            covering = selection.select(logits, document.costs, coverage, NO_BUDGET)
        return Choice(
            chosen.indices,
            _shares(scores),
            chosen.null,
            chosen.found,
            len(covering.indices) - len(chosen.indices),
        )
    if reader == "full-page":
        return Choice(tuple(range(count)), _uniform(count), 0.0, count > 0)
    if reader == "oracle":
        if oracle_boxes is None:
            raise OptionError("The oracle reader needs oracle_boxes: the gold support boxes.")
        return _oracle(document, oracle_boxes)
    if reader == "read-all":
        document.refine(range(count), timings)
    with stages.timed(timings, "match"):
        scores = _lexical(document, instruction, accurate=reader == "read-all")
    if count == 0:
        return Choice((), scores, 1.0, False)
    share = LEXICAL_SHARE if share is None else share
    picked = selection.top_by_share(scores, document.costs, share)
    return Choice(picked, _softmax(scores * 4), 0.0)


def _aligned(document: Document, instruction: str) -> NDArray[np.float32]:
    session = document.reader.source.session("align")
    parts = [
        stages.align(session, instruction, page.glance, page.geometry, page.rows)
        for page in document.pages
    ]
    return np.concatenate([*parts, np.zeros(0, np.float32)])


def _lexical(document: Document, instruction: str, *, accurate: bool) -> NDArray[np.float32]:
    parts = [np.zeros(0, np.float32)]
    for page in document.pages:
        readings = page.glance.readings
        if accurate:
            span = range(page.first, page.first + len(page.regions))
            readings = [document.refined[index].transcription.text for index in span]
        parts.append(trigrams.lexical_scores(instruction, readings, page.geometry, page.rows))
    return np.concatenate(parts)


def _oracle(document: Document, gold: Sequence[tuple[int, Box]]) -> Choice:
    picked = [
        index
        for index, region in enumerate(document.regions)
        if any(
            page == document.page_of[index]
            and intersection(region.box, box)
            >= ORACLE_COVER * max(min(area(region.box), area(box)), 1e-6)
            for page, box in gold
        )
    ]
    return Choice(tuple(picked), _uniform(len(document.regions)), 0.0, bool(picked))


def _on_likely_pages(scores: NDArray[np.float32], page_of: Sequence[int]) -> NDArray[np.float32]:
    """Put the regions of unlikely pages out of reach.

    Softened relevance gathers what is uncertain within a page; between pages it would only bring in
    look-alikes, so they compete by their shares at temperature 1.
    """
    if len(set(page_of)) < 2:
        return scores
    shares = np.bincount(page_of, weights=_softmax(scores))
    likely = shares[np.asarray(page_of)] >= selection.PAGE_SHARE
    return np.where(likely, scores, np.float32(OUT_OF_REACH)).astype(np.float32)


def _shares(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """The probabilities that the selection adds up to its coverage."""
    return _softmax(scores / selection.TEMPERATURE)


def _uniform(count: int) -> NDArray[np.float32]:
    return np.full(count, 1.0 / max(count, 1), np.float32)


def _softmax(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    if not len(scores):
        return scores
    powers = np.exp(scores - scores.max())
    return np.asarray(powers / powers.sum(), np.float32)
