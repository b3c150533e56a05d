"""A contact sheet: many small pictures on one, each above its lines of text, row by row."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

from pinpoint_edge.document.drawing import STRIP, wrap

WIDTH, MARGIN, TEXT = 440, 14, 15
GROUND = (214, 217, 222)

Text = tuple[str, tuple[int, ...], int]
"""A text below a picture, its colour, and the most lines that it may take."""


def fitted(picture: Image.Image, height: int) -> tuple[Image.Image, float]:
    """Scale a picture to WIDTH or to `height`, whichever comes first; return it and the scale."""
    scale = min(WIDTH / picture.width, height / picture.height)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture.resize(size, Image.Resampling.LANCZOS), scale


def cell(picture: Image.Image, texts: Sequence[Text]) -> Image.Image:
    """Return a picture, at most WIDTH wide, above its texts."""
    font = ImageFont.load_default(TEXT)
    room = WIDTH - 2 * TEXT
    lines = [
        (line, colour) for text, colour, most in texts for line in wrap(text, font, room, most)
    ]
    whole = Image.new("RGB", (WIDTH, picture.height + round(1.4 * TEXT * len(lines)) + TEXT), STRIP)
    whole.paste(picture, ((WIDTH - picture.width) // 2, 0))
    pen = ImageDraw.Draw(whole)
    for number, (line, colour) in enumerate(lines):
        place = (TEXT, picture.height + TEXT // 2 + round(1.4 * TEXT * number))
        pen.text(place, line, fill=colour, font=font)
    return whole


def contact_sheet(cells: Sequence[Image.Image], columns: int) -> Image.Image:
    """Lay cells out in rows of up to `columns`, each as high as its highest cell."""
    columns = min(columns, max(1, len(cells)))
    rows = [cells[at : at + columns] for at in range(0, len(cells), columns)]
    heights = [max(one.height for one in row) for row in rows]
    size = (columns * (WIDTH + MARGIN) + MARGIN, sum(heights) + MARGIN * (len(rows) + 1))
    whole = Image.new("RGB", size, GROUND)
    y = MARGIN
    for row, height in zip(rows, heights, strict=True):
        for number, one in enumerate(row):
            whole.paste(one, (MARGIN + number * (WIDTH + MARGIN), y))
        y += height + MARGIN
    return whole
