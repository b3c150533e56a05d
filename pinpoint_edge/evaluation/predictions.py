"""Predictions: what a reader answered to one question, and the JSONL file that keeps them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any

from pinpoint_edge.errors import DataError, OutputError
from pinpoint_edge.evaluation.annotations import Sheet
from pinpoint_edge.evaluation.dataset import Box, Question
from pinpoint_edge.storage.atomic import check_writable

if TYPE_CHECKING:
    from pinpoint_edge.result import Answer

Key = tuple[str, str]  # a question's id, a reader's name
PAGE_APART = 100_000.0  # pixels; no page is as wide


@dataclass(frozen=True)
class Prediction:
    """One answer, with all that its scores are made of; times in milliseconds.

    `ms` is the question's own time, `cold_ms` with the opening of its page before it (the first
    question on a page only), `opening` and `timings` the stages of the one and the other.
    `page_tokens` is what the whole page is estimated to take, `dropped` counts relevant regions
    that the token budget left out. `signals` is what the confidence is made of.
    Boxes on another page of the document than the question's own are moved along x by PAGE_APART
    for each page between them, so that they meet nothing on it.
    """

    id: str
    reader: str
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
        return self.id, self.reader

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values: pixels and milliseconds with two decimals."""
        return {
            "id": self.id,
            "reader": self.reader,
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

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> Prediction:
        """Rebuild a prediction; raises KeyError or TypeError when `row` is none."""
        boxes = {name: tuple(tuple(box) for box in row[name]) for name in ("boxes", "evidence")}
        return cls(**{**row, **boxes})


def predict(
    question_id: str,
    reader: str,
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
        reader=reader,
        answer=answer.text if answer.found else None,
        confidence=float(answer.confidence),
        boxes=tuple(apart(box, (answer.page or 0) - own) for box in answer.boxes),
        evidence=tuple(apart(region.box, region.page - own) for region in answer.evidence),
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


def apart(box: Box, pages: int) -> Box:
    """Return a box of a page so many pages after the question's own, where it meets none of it."""
    shift = PAGE_APART * pages
    return box[0] + shift, box[1], box[2] + shift, box[3]


def on_all_pages(question: Question, boxes: Callable[[Sheet], Iterable[Box]]) -> list[Box]:
    """Return the boxes of each page of a question's document, those of other pages set apart."""
    own = question.sheets.index(question)
    return [
        apart(box, place - own)
        for place, sheet in enumerate(question.sheets)
        for box in boxes(sheet)
    ]


class PredictionFile:
    """A JSONL file that gets each prediction as it is made, so that a stopped run can go on.

    `done` holds what the file had already: empty unless `resume`. Nothing is written before the
    `with` block is entered. Raises OutputError when it can't be written, or exists and wasn't
    asked to be resumed; DataError when it is damaged.
    """

    def __init__(self, path: Path, *, resume: bool = False) -> None:
        self.path = check_writable(path)
        self.done: dict[Key, Prediction] = {}
        self._length = 0
        if not path.exists():
            return
        try:
            data = path.read_bytes()
        except OSError as error:
            raise OutputError(f"{path}: it cannot be read ({error}); name another file") from error
        if data and not resume:
            raise OutputError(
                f"{path}: the file has predictions already; "
                "go on with --resume, or name another file"
            )
        # A run that was stopped in the middle of a line left a last one without its end.
        self._length = data.rfind(b"\n") + 1
        self._parse(data[: self._length])

    def _parse(self, whole: bytes) -> None:
        for number, line in enumerate(whole.split(b"\n"), 1):
            if not line.strip():
                continue
            try:
                prediction = Prediction.from_json(json.loads(line))
            except (ValueError, KeyError, TypeError) as error:
                raise DataError(
                    f"{self.path}, line {number}: this is no prediction ({error}); "
                    "remove the line, or start a new file"
                ) from error
            self.done[prediction.key] = prediction

    def write(self, prediction: Prediction) -> None:
        try:
            self._file.write(json.dumps(prediction.to_json(), ensure_ascii=False) + "\n")
            self._file.flush()
        except OSError as error:
            raise self._unwritable(error) from error

    def __enter__(self) -> PredictionFile:
        try:
            self._file: IO[str] = self.path.open("a", encoding="utf-8")
            self._file.truncate(self._length)
        except OSError as error:
            raise self._unwritable(error) from error
        return self

    def _unwritable(self, error: OSError) -> OutputError:
        return OutputError(f"{self.path}: it cannot be written ({error}); name another file")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()


def _rounded(values: Sequence[float]) -> list[float]:
    return [round(float(value), 2) for value in values]


def _rounded_stages(stages: dict[str, float]) -> dict[str, float]:
    return {name: round(ms, 2) for name, ms in stages.items()}
