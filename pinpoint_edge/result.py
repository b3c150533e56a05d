"""The answer to an instruction: the words, where they stand, and what it took."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

from pinpoint_edge.generation.confidence import Signals

Box: TypeAlias = tuple[float, float, float, float]
"""(x0, y0, x1, y1) in pixels of the upright source page."""

Corners: TypeAlias = tuple[tuple[float, float], ...]
"""Four (x, y) corners in pixels of the upright source page, clockwise from the text's top left."""


@dataclass(frozen=True)
class EvidenceRegion:
    """One region that the answer was read from; `probability` is the transcription's."""

    text: str
    box: Box
    page: int
    relevance: float
    probability: float


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
class Answer:
    """What an instruction found on a document.

    `text` is None and `found` False when the document does not answer it. `kind` is span, yes, no,
    count, free or not-found. `confidence` is 0 to 1 and covers reading and answering. `page` is
    0-based in the document. `boxes` are upright, `quads` follow tilted text; both in pixels of the
    upright source page. `timings` are milliseconds by stage. `signals`: what the confidence is
    made of; neither compared nor in `to_json`.
    """

    text: str | None
    found: bool
    kind: str
    confidence: float
    page: int | None
    boxes: tuple[Box, ...]
    quads: tuple[Corners, ...]
    evidence: tuple[EvidenceRegion, ...]
    tokens: TokenCount
    timings: dict[str, float] = field(default_factory=dict)
    signals: Signals | None = field(default=None, compare=False)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values with stable keys.

        Keys: text, found, kind, confidence, page, boxes, quads, evidence (text, box, page,
        relevance, probability), tokens (the fields of TokenCount, and share), timings. Pixels have
        two decimals, shares and probabilities four, milliseconds two.
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
                }
                for region in self.evidence
            ],
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


def _pixels(values: tuple[float, ...]) -> list[float]:
    return [round(float(value), 2) for value in values]
