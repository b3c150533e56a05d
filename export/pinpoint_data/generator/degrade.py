"""Making clean pages look scanned, faxed, photographed or copied, without moving anything."""

import io
from random import Random

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter


def spoil(rng: Random, image: Image.Image, letter: float = 14.0) -> NDArray[np.uint8]:
    """A worse copy of `image` (RGB), u8 (H, W, 3): one random chain of scanner and copier faults.

    `letter` is the usual height of a line's ink in pixels: small print is blurred less, since real
    pages are scanned so that people can still read them. One image in seven stays clean.
    """
    if rng.random() > 0.85:
        return np.asarray(image.convert("RGB"))
    noise = np.random.default_rng(rng.getrandbits(64))
    if rng.random() < 0.3:
        return _fax(rng, noise, image, letter)
    if rng.random() < 0.25:
        image = _rescale(rng, image, letter)
    elif rng.random() < 0.4:
        radius = min(1.2, 0.05 * letter) * rng.uniform(0.4, 1)
        blur = ImageFilter.BoxBlur if rng.random() < 0.6 else ImageFilter.GaussianBlur
        image = image.filter(blur(radius))
    elif letter > 12 and rng.random() < 0.15:
        image = image.filter(_motion(rng, letter))
    pixels = np.asarray(image.convert("RGB"))
    if rng.random() < 0.6:
        pixels = _tone(rng, pixels)
    if rng.random() < 0.3:
        pixels = _shadow(rng, pixels)
    if rng.random() < 0.45:
        pixels = _grain(rng, noise, pixels)
    if rng.random() < 0.5:
        pixels = _jpeg(rng, pixels)
    return pixels


def slanted(image: Image.Image, slope: float, paper: tuple[int, int, int]) -> Image.Image:
    """A line of text that rises or falls by `slope` pixels a pixel, of the same size."""
    return image.transform(
        image.size,
        Image.Transform.AFFINE,
        (1, 0, 0, -slope, 1, slope * image.width / 2),
        Image.Resampling.BILINEAR,
        fillcolor=paper,
    )


def _rescale(rng: Random, image: Image.Image, letter: float) -> Image.Image:
    factor = rng.uniform(min(0.9, max(0.5, 9 / letter)), 0.95)
    small = image.resize(
        (max(8, round(image.width * factor)), max(8, round(image.height * factor))),
        Image.Resampling.BILINEAR,
    )
    return small.resize(image.size, Image.Resampling.BILINEAR)


def _fax(
    rng: Random, noise: np.random.Generator, image: Image.Image, letter: float
) -> NDArray[np.uint8]:
    grey = np.asarray(image.convert("L")).astype(np.int16)
    height, width = grey.shape
    rough = noise.integers(-30, 31, (height, width), dtype=np.int16) if rng.random() < 0.5 else 0
    # Thin strokes are grey where they are anti-aliased: a low level would wipe small print out.
    level = rng.randint(130 if letter > 15 else 165, 215)
    bits = (grey + rough > level).astype(np.uint8) * 255
    specks = round(height * width * rng.choice((0, 1e-4, 4e-4, 1.5e-3)))
    ys, xs = noise.integers(0, height, specks), noise.integers(0, width, specks)
    bits[ys, xs] = noise.integers(0, 2, specks, dtype=np.uint8) * 255
    if rng.random() < 0.12:
        # A lost scan line is white, or repeats the one above.
        for y in noise.integers(1, height, rng.randint(1, 4)) if height > 60 else ():
            bits[y] = bits[y - 1] if rng.random() < 0.6 else 255
    for _ in range(rng.choice((0, 0, 4, 20))):
        y, x, size = rng.randrange(height), rng.randrange(width), rng.randint(1, 4)
        bits[y : y + size, x : x + size] = 0
    if rng.random() < 0.2:
        edge = rng.randint(1, 8)
        bits[:, :edge] = 0
    if rng.random() < 0.6:
        blurred = Image.fromarray(bits).filter(ImageFilter.BoxBlur(rng.uniform(0.3, 0.7)))
        bits = np.asarray(blurred)
    return np.repeat(bits[:, :, None], 3, axis=2)


def _tone(rng: Random, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Lower contrast and a tint, through one lookup table a channel."""
    dark, light = rng.uniform(0, 70), 255 - abs(rng.gauss(0, 18))
    gamma = rng.uniform(0.7, 1.4)
    ramp = (np.arange(256) / 255.0) ** gamma
    out = np.empty_like(pixels)
    tinted = rng.random() < 0.3
    for channel in range(3):
        top = light - (rng.uniform(0, 22) if tinted else 0)
        table = np.clip(dark + ramp * (top - dark), 0, 255).astype(np.uint8)
        out[..., channel] = table[pixels[..., channel]]
    return out


def _motion(rng: Random, letter: float) -> ImageFilter.Kernel:
    """The blur of a shaken camera, along one of four directions, three or five pixels long."""
    reach = 2 if letter > 20 and rng.random() < 0.5 else 1
    dx, dy = rng.choice(((1, 0), (0, 1), (1, 1), (1, -1)))
    weights = [0.0] * 25
    for step in range(-reach, reach + 1):
        weights[(2 + dy * step) * 5 + 2 + dx * step] = 1.0
    return ImageFilter.Kernel((5, 5), weights)


def _shadow(rng: Random, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Uneven light: a slope, soft patches, or the edge of a hand's shadow."""
    height, width = pixels.shape[:2]
    draw = rng.random()
    if draw < 0.4:
        across = np.linspace(rng.uniform(0.78, 1), rng.uniform(0.78, 1), 8, dtype=np.float32)
        down = np.linspace(rng.uniform(0.85, 1), rng.uniform(0.85, 1), 8, dtype=np.float32)
        coarse = down[:, None] * across[None, :]
    elif draw < 0.75:
        coarse = np.array([[rng.uniform(0.7, 1) for _ in range(4)] for _ in range(5)], np.float32)
    else:
        # A straight edge across the page, soft over a tenth of it.
        y, x = np.mgrid[0:1:24j, 0:1:24j]
        slope = rng.uniform(-1, 1)
        far = y - rng.uniform(0.2, 0.8) - slope * (x - 0.5)
        side = rng.choice((-1, 1))
        coarse = (1 - rng.uniform(0.15, 0.4) * np.clip(0.5 + side * far * 10, 0, 1)).astype("f4")
    small = Image.fromarray((coarse * 255).astype(np.uint8))
    shade = np.asarray(small.resize((width, height), Image.Resampling.BILINEAR), np.uint16)
    return (pixels * (shade[:, :, None] + 1) >> 8).astype(np.uint8)


def _grain(rng: Random, noise: np.random.Generator, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    # A tile of Gaussian noise laid at a random offset per row: as good, and a tenth of the cost.
    tile = (noise.standard_normal(1 << 16) * rng.uniform(2, 11)).astype(np.int16)
    starts = noise.integers(0, (1 << 16) - width, height)
    grain = tile[starts[:, None] + np.arange(width)[None, :]]
    grainy: NDArray[np.int16] = np.clip(pixels + grain[:, :, None], 0, 255)
    return grainy.astype(np.uint8)


def _jpeg(rng: Random, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=rng.randint(25, 85))
    return np.asarray(Image.open(buffer).convert("RGB"))
