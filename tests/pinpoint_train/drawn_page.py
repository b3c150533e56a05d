"""Pages with printed lines, for the real detector and recogniser."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Box = list[float]


def drawn_page(
    lines: list[str], size: tuple[int, int] = (640, 400)
) -> tuple[NDArray[np.uint8], dict[str, Box]]:
    """A white page u8 (H,W,3) with one line below the other, and the ink's box of each."""
    image = Image.new("RGB", size, "white")
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(28)
    boxes: dict[str, Box] = {}
    for number, line in enumerate(lines):
        place = (40, 40 + 80 * number)
        pen.text(place, line, "black", font)
        boxes[line] = [float(value) for value in pen.textbbox(place, line, font)]
    return np.asarray(image), boxes
