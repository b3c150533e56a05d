"""Boxes of a question on all pages of its document, and how well an answer's boxes meet them.

Boxes on another page than the question's own are moved along x by PAGE_APART for each page between
them, so that boxes of different pages never meet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from pinpoint_edge.evaluation import metrics
from pinpoint_edge.evaluation.annotations import Box, PageBoxes, Question

PAGE_APART = 100_000.0  # pixels; no page is as wide


def move_apart(box: Box, pages: int) -> Box:
    """Return a box that lies the given number of pages after the question's own."""
    shift = PAGE_APART * pages
    return box[0] + shift, box[1], box[2] + shift, box[3]


def boxes_of_all_pages(
    question: Question, boxes: Callable[[PageBoxes], Iterable[Box]]
) -> list[Box]:
    """Return the boxes of each page of a question's document, those of other pages moved apart."""
    own = question.all_pages.index(question)
    return [
        move_apart(box, number - own)
        for number, page in enumerate(question.all_pages)
        for box in boxes(page)
    ]


def answer_places(question: Question) -> list[tuple[Box, ...]]:
    """Return the marked place of the answer, and each other one on any page of the document."""
    others = boxes_of_all_pages(question, lambda page: page.alt_answer_boxes)
    return [question.answer_boxes, *((box,) for box in others)]


def answer_recall(question: Question, boxes: Sequence[Box]) -> float | None:
    """Return the part of the answer's boxes that `boxes` cover by half; None when it has none.

    Another place with the same answer counts as well as the marked one.
    """
    if not question.answer_boxes:
        return None
    return max(metrics.box_recall(place, boxes) for place in answer_places(question))


def answer_iou(question: Question, boxes: Sequence[Box]) -> float | None:
    """Return the IoU of `boxes` with the answer's boxes, or the place that fits best."""
    if not question.answer_boxes:
        return None
    return max(metrics.boxes_iou(boxes, place) for place in answer_places(question))
