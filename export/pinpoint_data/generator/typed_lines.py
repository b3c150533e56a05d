"""Lines as office machines set them: typewriters, dot-matrix printers, filled-in forms."""

from __future__ import annotations

from random import Random

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from pinpoint_data.generator.degrade import slanted
from pinpoint_data.generator.fonts import Font, load, pick
from pinpoint_data.generator.line_noise import spoil_line

Crop = tuple[NDArray[np.uint8], str]


def typed(rng: Random, text: str) -> Crop:
    """`text` by a typewriter: letters of their own height, weight and place; u8 (h, w, 3)."""
    font = load(pick(rng, "type type mono", bold=rng.random() < 0.15), rng.randint(18, 34))
    text = font.as_drawn(text)
    pitch = font.width("n") * rng.uniform(0.95, 1.2)
    image, left, baseline = _paper(rng, font, pitch * len(text))
    weight = rng.uniform(0, 0.35)
    ink = np.full((image.height, image.width), 255.0, np.float32)
    for place, sign in enumerate(text):
        if sign == " ":
            continue
        blow = 1 - weight * rng.random()
        at = (left + place * pitch + rng.gauss(0, 0.35), baseline + rng.gauss(0, 0.7))
        for again in range(2 if rng.random() < 0.06 else 1):
            glyph = Image.new("L", image.size, 255)
            spot = (at[0] + 0.8 * again, at[1])
            ImageDraw.Draw(glyph).text(spot, sign, fill=0, font=font.image_font, anchor="ls")
            x0, x1 = max(0, int(spot[0]) - 4), int(spot[0] + 2 * pitch) + 4
            part = 255 - (255 - np.asarray(glyph, np.float32)[:, x0:x1]) * blow
            ink[:, x0:x1] = np.minimum(ink[:, x0:x1], part)
    return _ready(rng, ink, text)


def dotted(rng: Random, text: str) -> Crop:
    """`text` by a dot-matrix printer: strokes of separate round dots; u8 (h, w, 3)."""
    rows = rng.choice((9, 9, 12, 16))
    font = load(pick(rng, "mono mono sans", bold=rng.random() < 0.3), round(rows * 1.25))
    text = font.as_drawn(text)
    dots, left, baseline = _paper(rng, font, font.width(text))
    ImageDraw.Draw(dots).text((left, baseline), text, fill=0, font=font.image_font, anchor="ls")
    on = np.asarray(dots) < rng.randint(110, 170)
    cell = rng.choice((3, 3, 4))
    radius = cell * rng.uniform(0.42, 0.75)
    ys, xs = np.mgrid[0:cell, 0:cell] - (cell - 1) / 2
    shape = np.clip(radius + 0.5 - np.hypot(ys, xs), 0, 1).astype(np.float32)
    noise = np.random.default_rng(rng.getrandbits(64))
    blow = on * (1 - rng.uniform(0, 0.5) * noise.random(on.shape))
    if rng.random() < 0.2:
        blow[noise.integers(on.shape[0])] = 0  # a needle that is broken
    ink = 255 - 255 * np.kron(blow.astype(np.float32), shape)
    return _ready(rng, ink.astype(np.float32), text)


def filled(rng: Random, text: str) -> Crop:
    """A print label with its value typed or written behind it, at its own height."""
    label, _, value = text.partition(" ")
    size = rng.randint(18, 30)
    print_font = load(pick(rng, "sans serif narrow"), size)
    other = pick(rng, "type type hand script mono")
    value_font = load(other, round(size * rng.uniform(0.9, 1.35)))
    label, value = print_font.as_drawn(label), value_font.as_drawn(value)
    start = print_font.width(label) + size * rng.uniform(0.3, 1.2)
    image, left, baseline = _paper(rng, value_font, start + value_font.width(value))
    pen = ImageDraw.Draw(image)
    pen.text((left, baseline), label, fill=0, font=print_font.image_font, anchor="ls")
    spot = (left + start, baseline + rng.uniform(-0.12, 0.08) * size)
    pen.text(spot, value, fill=rng.choice((0, 40)), font=value_font.image_font, anchor="ls")
    return _ready(rng, np.asarray(image, np.float32), f"{label} {value}".strip())


def line(rng: Random, text: str) -> Crop:
    """`text` by one of the machines, spoiled: u8 (h, w, 3) and what can be read."""
    return rng.choice((typed, typed, typed, dotted, filled))(rng, text)


def _paper(rng: Random, font: Font, length: float) -> tuple[Image.Image, float, float]:
    """White paper for a line of that length, and where its first letter and baseline are."""
    tall = font.ascent + font.descent
    above, below = (tall * rng.uniform(0.0, 0.22) for _ in range(2))
    left, right = (tall * rng.uniform(0.1, 0.6) for _ in range(2))
    size = (round(length + left + right) + 2, max(10, round(tall + above + below)))
    return Image.new("L", size, 255), left, above + font.ascent


def _ready(rng: Random, ink: NDArray[np.float32], text: str) -> Crop:
    crop = np.repeat(np.clip(ink, 0, 255).astype(np.uint8)[:, :, None], 3, axis=2)
    if rng.random() < 0.4:
        slope = rng.gauss(0, 0.006)
        crop = np.asarray(slanted(Image.fromarray(crop), slope, (255, 255, 255)))
    return (spoil_line(rng, crop) if rng.random() < 0.85 else crop), " ".join(text.split())
