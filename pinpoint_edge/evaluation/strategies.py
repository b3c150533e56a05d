"""Ways to choose evidence that PinPoint is compared with, on the same bundle.

pinpoint: relevance from the aligner, until coverage or the token budget ends the choice.
full-page: everything. read-all: everything is read, then the literal matcher chooses. lexical: the
literal matcher chooses on rough readings. oracle: the gold boxes.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.document.looked import LookedPages
from pinpoint_edge.document.strategy import Strategy, every_region, relevant_regions
from pinpoint_edge.errors import OptionError
from pinpoint_edge.retrieval import selection, trigrams
from pinpoint_edge.retrieval.retrieve import Retrieved, relevance_of, softmax, uniform
from pinpoint_edge.retrieval.selection import Limits
from pinpoint_edge.runtime.timings import Timings, timed
from pinpoint_edge.vision.geometry import Box, area, intersection

STRATEGIES = ("pinpoint", "full-page", "read-all", "lexical", "oracle")
ORACLE_COVER = 0.4
LEXICAL_SHARE = 0.3  # of the document's tokens, for strategies that know no null region


def strategy(
    name: str, *, share: float | None = None, gold: Sequence[tuple[int, Box]] | None = None
) -> Strategy:
    """Return the strategy of this name.

    share: of the document's tokens, in place of coverage and budget, to compare strategies at an
    equal price; gold: (page, box) pairs, for the oracle. Raises OptionError.
    """
    match name:
        case "pinpoint":
            return relevant_regions if share is None else partial(_top_relevant, share)
        case "full-page":
            return every_region
        case "read-all" | "lexical":
            part = LEXICAL_SHARE if share is None else share
            return partial(_lexical, part, name == "read-all")
        case "oracle":
            if gold is None:
                raise OptionError("The oracle strategy needs the gold support boxes.")
            return partial(_oracle, gold)
    raise OptionError(f"No strategy is named {name!r}: choose one of {', '.join(STRATEGIES)}.")


def _top_relevant(
    share: float, document: LookedPages, question: str, limits: Limits, timings: Timings
) -> Retrieved:
    with timed(timings, "align"):
        session = document.engine.stages.session("align")
        scores = relevance_of(question, document.pages, session)
    picked = selection.top_by_share(scores, document.costs, share)
    temperature = document.engine.manifest.host.selection.temperature
    return Retrieved(picked, softmax(scores / temperature), len(scores) > 0)


def _lexical(
    share: float,
    accurate: bool,
    document: LookedPages,
    question: str,
    limits: Limits,
    timings: Timings,
) -> Retrieved:
    if accurate:
        document.refine(range(len(document.regions)), timings)
    with timed(timings, "match"):
        scores = _literal_scores(document, question, accurate)
    if not len(scores):
        return Retrieved((), scores, found=False, null=1.0)
    picked = selection.top_by_share(scores, document.costs, share)
    return Retrieved(picked, softmax(scores * 4))


def _literal_scores(document: LookedPages, question: str, accurate: bool) -> NDArray[np.float32]:
    parts = [np.zeros(0, np.float32)]
    for page in document.pages:
        readings = page.glance.readings
        if accurate:
            span = range(page.first, page.first + len(page.regions))
            readings = [document.refined[index].transcription.text for index in span]
        parts.append(trigrams.lexical_scores(question, readings, page.layout))
    return np.concatenate(parts)


def _oracle(
    gold: Sequence[tuple[int, Box]],
    document: LookedPages,
    question: str,
    limits: Limits,
    timings: Timings,
) -> Retrieved:
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
    return Retrieved(tuple(picked), uniform(len(document.regions)), bool(picked))
