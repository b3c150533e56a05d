"""A page with the boxes of one question, as a cell of a contact sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from pinpoint_edge.document.drawing import (
    ANSWER_FILL,
    ANSWER_LINE,
    EVIDENCE_FILL,
    EVIDENCE_LINE,
    FOUND,
    NOT_FOUND,
    QUESTION,
)
from pinpoint_edge.evaluation.annotations import Box
from pinpoint_edge.evaluation.contact_sheet import cell, fitted

HEIGHT = 600
ALT_LINE = (120, 120, 120, 255)
LINES = 3  # of the question, and as many of the answer


@dataclass(frozen=True)
class PagePicture:
    """A page u8 (H, W, 3) and a question about it; the answer is None when nothing answers it."""

    image: NDArray[np.uint8]
    caption: str
    question: str
    answer: str | None
    answer_boxes: Sequence[Box] = ()
    support_boxes: Sequence[Box] = ()
    alt_answer_boxes: Sequence[Box] = ()

    def draw(self) -> Image.Image:
        """Draw the page above its question: support in amber, answers in blue, others in grey."""
        small, scale = fitted(Image.fromarray(self.image).convert("RGB"), HEIGHT)
        pen = ImageDraw.Draw(small, "RGBA")
        for boxes, fill, line in (
            (self.alt_answer_boxes, None, ALT_LINE),
            (self.support_boxes, EVIDENCE_FILL, EVIDENCE_LINE),
            (self.answer_boxes, ANSWER_FILL, ANSWER_LINE),
        ):
            for box in boxes:
                x0, y0, x1, y1 = (value * scale for value in box)
                pen.rectangle((x0 - 1, y0 - 1, x1 + 1, y1 + 1), fill, line, 1)
        answer = self.answer if self.answer is not None else "not found"
        colour = FOUND if self.answer is not None else NOT_FOUND
        texts = [
            (self.caption, QUESTION, 1),
            (self.question, (0, 0, 0), LINES),
            (answer, colour, LINES),
        ]
        return cell(small, texts)
