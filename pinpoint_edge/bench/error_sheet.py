"""Wrong answers as a picture: what was meant and what was taken, cut out of their pages."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

from pinpoint_edge import geometry
from pinpoint_edge.annotate import ANSWER_LINE, FOUND, QUESTION, STRIP, wrap
from pinpoint_edge.bench.dataset import Box, Question
from pinpoint_edge.bench.error_classes import CLASSES, RIGHT
from pinpoint_edge.bench.prediction import Prediction
from pinpoint_edge.page import load_pages

COLUMNS, WIDTH, HEIGHT, MARGIN, TEXT = 3, 440, 200, 12, 14
NEAR = 70  # pixels of the page around what is shown
MEANT_LINE = (24, 128, 56, 255)
LINES = 2  # of the question, of what was said and of what was meant


def chosen(
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


def error_sheet(mistakes: Sequence[tuple[str, Question, Prediction]]) -> Image.Image:
    """Draw mistakes row by row: what was meant in green, what was taken in blue.

    Raises PageError for a page that cannot be opened.
    """
    font = ImageFont.load_default(TEXT)
    cells = [_cell(kind, question, said, font) for kind, question, said in mistakes]
    columns = min(COLUMNS, max(1, len(cells)))
    rows = [cells[at : at + columns] for at in range(0, len(cells), columns)]
    heights = [max(cell.height for cell in row) for row in rows]
    size = (columns * (WIDTH + MARGIN) + MARGIN, sum(heights) + MARGIN * (len(rows) + 1))
    sheet = Image.new("RGB", size, (214, 217, 222))
    y = MARGIN
    for row, height in zip(rows, heights, strict=True):
        for number, cell in enumerate(row):
            sheet.paste(cell, (MARGIN + number * (WIDTH + MARGIN), y))
        y += height + MARGIN
    return sheet


def _cell(
    kind: str,
    question: Question,
    prediction: Prediction,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
) -> Image.Image:
    cut = _cut(question, prediction)
    meant = " | ".join(question.answers) or "not found"
    said = prediction.answer or "not found"
    room = WIDTH - 2 * TEXT
    texts = [
        *((line, (110, 110, 110)) for line in wrap(kind, font, room, 1)),
        *((line, QUESTION) for line in wrap(question.question, font, room, LINES)),
        *((line, FOUND) for line in wrap(f"said: {said}", font, room, LINES)),
        *((line, MEANT_LINE[:3]) for line in wrap(f"meant: {meant}", font, room, LINES)),
    ]
    cell = Image.new("RGB", (WIDTH, cut.height + round(1.4 * TEXT * len(texts)) + TEXT), STRIP)
    cell.paste(cut, ((WIDTH - cut.width) // 2, 0))
    pen = ImageDraw.Draw(cell)
    for number, (text, colour) in enumerate(texts):
        place = (TEXT, cut.height + TEXT // 2 + round(1.4 * TEXT * number))
        pen.text(place, text, fill=colour, font=font)
    return cell


def _on_page(question: Question, prediction: Prediction) -> list[Box]:
    """What was taken on the question's own page; boxes of others stand beside it."""
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
    cut = page.crop(box)
    scale = min(WIDTH / cut.width, HEIGHT / cut.height)
    size = (max(1, round(cut.width * scale)), max(1, round(cut.height * scale)))
    cut = cut.resize(size, Image.Resampling.LANCZOS)
    pen = ImageDraw.Draw(cut)
    for boxes, colour in ((question.answer_boxes, MEANT_LINE), (taken, ANSWER_LINE)):
        for left, top, right, bottom in boxes:
            corners = ((left, top), (right, bottom))
            (ax, ay), (bx, by) = (((x - box[0]) * scale, (y - box[1]) * scale) for x, y in corners)
            pen.rectangle((ax - 2, ay - 2, bx + 2, by + 2), outline=colour, width=2)
    return cut
