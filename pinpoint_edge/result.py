"""The answer to a question: its words, their place on the page, and the tokens and time it took."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from pinpoint_edge.generation import confidence, prompt
from pinpoint_edge.generation.confidence import Signals, Weights
from pinpoint_edge.generation.generator import Generated
from pinpoint_edge.values import Value, value_of
from pinpoint_edge.values.page_locale import PageLocale
from pinpoint_edge.vision.ctc import Transcription
from pinpoint_edge.vision.geometry import Box, Corners, Quad, bounds
from pinpoint_edge.vision.refine import Source
from pinpoint_edge.vision.regions import Region

Kind = Literal["span", "yes", "no", "count", "free", "not-found", "unsure"]

FIELD_KEYS = ("text", "found", "confidence", "page", "boxes", "value")
"""Keys of `Answer.to_json` that a field of many shows."""
DERIVED = 0.5  # a derived answer names the evidence at least this relevant, to the best one's 1


@dataclass(frozen=True)
class EvidenceRegion:
    """One region that the answer was read from.

    `probability` is its transcription's, 0 to 1; `source` as of `Answer`.
    """

    text: str
    box: Box
    page: int
    relevance: float
    probability: float
    source: Source = "recogniser"


@dataclass(frozen=True)
class TokenCount:
    """Tokens that entered and left the language model.

    `evidence` counts transcriptions, separators and visual tokens (`visual` of them) and is what
    `budget` limits; `prompt` counts everything that entered; `page_estimate` is what the whole page
    would have taken as evidence; `dropped` counts relevant regions that the budget left out.
    """

    evidence: int
    visual: int
    prompt: int
    answer: int
    budget: int
    page_estimate: int
    dropped: int = 0

    @property
    def share(self) -> float:
        """Evidence as a share of the whole page's tokens."""
        return self.evidence / self.page_estimate if self.page_estimate else 0.0


@dataclass(frozen=True)
class Alternative:
    """Another answer that was near: its words and boxes, as those of an `Answer`.

    `text` is None where it is "not found".
    """

    text: str | None
    kind: Kind
    confidence: float
    page: int | None
    boxes: tuple[Box, ...]
    quads: tuple[Corners, ...]

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values with the keys text, kind, confidence, page, boxes, quads."""
        return {
            "text": self.text,
            "kind": self.kind,
            "confidence": round(float(self.confidence), 4),
            "page": self.page,
            "boxes": [_pixels(box) for box in self.boxes],
            "quads": [[_pixels(corner) for corner in quad] for quad in self.quads],
        }


@dataclass(frozen=True)
class Answer:
    """The answer to one question on a document.

    `text` is None and `found` False when the document does not answer it. `kind` is span, yes, no,
    count, free, not-found, or unsure: less sure than was asked for, its words the
    first alternative.
    `confidence` is 0 to 1 and covers reading and answering. `page` is
    0-based in the document. `boxes` are upright, `quads` follow tilted text; both in pixels of the
    upright source page. `source`: "text-layer" where all its words are those of the PDF's text
    layer, "recogniser" where some were read in the picture, None where nothing was found.
    `value`: the text as a date, amount, number, yes or no, phone number, IBAN or e-mail address,
    None of names and codes. `alternatives`: the next best answers, where they were asked for.
    `warnings`: codes of what makes the answer doubtful: empty-page, little-text, hard-to-read,
    language, turned. `timings` are milliseconds by stage. `signals`: what the confidence is
    made of; neither compared nor in `to_json`.
    """

    text: str | None
    found: bool
    kind: Kind
    confidence: float
    page: int | None
    boxes: tuple[Box, ...]
    quads: tuple[Corners, ...]
    evidence: tuple[EvidenceRegion, ...]
    tokens: TokenCount
    timings: dict[str, float] = field(default_factory=dict)
    source: Source | None = None
    value: Value | None = None
    alternatives: tuple[Alternative, ...] = ()
    warnings: tuple[str, ...] = ()
    signals: Signals | None = field(default=None, compare=False)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values with stable keys.

        Keys: text, found, kind, confidence, page, boxes, quads, evidence (text, box, page,
        relevance, probability, source), source, value (of `Value.to_json`), alternatives, warnings,
        tokens (the fields of
        TokenCount, and share), timings. Pixels have two decimals, shares and probabilities four,
        milliseconds two.
        """
        return {
            "text": self.text,
            "found": self.found,
            "kind": self.kind,
            "confidence": round(float(self.confidence), 4),
            "page": self.page,
            "boxes": [_pixels(box) for box in self.boxes],
            "quads": [[_pixels(corner) for corner in quad] for quad in self.quads],
            "evidence": [
                {
                    "text": region.text,
                    "box": _pixels(region.box),
                    "page": region.page,
                    "relevance": round(float(region.relevance), 4),
                    "probability": round(float(region.probability), 4),
                    "source": region.source,
                }
                for region in self.evidence
            ],
            "source": self.source,
            "value": self.value.to_json() if self.value else None,
            "alternatives": [other.to_json() for other in self.alternatives],
            "warnings": list(self.warnings),
            "tokens": {
                "evidence": self.tokens.evidence,
                "visual": self.tokens.visual,
                "prompt": self.tokens.prompt,
                "answer": self.tokens.answer,
                "budget": self.tokens.budget,
                "page_estimate": self.tokens.page_estimate,
                "dropped": self.tokens.dropped,
                "share": round(self.tokens.share, 4),
            },
            "timings": {name: round(float(ms), 2) for name, ms in self.timings.items()},
        }


def fields_json(answers: Mapping[str, Answer]) -> dict[str, dict[str, Any]]:
    """Return answers by field as plain JSON values, with FIELD_KEYS."""
    values = {name: answer.to_json() for name, answer in answers.items()}
    return {name: {key: value[key] for key in FIELD_KEYS} for name, value in values.items()}


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


def _pixels(values: tuple[float, ...]) -> list[float]:
    return [round(float(value), 2) for value in values]
