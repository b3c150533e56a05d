"""Batches of lines for the glance encoder: of like width, augmented anew each time."""

from __future__ import annotations

import numpy as np
import torch

from pinpoint_edge.vision.crop import glance_widths
from pinpoint_edge.vision.resize import resize
from pinpoint_models.glance import HEIGHT, encode
from pinpoint_train.lines.batch import LineBatch
from pinpoint_train.lines.glance_lines import Crop, GlanceLines
from pinpoint_train.training.batches import SizeSampler

MAX_WIDTH = glance_widths(HEIGHT)[-1]
BATCH_PIXELS = 64 * 96  # width of a batch's crops put side by side


class GlanceBatches:
    """Draws batches of crops of like width; every crop of a source has the same chance."""

    def __init__(self, lines: GlanceLines) -> None:
        fitting = [i for i, crop in enumerate(lines.crops) if crop.shape[1] <= MAX_WIDTH]
        classes = [encode(lines.texts[i]) for i in fitting]
        self.items = [(lines.crops[i], c) for i, c in zip(fitting, classes, strict=True) if c]
        self.items.sort(key=lambda item: item[0].shape[1])
        widths = [max(crop.shape[1], 32) for crop, _ in self.items]
        self.sizes = SizeSampler(widths, BATCH_PIXELS, fewest=8, most=128, reach=2)

    def draw(self, random: np.random.Generator) -> LineBatch:
        """Draw one batch around a random width and augment it."""
        picked = [self.items[i] for i in self.sizes.draw(random)]
        crops = [squeeze(crop, random) for crop, _ in picked]
        return collate(crops, [classes for _, classes in picked], random)


def squeeze(crop: Crop, random: np.random.Generator) -> Crop:
    """Make half of the crops narrower or wider, 0.75 to 1.2 times, and cut or pad their ends."""
    if random.random() < 0.5:
        width = round(crop.shape[1] * random.uniform(0.75, 1.2))
        crop = resize(crop, int(np.clip(width, 4, MAX_WIDTH)), len(crop))
    if random.random() < 0.3:
        left, right = random.integers(0, 4, 2)
        crop = np.pad(crop, ((0, 0), (left, right)), mode="edge")[:, :MAX_WIDTH]
    return crop


def collate(
    crops: list[Crop], classes: list[list[int]], random: np.random.Generator | None = None
) -> LineBatch:
    """Pad crops with zeros to a common width, a multiple of 16, augmented where asked."""
    width = -(-max(crop.shape[1] for crop in crops) // 16) * 16
    widths = np.array([crop.shape[1] for crop in crops])
    image = np.zeros((len(crops), len(crops[0]), width), np.uint8)
    for row, crop in zip(image, crops, strict=True):
        row[:, : crop.shape[1]] = crop
    if random is not None:
        image = augment(image, random)
        image *= np.arange(width)[None, None, :] < widths[:, None, None]
    return LineBatch(
        torch.from_numpy(image)[:, None],
        torch.from_numpy(widths),
        torch.tensor([c for one in classes for c in one], dtype=torch.long),
        torch.tensor([len(one) for one in classes], dtype=torch.long),
    )


def augment(image: Crop, random: np.random.Generator) -> Crop:
    """Shift and stretch vertically, blur, change contrast, brightness and sign, add noise.

    Works on a batch u8 (B,h,w) at once, each crop with its own strengths; half of the crops keep
    their sharpness and a third their tones, since most pages are clean.
    """
    count, height = len(image), image.shape[1]
    x = image.astype(np.float32)
    centre = (height - 1) / 2
    shift = random.uniform(-1.2, 1.2, count) * (height / HEIGHT)
    stretch = random.uniform(0.9, 1.12, count)
    rows = (np.arange(height) - centre) * stretch[:, None] + centre + shift[:, None]
    rows = rows.clip(0, height - 1)
    weights = np.maximum(1 - np.abs(rows[:, :, None] - np.arange(height)), 0)
    x = np.matmul(weights.astype(np.float32), x)
    side = np.where(random.random(count) < 0.5, 0.0, random.uniform(0, 0.3, count))
    side = side.astype(np.float32)[:, None, None]
    along = np.pad(x, ((0, 0), (0, 0), (1, 1)), mode="edge")
    x = (1 - 2 * side) * x + side * (along[:, :, :-2] + along[:, :, 2:])
    plain = random.random(count) < 0.33
    gain = np.where(plain, 1.0, random.uniform(0.45, 1.2, count))
    inverted = (random.random(count) < 0.05)[:, None, None]
    x = np.where(inverted, 255 - x, x)
    offset = np.where(plain, 0.0, random.uniform(-40, 40, count)).astype(np.float32)
    middle = x.mean(axis=(1, 2), keepdims=True)
    x = (x - middle) * gain.astype(np.float32)[:, None, None] + middle + offset[:, None, None]
    strength = np.where(plain, 0.0, random.uniform(0, 14, count)).astype(np.float32)
    x += random.standard_normal(x.shape, np.float32) * strength[:, None, None]
    changed: Crop = np.rint(x).clip(0, 255).astype(np.uint8)
    return changed
