"""Kinds of mistakes: the stage that lost the right answer, or the words taken in its place."""

from __future__ import annotations

from collections.abc import Sequence

from pinpoint_edge.evaluation import metrics
from pinpoint_edge.evaluation.answer_boxes import answer_places, answer_recall
from pinpoint_edge.evaluation.dataset import Box, Question
from pinpoint_edge.evaluation.predictions import Prediction
from pinpoint_edge.vision import geometry

RIGHT = "right"
# In the order of the pipeline, and what each says.
CLASSES = {
    RIGHT: "the answer, up to case and white space",
    "not detected": "no region lies where the answer is",
    "not in evidence": "the aligner chose other regions",
    "missed": "it lay in the evidence, the answer was 'not found'",
    "invented": "the page holds no answer, one was given",
    "spaced": "taken from the right place, and only its spaces differ",
    "misread": "taken from the right place, with other characters",
    "cut short": "taken from the right place, with too little of it",
    "too long": "taken from the right place, with more than it",
    "other column": "words of the same row were taken",
    "other row": "words below or above it were taken",
    "elsewhere": "words of another place were taken, or none that have a place",
}

# Boxes are in one row, or one column, when they share this part of the lower, or narrower, one.
SHARED = 0.5


def error_class(question: Question, prediction: Prediction) -> str:
    """Return which of CLASSES an answer falls in: the first stage that lost it decides."""
    if metrics.exact_match(prediction.answer, question.answers) == 1:
        return RIGHT
    if not question.answers:
        return "invented"
    if question.answer_boxes:
        if (prediction.regions_recall or 0.0) < 1:
            return "not detected"
        if (answer_recall(question, prediction.evidence) or 0.0) < 1:
            return "not in evidence"
    if prediction.answer is None:
        return "missed"
    places = [box for place in answer_places(question) for box in place]
    if metrics.boxes_iou(prediction.boxes, places) > 0:
        return _of_the_place(prediction.answer, question.answers)
    return _of_another(prediction.boxes, question.answer_boxes)


def _of_the_place(said: str, answers: Sequence[str]) -> str:
    """Compare without spaces: where recognisers and annotators set them is a matter of taste."""
    ours = _letters(said)
    for answer in map(_letters, answers):
        if ours == answer:
            return "spaced"
        if ours in answer:
            return "cut short"
        if answer in ours:
            return "too long"
    return "misread"


def _letters(text: str) -> str:
    return metrics.normalised(text).replace(" ", "")


def _of_another(boxes: Sequence[Box], answer_boxes: Sequence[Box]) -> str:
    if not boxes or not answer_boxes:
        return "elsewhere"
    said, meant = geometry.union(boxes), geometry.union(answer_boxes)
    if _share(said[1], said[3], meant[1], meant[3]) >= SHARED:
        return "other column"
    if _share(said[0], said[2], meant[0], meant[2]) >= SHARED:
        return "other row"
    return "elsewhere"


def _share(start_a: float, end_a: float, start_b: float, end_b: float) -> float:
    """Return the overlap of two spans as a part of the shorter one, in 0..1."""
    overlap = min(end_a, end_b) - max(start_a, start_b)
    return max(overlap, 0.0) / max(min(end_a - start_a, end_b - start_b), 1e-9)


def by_class(
    pairs: Sequence[tuple[Question, Prediction]],
) -> dict[str, list[tuple[Question, Prediction]]]:
    """Return the answers of each class that has any, in the order of CLASSES."""
    found: dict[str, list[tuple[Question, Prediction]]] = {name: [] for name in CLASSES}
    for question, prediction in pairs:
        found[error_class(question, prediction)].append((question, prediction))
    return {name: members for name, members in found.items() if members}
