"""Predictions: the answer of a method to one question, and the JSONL file that keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pinpoint_edge.errors import OutputError
from pinpoint_edge.evaluation.annotations import Box
from pinpoint_edge.evaluation.answer_boxes import move_apart
from pinpoint_edge.storage.resumable_log import Log

if TYPE_CHECKING:
    from pinpoint_edge.result import Answer

Key = tuple[str, str]  # the id of a question, the name of a method


@dataclass(frozen=True)
class Prediction:
    """One answer, with all that its scores are made of; times in milliseconds.

    `method` names the strategy or the baseline that answered. `ms` is the question's own time,
    `cold_ms` with the opening of its page before it (the first question on a page only), `opening`
    and `timings` the stages of the one and the other. `page_tokens` is the estimate for the whole
    page, `dropped` counts relevant regions that the token budget left out. `signals` are the parts
    of the confidence. Boxes on other pages of the document than the question's own are moved apart;
    see `answer_boxes`.
    """

    id: str
    method: str
    answer: str | None
    confidence: float
    boxes: tuple[Box, ...]
    evidence: tuple[Box, ...]
    regions_recall: float | None
    llm_tokens: int
    evidence_tokens: int
    page_tokens: int
    dropped: int
    ms: float
    cold_ms: float | None
    opening: dict[str, float] | None
    timings: dict[str, float]
    page: int | None
    signals: dict[str, float] | None = None

    @property
    def key(self) -> Key:
        return self.id, self.method

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values: pixels and milliseconds with two decimals."""
        return {
            "id": self.id,
            "method": self.method,
            "answer": self.answer,
            "confidence": round(self.confidence, 4),
            "boxes": [_rounded(box) for box in self.boxes],
            "evidence": [_rounded(box) for box in self.evidence],
            "regions_recall": self.regions_recall,
            "llm_tokens": self.llm_tokens,
            "evidence_tokens": self.evidence_tokens,
            "page_tokens": self.page_tokens,
            "dropped": self.dropped,
            "ms": round(self.ms, 2),
            "cold_ms": None if self.cold_ms is None else round(self.cold_ms, 2),
            "opening": None if self.opening is None else _rounded_stages(self.opening),
            "timings": _rounded_stages(self.timings),
            "page": self.page,
            "signals": None
            if self.signals is None
            else {name: round(value, 6) for name, value in self.signals.items()},
        }


def predict(
    question_id: str,
    method: str,
    answer: Answer,
    *,
    pages: Sequence[int],
    own: int,
    regions_recall: float | None,
    ms: float,
    cold_ms: float | None,
    opening: dict[str, float] | None,
) -> Prediction:
    """Return the prediction that an answer amounts to.

    `pages` are the annotation's numbers of the pages that were open, `own` the place of the
    question's among them.
    """
    return Prediction(
        id=question_id,
        method=method,
        answer=answer.text if answer.found else None,
        confidence=float(answer.confidence),
        boxes=tuple(move_apart(box, (answer.page or 0) - own) for box in answer.boxes),
        evidence=tuple(move_apart(region.box, region.page - own) for region in answer.evidence),
        regions_recall=regions_recall,
        llm_tokens=answer.tokens.prompt,
        evidence_tokens=answer.tokens.evidence,
        page_tokens=answer.tokens.page_estimate,
        dropped=answer.tokens.dropped,
        ms=ms,
        cold_ms=cold_ms,
        opening=opening,
        timings=dict(answer.timings),
        page=None if answer.page is None else pages[answer.page],
        signals=None if answer.signals is None else asdict(answer.signals),
    )


def prediction_log(
    path: Path | None, *, resume: bool = True, by: str | None = None, shared: bool = False
) -> Log[Prediction]:
    """Open the predictions of a file, or none; see `Log` for `by` and `shared`.

    Raises OutputError when the file has predictions and is not to be resumed, and what `Log` does.
    """
    log = Log(path, Prediction, lambda p: p.key, by=by, shared=shared, to_json=Prediction.to_json)
    if log.done and not resume:
        raise OutputError(
            f"{path}: the file has predictions already; go on with --resume, or name another file"
        )
    return log


def _rounded(values: Sequence[float]) -> list[float]:
    return [round(float(value), 2) for value in values]


def _rounded_stages(stages: dict[str, float]) -> dict[str, float]:
    return {name: round(ms, 2) for name, ms in stages.items()}
