"""Batches of line crops for fine-tuning the recogniser: like widths, varied and spoiled anew."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import numpy as np
import torch
from PIL import Image

from pinpoint_data.generator import degrade, line_noise
from pinpoint_data.splits import is_kept
from pinpoint_edge.errors import DataError
from pinpoint_edge.vision.crop import COLOUR_FILL
from pinpoint_edge.vision.resize import resize
from pinpoint_models.recogniser import CROP_HEIGHT
from pinpoint_train.lines.batch import LineBatch
from pinpoint_train.lines.line_crops import Crop, LineCrop
from pinpoint_train.training.batches import SizeSampler

GENERATED = ("synthetic", "ticks")  # origins without a page of a dev list
MAX_WIDTH = 1024
BATCH_PIXELS = 12 * 320  # width of a batch's crops put side by side
SPOILED = 0.75  # share of clean crops that are spoiled
NOISY = 0.7  # share of these spoiled as an office spoils lines, the rest as a scanner does pages
LETTER = 24.0  # pixels of ink in a line, for the degradations


def encode(text: str, classes: dict[str, int]) -> list[int]:
    """Class of each character; DataError for one that the recogniser does not have."""
    try:
        return [classes[character] for character in text]
    except KeyError as error:
        raise DataError(f"{text!r} holds {error}, which is no class: cut the lines again.") from (
            error
        )


class LineCropBatches:
    """Draws batches of lines of like width; every line of one origin has the same chance."""

    def __init__(self, lines: Sequence[LineCrop], characters: Sequence[str]) -> None:
        if any(line.origin not in GENERATED and is_kept(line.page) for line in lines):
            raise DataError("A held-out page is among the lines: cut them again.")
        classes = {character: index for index, character in enumerate(characters)}
        fitting = [line for line in lines if line.width <= MAX_WIDTH]
        self.items = [(line, encode(line.text, classes)) for line in fitting]
        self.items.sort(key=lambda item: item[0].width)
        if not self.items:
            raise DataError(f"No line of at most {MAX_WIDTH} pixels: cut more.")
        widths = [max(line.width, 48) for line, _ in self.items]
        self.sizes = SizeSampler(widths, BATCH_PIXELS, fewest=4, most=48, reach=2)

    def draw(self, random: np.random.Generator) -> LineBatch:
        """Draw one batch around a random width and spoil most of it."""
        picked = [self.items[i] for i in self.sizes.draw(random)]
        crops = [vary(line.pixels(), line.origin in GENERATED, random) for line, _ in picked]
        return collate(crops, [classes for _, classes in picked])


def vary(crop: Crop, spoiled: bool, random: np.random.Generator) -> Crop:
    """Squeeze, pad or thin a crop at times, and spoil most of those that are not `spoiled` yet."""
    if random.random() < 0.3:
        width = round(crop.shape[1] * random.uniform(0.8, 1.15))
        crop = resize(crop, int(np.clip(width, 8, MAX_WIDTH)), CROP_HEIGHT)
    if random.random() < 0.3:
        left, right = random.integers(0, 8, 2)
        crop = np.pad(crop, ((0, 0), (left, right), (0, 0)), mode="edge")[:, :MAX_WIDTH]
    if random.random() < 0.15:
        # Dark strokes lose a pixel on one side, and the thinnest break.
        crop = np.maximum(crop, np.roll(crop, 1, axis=int(random.integers(2))))
    if not spoiled and random.random() < SPOILED:
        source = Random(int(random.integers(2**62)))
        crop = np.ascontiguousarray(crop)
        if source.random() < NOISY:
            return line_noise.spoil_line(source, crop)
        crop = degrade.spoil(source, Image.fromarray(crop), LETTER)
    return crop


def collate(crops: Sequence[Crop], classes: Sequence[Sequence[int]]) -> LineBatch:
    """Pad crops with mid-grey to a common width, a multiple of 16."""
    width = -(-max(crop.shape[1] for crop in crops) // 16) * 16
    image = np.full((len(crops), 3, CROP_HEIGHT, width), COLOUR_FILL, np.uint8)
    for row, crop in zip(image, crops, strict=True):
        row[:, :, : crop.shape[1]] = crop.transpose(2, 0, 1)
    return LineBatch(
        torch.from_numpy(image),
        torch.tensor([crop.shape[1] for crop in crops], dtype=torch.int32),
        torch.tensor([c for one in classes for c in one], dtype=torch.long),
        torch.tensor([len(one) for one in classes], dtype=torch.long),
    )
