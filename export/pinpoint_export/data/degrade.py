"""Making clean pages look scanned, faxed, photographed or copied; boxes follow the geometry."""

import io
import math
from random import Random

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from pinpoint_export.data.sample import Box

Points = tuple[tuple[float, float], ...]


class Skew:
    """A rotation about the page's centre by `degrees`, onto a page large enough for all of it."""

    def __init__(self, degrees: float, width: int, height: int) -> None:
        self.size = (width, height)
        angle = math.radians(degrees)
        self.cos, self.sin = math.cos(angle), math.sin(angle)
        self.new_size = (
            math.ceil(width * self.cos + height * abs(self.sin)),
            math.ceil(height * self.cos + width * abs(self.sin)),
        )
        if degrees == 0:
            self.new_size = self.size

    def quad(self, box: Box) -> Points:
        """The corners of a box after the rotation, clockwise from the text's top left."""
        x0, y0, x1, y1 = box
        return tuple(self._point(x, y) for x, y in ((x0, y0), (x1, y0), (x1, y1), (x0, y1)))

    def box(self, box: Box) -> Box:
        """The upright bounds of a box after the rotation."""
        xs, ys = zip(*self.quad(box), strict=True)
        return (
            max(0.0, min(xs)),
            max(0.0, min(ys)),
            min(float(self.new_size[0]), max(xs)),
            min(float(self.new_size[1]), max(ys)),
        )

    def image(self, image: Image.Image, fill: tuple[int, int, int]) -> Image.Image:
        """The rotated image."""
        if self.sin == 0:
            return image
        cx, cy = self.size[0] / 2, self.size[1] / 2
        nx, ny = self.new_size[0] / 2, self.new_size[1] / 2
        matrix = (
            self.cos,
            self.sin,
            cx - self.cos * nx - self.sin * ny,
            -self.sin,
            self.cos,
            cy + self.sin * nx - self.cos * ny,
        )
        return image.transform(
            self.new_size, Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR, fillcolor=fill
        )

    def _point(self, x: float, y: float) -> tuple[float, float]:
        x, y = x - self.size[0] / 2, y - self.size[1] / 2
        return (
            self.cos * x - self.sin * y + self.new_size[0] / 2,
            self.sin * x + self.cos * y + self.new_size[1] / 2,
        )


def random_skew(rng: Random, width: int, height: int) -> Skew:
    """Mostly less than one degree, at times up to three, often none."""
    degrees = 0.0
    draw = rng.random()
    if draw > 0.9:
        degrees = rng.uniform(-3, 3)
    elif draw > 0.4:
        degrees = max(-1.5, min(1.5, rng.gauss(0, 0.5)))
    return Skew(degrees, width, height)


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
        image = image.filter(ImageFilter.GaussianBlur(radius))
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
    for _ in range(rng.choice((0, 0, 4, 20))):
        y, x, size = rng.randrange(height), rng.randrange(width), rng.randint(1, 4)
        bits[y : y + size, x : x + size] = 0
    if rng.random() < 0.2:
        edge = rng.randint(1, 8)
        bits[:, :edge] = 0
    if rng.random() < 0.6:
        blurred = Image.fromarray(bits).filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 0.7)))
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


def _shadow(rng: Random, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    across = np.linspace(rng.uniform(0.78, 1), rng.uniform(0.78, 1), width, dtype=np.float32)
    down = np.linspace(rng.uniform(0.85, 1), rng.uniform(0.85, 1), height, dtype=np.float32)
    shade = (down[:, None] * across[None, :] * 256).astype(np.uint16)
    return (pixels * shade[:, :, None] >> 8).astype(np.uint8)


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
