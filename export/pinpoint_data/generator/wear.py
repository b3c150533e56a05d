"""What paper and copiers do to a page: folds, holes, staples, show-through, dark edges, streaks."""

from collections.abc import Callable
from random import Random

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from pinpoint_data.generator.fonts import load, pick
from pinpoint_data.word_lists import words

WATERMARKS = words("forms", "watermarks")
SHARE = 0.3
"""How many pages show traces of use."""


def wear(rng: Random, image: Image.Image) -> Image.Image:
    """A copy with one or two traces of use, seldom none; RGB, of the same size."""
    if rng.random() > SHARE:
        return image
    for trace in rng.sample(_TRACES, rng.choice((1, 1, 2))):
        image = trace(rng, image)
    return image


def fold(rng: Random, image: Image.Image) -> Image.Image:
    """One to three creases: a thin line, lighter on one side and darker on the other."""
    image = image.copy()
    across = rng.random() < 0.7
    length = image.height if across else image.width
    for part in range(1, rng.choice((2, 2, 3)) + 1):
        at = round(length * (part / 3 + rng.uniform(-0.02, 0.02)))
        for offset, gain in ((-2, 0.96), (-1, 0.9), (0, rng.uniform(0.72, 0.88)), (1, 1.06)):
            line = (0, at + offset, image.width, at + offset + 1)
            box = line if across else (line[1], 0, line[3], image.height)
            strip = image.crop(box)
            image.paste(strip.point([min(255, round(v * gain)) for v in range(256)] * 3), box[:2])
    return image


def holes(rng: Random, image: Image.Image) -> Image.Image:
    """Two to four punched holes down the left edge, dark or pale as the scanner's lid."""
    image = image.copy()
    draw = ImageDraw.Draw(image)
    radius = image.width * rng.uniform(0.007, 0.011)
    x = image.width * rng.uniform(0.014, 0.022)
    grey = rng.choice((10, 40, 40, 200, 225))
    number = rng.choice((2, 2, 3, 4))
    for i in range(number):
        y = image.height * (i + 0.5 + rng.uniform(-0.02, 0.02)) / number
        draw.ellipse(
            (x - radius, y - radius, x + radius, y + radius),
            fill=(grey, grey, grey),
            outline=(grey // 2, grey // 2, grey // 2),
        )
    return image


def staple(rng: Random, image: Image.Image) -> Image.Image:
    """A staple in the top left corner, with its shadow."""
    image = image.copy()
    draw = ImageDraw.Draw(image)
    size = image.width * rng.uniform(0.02, 0.03)
    x, y = image.width * rng.uniform(0.01, 0.03), image.width * rng.uniform(0.008, 0.014)
    rise = size * rng.uniform(-0.4, 0.1)
    draw.line((x + 1, y + 2, x + size + 1, y + rise + 2), fill=(150, 150, 150), width=2)
    draw.line((x, y, x + size, y + rise), fill=(60, 60, 65), width=2)
    return image


def show_through(rng: Random, image: Image.Image) -> Image.Image:
    """The print of the other side: mirrored, blurred, pale."""
    back = image.transpose(
        rng.choice((Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.ROTATE_180))
    ).convert("L")
    if rng.random() < 0.5:
        back = back.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    small = back.resize((image.width // 2, image.height // 2), Image.Resampling.BILINEAR)
    small = small.filter(ImageFilter.BoxBlur(rng.uniform(0.5, 1.2)))
    least = rng.randint(200, 236)
    pale = small.point([least + v * (255 - least) // 255 for v in range(256)])
    return ImageChops.multiply(image, pale.resize(image.size).convert("RGB"))


def copier_edge(rng: Random, image: Image.Image) -> Image.Image:
    """A dark band along one or two edges, where the lid was open or the book's back lay."""
    gains = [np.ones(image.height, np.float32), np.ones(image.width, np.float32)]
    for _ in range(rng.choice((1, 1, 2))):
        gain = gains[rng.randrange(2)]
        reach = max(4, round(len(gain) * rng.uniform(0.008, 0.05)))
        ramp = np.linspace(rng.uniform(0.1, 0.6), 1, reach, dtype=np.float32) ** 0.6
        if rng.random() < 0.5:
            gain[:reach] *= ramp
        else:
            gain[-reach:] *= ramp[::-1]
    rows, columns = (Image.fromarray((gain * 255).astype(np.uint8)[None]) for gain in gains)
    for shade in (rows.transpose(Image.Transpose.ROTATE_270), columns):
        image = ImageChops.multiply(image, shade.resize(image.size).convert("RGB"))
    return image


def streaks(rng: Random, image: Image.Image) -> Image.Image:
    """Thin vertical lines of a dirty glass or drum, dark or bright."""
    image = image.copy()
    draw = ImageDraw.Draw(image)
    for _ in range(rng.randint(1, 4)):
        x, grey = rng.randrange(image.width), rng.choice((60, 120, 170, 255, 255))
        top = 0 if rng.random() < 0.6 else rng.randrange(image.height)
        draw.line((x, top, x, image.height), fill=(grey, grey, grey), width=1)
    return image


def watermark(rng: Random, image: Image.Image) -> Image.Image:
    """A large pale word across the page, printed under its text."""
    face = pick(rng, "sans sans serif", bold=True)
    word, grey = rng.choice(WATERMARKS), rng.randint(190, 228)
    font = load(face, max(24, round(image.width * rng.uniform(0.1, 0.2))))
    while font.width(word) > image.width * 1.1:
        font = font.resized(round(font.size * 0.85))
    layer = Image.new("L", image.size, 255)
    at = (image.width * rng.uniform(0.4, 0.6), image.height * rng.uniform(0.25, 0.7))
    ImageDraw.Draw(layer).text(at, word, fill=grey, font=font.image_font, anchor="mm")
    angle = rng.choice((0.0, 30.0, 35.0, 45.0, -30.0))
    layer = layer.rotate(angle, Image.Resampling.BILINEAR, center=at, fillcolor=255)
    return ImageChops.multiply(image, layer.convert("RGB"))


_TRACES: tuple[Callable[[Random, Image.Image], Image.Image], ...] = (
    fold,
    holes,
    staple,
    show_through,
    copier_edge,
    streaks,
    watermark,
)
