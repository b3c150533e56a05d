"""Wrong answers as a contact sheet: the right place and the taken one, cut out of their pages."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image, ImageDraw

from pinpoint_edge.document.drawing import ANSWER_LINE, FOUND, QUESTION
from pinpoint_edge.evaluation.contact_sheet import cell, contact_sheet, fitted
from pinpoint_edge.evaluation.dataset import Box, Question
from pinpoint_edge.evaluation.error_classes import CLASSES, RIGHT
from pinpoint_edge.evaluation.predictions import Prediction
from pinpoint_edge.vision import geometry
from pinpoint_edge.vision.page import load_pages

COLUMNS, HEIGHT = 3, 200
NEAR = 70  # pixels of the page around what is shown
MEANT_LINE = (24, 128, 56, 255)
GREY = (110, 110, 110)
LINES = 2  # of the question, of the given and of the right answer


def choose_mistakes(
    classes: dict[str, list[tuple[Question, Prediction]]], each: int
) -> list[tuple[str, Question, Prediction]]:
    """Take up to `each` mistakes of every kind that has a place on its page."""
    return [
        (kind, question, prediction)
        for kind in CLASSES
        if kind != RIGHT
        for question, prediction in [
            (q, p) for q, p in classes.get(kind, []) if q.answer_boxes or _on_page(q, p)
        ][:each]
    ]


def draw_mistakes(mistakes: Sequence[tuple[str, Question, Prediction]]) -> Image.Image:
    """Draw mistakes row by row: the right place in green, the taken one in blue.

    Raises PageError for a page that cannot be opened.
    """
    return contact_sheet([_cell(*mistake) for mistake in mistakes], COLUMNS)


def _cell(kind: str, question: Question, prediction: Prediction) -> Image.Image:
    meant = " | ".join(question.answers) or "not found"
    texts = [
        (kind, GREY, 1),
        (question.question, QUESTION, LINES),
        (f"said: {prediction.answer or 'not found'}", FOUND, LINES),
        (f"meant: {meant}", MEANT_LINE[:3], LINES),
    ]
    return cell(_cut(question, prediction), texts)


def _on_page(question: Question, prediction: Prediction) -> list[Box]:
    """The boxes that were taken on the question's own page; those of others are moved apart."""
    return [box for box in prediction.boxes if 0 <= box[0] < question.width]


def _cut(question: Question, prediction: Prediction) -> Image.Image:
    """The part of the page that holds both places, as wide as a cell or as high as it may be."""
    page = Image.fromarray(load_pages([question.path])[0].image)
    taken = _on_page(question, prediction)
    x0, y0, x1, y1 = geometry.union([*question.answer_boxes, *taken])
    box = (
        max(int(x0 - NEAR), 0),
        max(int(y0 - NEAR), 0),
        min(int(x1 + NEAR), page.width),
        min(int(y1 + NEAR), page.height),
    )
    cut, scale = fitted(page.crop(box), HEIGHT)
    pen = ImageDraw.Draw(cut)
    for boxes, colour in ((question.answer_boxes, MEANT_LINE), (taken, ANSWER_LINE)):
        for left, top, right, bottom in boxes:
            corners = ((left, top), (right, bottom))
            (ax, ay), (bx, by) = (((x - box[0]) * scale, (y - box[1]) * scale) for x, y in corners)
            pen.rectangle((ax - 2, ay - 2, bx + 2, by + 2), outline=colour, width=2)
    return cut
