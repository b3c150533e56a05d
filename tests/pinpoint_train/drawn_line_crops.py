"""Strips for the tests of the recogniser: words drawn with the font that Pillow brings."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from pinpoint_train.lines.line_crops import Crop, LineCrop, pack

WORDS = ["Total", "Due", "Date", "of", "Payment", "Name", "12.50", "03/04/21", "to", "the", "Order"]


def drawn(text: str) -> Crop:
    """A line of text, u8 (48, w, 3)."""
    font = ImageFont.load_default(32)
    image = Image.new("RGB", (round(font.getlength(text)) + 12, 48), "white")
    ImageDraw.Draw(image).text((6, 4), text, "black", font)
    return np.asarray(image)


def drawn_line_crops(
    count: int, origin: str = "human", page: str = "sroie/none-"
) -> list[LineCrop]:
    """Lines of two words, each on a page of its own."""
    random = np.random.default_rng(0)
    texts = [" ".join(random.choice(WORDS, 2)) for _ in range(count)]
    return [pack(drawn(text), text, f"{page}{i}.jpg", origin) for i, text in enumerate(texts)]
