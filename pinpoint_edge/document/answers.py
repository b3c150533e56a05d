"""Answers made of what was generated from the evidence, or where nothing was."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pinpoint_edge.generation import confidence, prompt
from pinpoint_edge.generation.confidence import Signals, Weights
from pinpoint_edge.generation.generator import Generated
from pinpoint_edge.result import Alternative, Answer, EvidenceRegion, Kind, TokenCount
from pinpoint_edge.values import Value, value_of
from pinpoint_edge.values.page_locale import PageLocale
from pinpoint_edge.vision.ctc import Transcription
from pinpoint_edge.vision.geometry import Corners, Quad, bounds
from pinpoint_edge.vision.refine import Source
from pinpoint_edge.vision.regions import Region

DERIVED = 0.5  # a derived answer names the evidence at least this relevant, to the best one's 1


@dataclass(frozen=True)
class ReadRegion:
    """A region of the evidence after it was read at full resolution.

    index: document-wide; part: the quad between two fractions, 0..1, of its reading direction.
    """

    index: int
    region: Region
    page: int
    relevance: float
    transcription: Transcription
    part: Callable[[float, float], Quad]
    source: Source = "recogniser"

    def public(self) -> EvidenceRegion:
        """Return the part of it that an answer shows."""
        probabilities = self.transcription.probabilities
        likely = float(np.mean(probabilities)) if probabilities else 0.0
        return EvidenceRegion(
            self.transcription.text, self.region.box, self.page, self.relevance, likely, self.source
        )


Piece = tuple[int, int, int]  # region index, first character, end character


def answered(
    generated: Generated,
    evidence: Sequence[ReadRegion],
    null: float,
    tokens: TokenCount,
    timings: dict[str, float],
    weights: Mapping[str, Weights],
    *,
    focus: float = 1.0,
    label: float = 1.0,
) -> Answer:
    """Make the answer of a text that was generated from the evidence.

    null: the aligner's probability that nothing answers; weights: of the confidence's signals;
    focus, label: two of them.
    """
    kind: Kind = generated.span.kind if generated.span else "free"
    found = kind != "not-found" and generated.text.casefold() != prompt.NOT_FOUND
    read = {item.index: item for item in evidence}
    pieces: Sequence[Piece] = generated.span.pieces if generated.span else ()
    if found and not pieces:
        pieces = _derived_from(generated.text, evidence)
    best = max((read[index] for index, _, _ in pieces), key=_relevance, default=None)
    # The support of a derived answer may lie on several pages; boxes are those of one.
    pieces = [piece for piece in pieces if best and read[piece[0]].page == best.page]
    quads, probabilities = [], []
    for index, start, end in pieces:
        line = read[index].transcription
        if spans := line.spans[start:end]:
            quads.append(read[index].part(spans[0][0], spans[-1][1]))
        probabilities += line.probabilities[start:end]
    signals = Signals(
        decode=confidence.decode_probability(generated.log_probabilities),
        least=math.exp(min((0.0, *generated.log_probabilities))),
        reader=confidence.reader_probability(probabilities),
        null=null,
        not_found=generated.not_found,
        focus=focus,
        support=_share(best.relevance, focus) if best and found else 1.0,
        legible=confidence.mean_probability(
            [value for item in evidence for value in item.transcription.probabilities]
        ),
        label=label,
    )
    return Answer(
        text=generated.text if found else None,
        found=found,
        kind=kind if found else "not-found",
        confidence=confidence.of_answer(signals, found, weights),
        page=best.page if best and found else None,
        boxes=tuple(bounds(quad) for quad in quads) if found else (),
        quads=tuple(map(_corners, quads)) if found else (),
        evidence=tuple(item.public() for item in evidence),
        tokens=tokens,
        timings=timings,
        source=_source([read[index].source for index, _, _ in pieces]) if found else None,
        signals=signals,
    )


def with_value(answer: Answer, question: str, locale: PageLocale) -> Answer:
    """Return the answer with the value that its words are, on a page of this locale."""
    if answer.kind in ("yes", "no"):
        return replace(answer, value=Value("yes-no", answer.kind == "yes"))
    if not answer.found or answer.text is None:
        return answer
    return replace(answer, value=value_of(answer.text, question, locale))


def as_alternative(answer: Answer) -> Alternative:
    """Return the part of an answer that an alternative has."""
    return Alternative(
        answer.text, answer.kind, answer.confidence, answer.page, answer.boxes, answer.quads
    )


def withheld(answer: Answer, least: float) -> Answer:
    """Return the answer, or, where it is less sure than `least`, one without words.

    Its words are then the first of its alternatives.
    """
    if answer.confidence >= least:
        return answer
    return replace(
        answer, text=None, found=False, kind="unsure", page=None, boxes=(), quads=(), source=None,
        value=None, alternatives=(as_alternative(answer), *answer.alternatives),
    )  # fmt: skip


def nothing_found(
    null: float,
    tokens: TokenCount,
    timings: dict[str, float],
    weights: Mapping[str, Weights],
    *,
    focus: float = 1.0,
    label: float = 1.0,
    legible: float = 1.0,
) -> Answer:
    """Make the answer "not found" where no region is relevant and nothing was generated."""
    signals = Signals(1.0, 1.0, 1.0, null, 1.0, focus, 1.0, legible, label)
    return Answer(
        text=None,
        found=False,
        kind="not-found",
        # Without weights the null region alone speaks.
        confidence=confidence.of_answer(signals, False, weights) if weights else null,
        page=None,
        boxes=(),
        quads=(),
        evidence=(),
        tokens=tokens,
        timings=timings,
        signals=signals,
    )


def _derived_from(text: str, evidence: Sequence[ReadRegion]) -> list[Piece]:
    """The support of a derived or free answer: regions that hold its words, or the best ones."""
    words = re.sub(r"\W+", "", text.casefold())
    holding = [
        item
        for item in evidence
        if len(words) > 3 and words in re.sub(r"\W+", "", item.transcription.text.casefold())
    ]
    top = max(map(_relevance, evidence), default=0.0)
    close = [item for item in evidence if item.relevance >= DERIVED * top]
    return [(item.index, 0, len(item.transcription.text)) for item in holding or close]


def _source(sources: Sequence[Source]) -> Source:
    layered = bool(sources) and all(source == "text-layer" for source in sources)
    return "text-layer" if layered else "recogniser"


def _share(part: float, whole: float) -> float:
    return min(1.0, part / whole) if whole > 0 else 1.0


def _relevance(item: ReadRegion) -> float:
    return item.relevance


def _corners(quad: Any) -> Corners:
    return tuple((float(x), float(y)) for x, y in quad)
