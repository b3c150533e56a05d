"""What scanners, copiers, fax machines and office stamps do to a single text line.

`degrade` spoils whole pages mildly; here a line is spoiled as far as people can just read it, at
the resolution of its scan, and brought back to its size. Nothing is moved but by a pixel or two.
"""

from __future__ import annotations

import io
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from pinpoint_data.generator.fonts import load, pick

Grey = NDArray[np.float32]  # (h, w), 0 ink to 255 paper
SCANNED = (17, 42)  # height of a line's crop in pixels of its scan
STAMPS = "RECEIVED PAID COPY FILED APPROVED VOID ORIGINAL CONFIDENTIAL POSTED ENTERED JUN 1 1992"


def spoil_line(rng: Random, crop: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A worse copy of a line crop u8 (h, w, 3), of the same shape."""
    height, width = crop.shape[:2]
    low, high = SCANNED
    scan = min(round(low * (high / low) ** rng.random()), max(height, low))
    scale = scan / height
    wide = max(8, round(width * scale))
    small = Image.fromarray(crop).convert("L").resize((wide, scan), Image.Resampling.BOX)
    grey = np.asarray(small, np.float32)
    noise = np.random.default_rng(rng.getrandbits(64))
    if rng.random() < 0.5:
        grey = _marked(rng, grey)
    draw = rng.random()
    if draw < 0.3:
        grey = copied(rng, noise, grey)
    elif draw < 0.5:
        grey = faxed(rng, noise, grey)
    elif draw < 0.62:
        grey = carbon(rng, noise, grey)
    elif draw < 0.74:
        grey = faded(rng, noise, grey)
    else:
        grey = blurred(rng, noise, grey)
    if rng.random() < 0.35:
        grey = speckled(rng, noise, grey)
    if rng.random() < 0.2:
        grey = dashed(rng, noise, grey)
    return _finished(rng, grey, (width, height))


def _marked(rng: Random, grey: Grey) -> Grey:
    """Draw one or two things that cross or touch a line on a form."""
    image = Image.fromarray(grey.astype(np.uint8))
    for mark in rng.sample(_MARKS, 1 if rng.random() < 0.75 else 2):
        image = mark(rng, image)
    return np.asarray(image, np.float32)


def underline(rng: Random, image: Image.Image) -> Image.Image:
    """A rule through the descenders or just below them, whole, broken or dotted."""
    draw = ImageDraw.Draw(image)
    y = image.height * rng.uniform(0.72, 0.98)
    slope = rng.gauss(0, 0.4)
    thick = max(1, round(image.height * rng.uniform(0.02, 0.07)))
    ink = rng.choice((0, 0, 40, 90))
    step = rng.choice((image.width, image.width, rng.randint(2, 6), rng.randint(10, 60)))
    x = float(rng.choice((0, 0, rng.uniform(0, image.width / 2))))
    while x < image.width:
        end = min(x + step, image.width)
        draw.line((x, y, end, y + slope * step / image.width), fill=ink, width=thick)
        x = end + (rng.randint(1, 4) if step < image.width else 1)
        y += slope * step / image.width
    return image


def frame(rng: Random, image: Image.Image) -> Image.Image:
    """Rules of a box that the crop has caught: above, below, left or right of the text."""
    draw = ImageDraw.Draw(image)
    thick, ink = rng.choice((1, 1, 2)), rng.choice((0, 0, 60, 110))
    w, h = image.size
    for _ in range(rng.choice((1, 2, 2))):
        side = rng.randrange(4)
        at = rng.randint(0, max(1, h // 9))
        x, y = (at, h - 1 - at)[side == 1], (at, h - 1 - at)[side == 3]
        if side < 2:
            x = at if side == 0 else w - 1 - at
            draw.line((x, 0, x + rng.choice((-1, 0, 0, 1)), h), fill=ink, width=thick)
        else:
            draw.line((0, y, w, y + rng.choice((-1, 0, 0, 1))), fill=ink, width=thick)
    return image


def stamp(rng: Random, image: Image.Image) -> Image.Image:
    """Letters or the rim of a rubber stamp across the text, paler than it."""
    w, h = image.size
    layer = Image.new("L", (w, h), 255)
    draw = ImageDraw.Draw(layer)
    thick = max(1, round(h * rng.uniform(0.04, 0.1)))
    if rng.random() < 0.45:
        radius = h * rng.uniform(0.8, 3)
        x, y = rng.uniform(0, w), h * rng.uniform(-1, 2)
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), outline=0, width=thick)
    else:
        size = round(h * rng.uniform(0.8, 1.8))
        font = load(pick(rng, "sans sans serif", bold=True), size).image_font
        word = rng.choice(STAMPS.split())
        x = rng.uniform(-size, max(w - size * len(word) / 3, 1))
        text = Image.new("L", (w, 3 * h), 255)
        pen = ImageDraw.Draw(text)
        pen.text((x, h * rng.uniform(0.4, 1.6)), word, fill=0, font=font, anchor="lm")
        if rng.random() < 0.5:
            box = pen.textbbox((x, h * 1.2), word, font=font, anchor="lm")
            pen.rectangle(box, outline=0, width=thick)
        text = text.rotate(rng.uniform(-12, 12), fillcolor=255, resample=Image.Resampling.BILINEAR)
        layer = text.crop((0, h, w, 2 * h))
    pale = rng.uniform(0.45, 0.85)
    stamped = np.asarray(layer, np.float32) * (1 - pale) + 255 * pale
    return Image.fromarray(np.minimum(np.asarray(image), stamped).astype(np.uint8))


def pen_stroke(rng: Random, image: Image.Image) -> Image.Image:
    """A stroke of a pen, a check mark or part of a signature that runs through the line."""
    draw = ImageDraw.Draw(image)
    w, h = image.size
    x, points = rng.uniform(0, w), []
    for _ in range(rng.randint(2, 5)):
        points.append((x, rng.uniform(-0.3, 1.3) * h))
        x += rng.uniform(-0.4, 1.4) * h
    draw.line(points, fill=rng.choice((30, 80, 120)), width=rng.choice((1, 1, 2)), joint="curve")
    return image


def neighbours(rng: Random, image: Image.Image) -> Image.Image:
    """Feet and heads of the lines above and below."""
    draw = ImageDraw.Draw(image)
    h = image.height
    font: ImageFont.FreeTypeFont = load(pick(rng, "sans serif mono type"), max(8, h)).image_font
    text = "".join(rng.choices("aegpqy dfhklt HTRE 0123 ", k=max(2, 2 * image.width // h)))
    up = rng.random() < 0.5
    y = -h * rng.uniform(0.75, 0.92) if up else h * rng.uniform(0.86, 1.0)
    draw.text((rng.uniform(-h, h), y), text, fill=rng.choice((0, 40)), font=font, anchor="lt")
    return image


_MARKS = (underline, underline, frame, frame, stamp, pen_stroke, neighbours)


def copied(rng: Random, noise: np.random.Generator, grey: Grey) -> Grey:
    """A copy of a copy: strokes fill up or break, edges are rough, all is black or white."""
    for _ in range(rng.choice((1, 1, 2))):
        grey = _blur(grey, rng.uniform(0.4, 0.9))
        rough = _patches(noise, grey.shape, rng.uniform(1.0, 2.5)) * rng.uniform(5, 35)
        level = _level(rng, grey)
        sharp = rng.uniform(3, 12)
        grey = np.clip((grey + rough - level) * sharp + 128, 0, 255).astype(np.float32)
    return grey


def faxed(rng: Random, noise: np.random.Generator, grey: Grey) -> Grey:
    """Two levels at half the lines, as standard fax has, with lost and repeated scan lines."""
    height, width = grey.shape
    rows = max(10, round(height * rng.choice((0.5, 0.6, 1.0))))
    image = Image.fromarray(grey.astype(np.uint8))
    coarse = np.asarray(image.resize((width, rows), Image.Resampling.BILINEAR), np.float32)
    bits = coarse + noise.normal(0, rng.uniform(2, 22), coarse.shape) > _level(rng, coarse)
    for _ in range(rng.choice((0, 0, 1, 2))):
        y = rng.randrange(1, rows)
        bits[y] = bits[y - 1] if rng.random() < 0.5 else np.roll(bits[y], rng.randint(-2, 2))
    out = Image.fromarray(bits.astype(np.uint8) * 255)
    return np.asarray(out.resize((width, height), Image.Resampling.NEAREST), np.float32)


def carbon(rng: Random, noise: np.random.Generator, grey: Grey) -> Grey:
    """A carbon copy: soft, uneven strokes and smudges on grey paper."""
    ink = 255 - _blur(grey, rng.uniform(0.5, 1.1))
    press = 0.75 + 0.25 * _patches(noise, grey.shape, rng.uniform(2, 8))
    smudge = np.clip(_patches(noise, grey.shape, rng.uniform(3, 9)), 0, None) * rng.uniform(0, 25)
    grain = noise.normal(0, rng.uniform(2, 12), grey.shape)
    strength = rng.uniform(0.5, 0.9)
    copy = 255 - strength * ink * press - smudge + grain
    return np.asarray(np.clip(copy, 0, 255), np.float32)


def faded(rng: Random, noise: np.random.Generator, grey: Grey) -> Grey:
    """A worn ribbon or thermal paper: strokes pale and in places gone."""
    ink = 255 - grey
    worn: NDArray[Any] = 0.65 + 0.5 * _patches(noise, grey.shape, rng.uniform(1.2, 5))
    if rng.random() < 0.5:
        holes = noise.random(grey.shape) < rng.uniform(0.05, 0.4)
        worn = worn * np.where(holes, np.float32(1 - rng.uniform(0.2, 0.6)), np.float32(1))
    paper = 255 - rng.uniform(0, 50)
    grain = noise.normal(0, rng.uniform(1, 9), grey.shape)
    strength = rng.uniform(0.45, 0.9)
    page = paper - strength * ink * np.clip(worn, 0.1, 1) + grain
    return np.asarray(np.clip(page, 0, 255), np.float32)


def blurred(rng: Random, noise: np.random.Generator, grey: Grey) -> Grey:
    """Out of focus or scanned too coarsely, with little contrast and grain."""
    grey = _blur(grey, rng.uniform(0.3, 1.0))
    dark, light = rng.uniform(0, 110), rng.uniform(185, 255)
    grain = noise.normal(0, rng.uniform(0, 14), grey.shape)
    page = dark + grey / 255 * (light - dark) + grain
    return np.asarray(np.clip(page, 0, 255), np.float32)


def speckled(rng: Random, noise: np.random.Generator, grey: Grey) -> Grey:
    """Black specks on the paper and white ones in the ink, single or in lumps."""
    out = grey.copy()
    for ink in (rng.choice((0.0, 40.0)), 255.0):
        share = 0.04 * rng.random() ** 2
        seeds = (noise.random(grey.shape) < share).astype(np.float32) * 255
        if rng.random() < 0.5:
            seeds = (_blur(seeds, rng.uniform(0.4, 0.8)) > 45).astype(np.float32) * 255
        out[seeds > 0] = ink
    return out


def dashed(rng: Random, noise: np.random.Generator, grey: Grey) -> Grey:
    """Short dashes of a dirty or worn scanner, most of them along one direction."""
    out = grey.copy()
    height, width = grey.shape
    upright = rng.random() < 0.3
    ink = rng.choice((0.0, 0.0, 80.0, 255.0))
    for _ in range(round(width * height * rng.uniform(0.0005, 0.004))):
        length = rng.randint(2, max(3, height // 3))
        y, x = int(noise.integers(height)), int(noise.integers(width))
        if upright:
            out[y : y + length, x] = ink
        else:
            out[y, x : x + length] = ink
    return out


def _finished(rng: Random, grey: Grey, size: tuple[int, int]) -> NDArray[np.uint8]:
    image = Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8))
    if rng.random() < 0.4:
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=rng.randint(20, 80))
        image = Image.open(buffer).convert("L")
    ways = (Image.Resampling.BILINEAR, Image.Resampling.BILINEAR, Image.Resampling.BICUBIC)
    plain = np.asarray(image.resize(size, rng.choice(ways)))
    if rng.random() < 0.85:
        return np.repeat(plain[:, :, None], 3, axis=2)
    tint = np.array([rng.uniform(0.88, 1) for _ in range(3)], np.float32)
    return (plain[:, :, None] * tint).astype(np.uint8)


def _level(rng: Random, grey: Grey) -> float:
    """A threshold between ink and paper that leaves some of the ink and not all of the paper."""
    ink, paper = np.percentile(grey, (3, 90))
    return float(ink + (paper - ink) * rng.uniform(0.42, 0.72))


def _blur(grey: Grey, radius: float) -> Grey:
    image = Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8))
    return np.asarray(image.filter(ImageFilter.GaussianBlur(radius)), np.float32)


def _patches(noise: np.random.Generator, shape: tuple[int, ...], size: float) -> Grey:
    """Smooth noise of about -1 to 1 in patches of `size` pixels."""
    rows, columns = (max(2, round(n / size) + 1) for n in shape)
    coarse = Image.fromarray(noise.normal(0, 0.6, (rows, columns)).astype(np.float32))
    return np.asarray(coarse.resize((shape[1], shape[0]), Image.Resampling.BICUBIC), np.float32)
