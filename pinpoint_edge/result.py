"""The answer to a question: its words, their place on the page, and the tokens and time it took."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pinpoint_edge.generation.confidence import Signals
from pinpoint_edge.values import Value
from pinpoint_edge.vision.geometry import Box, Corners
from pinpoint_edge.vision.refine import Source

Kind = Literal["span", "yes", "no", "count", "free", "not-found", "unsure"]

FIELD_KEYS = ("text", "found", "confidence", "page", "boxes", "value")
"""Keys of `Answer.to_json` that a field of many shows."""


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
    count, free, not-found, or unsure: less sure than was asked for, its words the first
    alternative. `confidence` is 0 to 1 and covers reading and answering. `page` is 0-based in the
    document. `boxes` are upright, `quads` follow tilted text; both in pixels of the
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
        tokens (the fields of TokenCount, and share), timings. Pixels have two decimals, shares and
        probabilities four, milliseconds two.
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


def _pixels(values: tuple[float, ...]) -> list[float]:
    return [round(float(value), 2) for value in values]
