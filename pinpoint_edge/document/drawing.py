"""A picture of an answer: its place on the page, the evidence around it, the words below."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from pinpoint_edge.vision.geometry import Box
from pinpoint_edge.vision.page import Page

if TYPE_CHECKING:
    from pinpoint_edge.result import Answer

    Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

EVIDENCE_FILL, EVIDENCE_LINE = (255, 196, 0, 56), (235, 160, 0, 255)
CELL_FILL, CELL_LINE = (0, 0, 0, 0), (20, 140, 90, 255)
ANSWER_FILL, ANSWER_LINE = (0, 102, 255, 48), (0, 72, 220, 255)
STRIP, QUESTION, FOUND, NOT_FOUND = (245, 246, 248), (90, 96, 105), (0, 72, 220), (176, 32, 32)
MAX_LINES = 6

Corners = list[tuple[float, float]]
Colour = tuple[int, int, int]


def draw(page: Page, answer: Answer, question: str = "", cells: Sequence[Box] = ()) -> Image.Image:
    """Draw what of `answer` lies on `page`, and the question and answer in a strip below it.

    The evidence is marked lightly and the answer strongly, along its quad where the text is
    tilted; `cells` are outlined and numbered in their order. Returns an RGB image as wide as the
    page.
    """
    canvas = Image.fromarray(page.image).convert("RGB")
    pen = ImageDraw.Draw(canvas, "RGBA")
    line = max(1, round(min(page.width, page.height) / 600))
    font = ImageFont.load_default(max(10, 9 * line))
    for number, (x0, y0, x1, y1) in enumerate(cells, 1):
        around = (x0 - 2 * line, y0 - 2 * line, x1 + 2 * line, y1 + 2 * line)
        _outline(pen, _corners(around), CELL_FILL, CELL_LINE, line)
        pen.text(around[:2], str(number), fill=CELL_LINE, font=font, anchor="lb")
    for region in answer.evidence:
        if region.page == page.number:
            _outline(pen, _corners(region.box), EVIDENCE_FILL, EVIDENCE_LINE, line)
    if answer.page == page.number:
        for corners in _answer_corners(answer):
            _outline(pen, corners, ANSWER_FILL, ANSWER_LINE, 2 * line)
    return _with_strip(canvas, question, answer)


def _answer_corners(answer: Answer) -> Iterator[Corners]:
    """The quad of each answer box, or the box itself where there is no quad."""
    for box, quad in zip_longest(answer.boxes, answer.quads):
        if quad is not None:
            yield [(float(x), float(y)) for x, y in np.reshape(quad, (4, 2))]
        else:
            yield _corners(box)


def _corners(box: Sequence[float]) -> Corners:
    x0, y0, x1, y1 = box
    return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]


def _outline(
    pen: ImageDraw.ImageDraw,
    corners: Corners,
    fill: tuple[int, int, int, int],
    line: tuple[int, int, int, int],
    width: int,
) -> None:
    pen.polygon(corners, fill=fill)
    pen.line([*corners, corners[0]], fill=line, width=width, joint="curve")


def _with_strip(picture: Image.Image, question: str, answer: Answer) -> Image.Image:
    """The picture with the question and answer written under it."""
    size = max(11, min(picture.width // 38, 40))
    small, large = ImageFont.load_default(size), ImageFont.load_default(round(size * 1.3))
    margin = size
    room = max(picture.width - 2 * margin, size)
    said = answer.text if answer.found and answer.text else "not found"
    regions = "1 region" if len(answer.evidence) == 1 else f"{len(answer.evidence)} regions"
    note = f"confidence {answer.confidence:.0%} · {regions} of evidence"
    lines: list[tuple[str, Font, Colour, int]] = []
    for text, font, colour, height in (
        (question, small, QUESTION, size),
        (said, large, FOUND if answer.found else NOT_FOUND, round(size * 1.3)),
        (note, small, QUESTION, size),
    ):
        lines += [(part, font, colour, round(1.35 * height)) for part in wrap(text, font, room)]

    strip = sum(height for *_, height in lines) + 2 * margin
    whole = Image.new("RGB", (picture.width, picture.height + strip), STRIP)
    whole.paste(picture, (0, 0))
    pen = ImageDraw.Draw(whole)
    y = picture.height + margin
    for text, font, colour, height in lines:
        pen.text((margin, y), text, fill=colour, font=font)
        y += height
    return whole


def wrap(text: str, font: Font, room: float, max_lines: int = MAX_LINES) -> list[str]:
    """Break `text` into at most `max_lines` lines of `room` pixels; a last "…" marks a cut."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        candidate = f"{line} {word}" if line else word
        if font.getlength(candidate) <= room:
            line = candidate
            continue
        if line:
            lines.append(line)
        # A word wider than the strip is broken between its letters.
        while font.getlength(word) > room and len(word) > 1:
            fits = len(word) - 1
            while fits > 1 and font.getlength(word[:fits]) > room:
                fits -= 1
            lines.append(word[:fits])
            word = word[fits:]
        line = word
        if len(lines) > max_lines:
            break
    if line:
        lines.append(line)
    if len(lines) > max_lines:
        lines = [*lines[: max_lines - 1], lines[max_lines - 1] + "…"]
    return lines
