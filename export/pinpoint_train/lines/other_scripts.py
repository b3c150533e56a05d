"""Lines in scripts that the training data hardly holds, to notice when a training forgets them.

They are drawn with whatever fonts this machine has: single characters of the recogniser's list in
random order, so that no language helps.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from random import Random

import numpy as np
from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw, ImageFont

from pinpoint_data.generator.fonts import faces
from pinpoint_edge.vision.crop import REFINE_HEIGHT
from pinpoint_edge.vision.resize import resize
from pinpoint_train.lines.line_crops import LineCrop, pack

SCRIPTS = {
    "han": ("\u4e00", "\u9fff"),
    "kana": ("\u3041", "\u30fe"),
    "greek": ("\u0386", "\u03ce"),
    "accents": ("\u00c0", "\u017f"),
}
LENGTH = (5, 12)
SIZE = 36
MIN_CHARACTERS = 20


@cache
def _covered(path: str) -> frozenset[str]:
    with TTFont(path, lazy=True, fontNumber=0) as font:
        return frozenset(map(chr, font.getBestCmap() or ()))


def other_script_crops(
    characters: Sequence[str], count: int, seed: int
) -> dict[str, list[LineCrop]]:
    """Draw `count` lines of each script that a font here can write, by the name of the script."""
    lines = {}
    for script, (first, last) in SCRIPTS.items():
        wanted = {c for c in characters if len(c) == 1 and first <= c <= last and c.isalpha()}
        able = {
            face.path: sorted(wanted & _covered(face.path))
            for face in faces()
            if len(wanted & _covered(face.path)) >= max(MIN_CHARACTERS, len(wanted) // 3)
        }
        if able:
            random = Random(f"{seed}:{script}")
            lines[script] = [
                _strip(random, able, f"{script}/{number // 10}", script == "accents")
                for number in range(count)
            ]
    return lines


def _strip(random: Random, able: dict[str, list[str]], page: str, mixed: bool) -> LineCrop:
    path = random.choice(sorted(able))
    pool = able[path]
    text = "".join(
        random.choice("aeinorstlucd") if mixed and random.random() < 0.5 else random.choice(pool)
        for _ in range(random.randint(*LENGTH))
    )
    font = ImageFont.truetype(path, SIZE, layout_engine=ImageFont.Layout.BASIC)
    left, top, right, bottom = font.getbbox(text)
    image = Image.new("L", (int(right - left) + 10, int(bottom - top) + 10), 255)
    ImageDraw.Draw(image).text((5 - left, 5 - top), text, 0, font)
    pixels = np.asarray(image.convert("RGB"))
    width = round(pixels.shape[1] * REFINE_HEIGHT / pixels.shape[0])
    return pack(resize(pixels, width, REFINE_HEIGHT), text, page, "other-script")
