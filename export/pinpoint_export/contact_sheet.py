"""A contact sheet: small pages side by side, with the boxes of one question each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from pinpoint_edge.annotate import (
    ANSWER_FILL,
    ANSWER_LINE,
    EVIDENCE_FILL,
    EVIDENCE_LINE,
    FOUND,
    NOT_FOUND,
    QUESTION,
    STRIP,
    wrap,
)
from pinpoint_edge.annotations import Box

COLUMNS, WIDTH, HEIGHT, MARGIN, TEXT = 4, 440, 600, 14, 15
ALT_LINE = (120, 120, 120, 255)
LINES = 3  # of the question, and as many of the answer


@dataclass(frozen=True)
class Picture:
    """A page u8 (H, W, 3) and a question about it; the answer is None when nothing answers it."""

    image: NDArray[np.uint8]
    caption: str
    question: str
    answer: str | None
    answer_boxes: Sequence[Box] = ()
    support_boxes: Sequence[Box] = ()
    alt_answer_boxes: Sequence[Box] = ()


def contact_sheet(pictures: Sequence[Picture]) -> Image.Image:
    """Draw the pictures row by row: support in amber, answers in blue, other places in grey."""
    columns = min(COLUMNS, max(1, len(pictures)))
    font = ImageFont.load_default(TEXT)
    cells = [_cell(picture, font) for picture in pictures]
    rows = [cells[k : k + columns] for k in range(0, len(cells), columns)]
    heights = [max(cell.height for cell in row) for row in rows]
    sheet = Image.new(
        "RGB",
        (columns * (WIDTH + MARGIN) + MARGIN, sum(heights) + MARGIN * (len(rows) + 1)),
        (214, 217, 222),
    )
    y = MARGIN
    for row, height in zip(rows, heights, strict=True):
        for number, cell in enumerate(row):
            sheet.paste(cell, (MARGIN + number * (WIDTH + MARGIN), y))
        y += height + MARGIN
    return sheet


def _cell(picture: Picture, font: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> Image.Image:
    small = Image.fromarray(picture.image).convert("RGB")
    scale = min(WIDTH / small.width, HEIGHT / small.height)
    small = small.resize(
        (max(1, round(small.width * scale)), max(1, round(small.height * scale))),
        Image.Resampling.LANCZOS,
    )
    pen = ImageDraw.Draw(small, "RGBA")
    for boxes, fill, line in (
        (picture.alt_answer_boxes, None, ALT_LINE),
        (picture.support_boxes, EVIDENCE_FILL, EVIDENCE_LINE),
        (picture.answer_boxes, ANSWER_FILL, ANSWER_LINE),
    ):
        for box in boxes:
            x0, y0, x1, y1 = (value * scale for value in box)
            pen.rectangle((x0 - 1, y0 - 1, x1 + 1, y1 + 1), fill, line, 1)
    answer = picture.answer if picture.answer is not None else "not found"
    said = FOUND if picture.answer is not None else NOT_FOUND
    room = WIDTH - 2 * TEXT
    texts = [
        *((line, QUESTION) for line in wrap(picture.caption, font, room, 1)),
        *((line, (0, 0, 0)) for line in wrap(picture.question, font, room, LINES)),
        *((line, said) for line in wrap(answer, font, room, LINES)),
    ]
    cell = Image.new("RGB", (WIDTH, small.height + round(1.4 * TEXT * len(texts)) + TEXT), STRIP)
    cell.paste(small, ((WIDTH - small.width) // 2, 0))
    pen = ImageDraw.Draw(cell)
    for number, (text, colour) in enumerate(texts):
        place = (TEXT, small.height + TEXT // 2 + round(1.4 * TEXT * number))
        pen.text(place, text, fill=colour, font=font)
    return cell
