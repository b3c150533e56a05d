"""Faults of scanners and cameras: small print stays legible, sizes stay the same."""

from random import Random

import numpy as np
from PIL import Image

from pinpoint_data.generator.degrade import spoil


def test_spoiling_keeps_the_shape_and_differs_by_seed() -> None:
    image = Image.new("RGB", (160, 90), (255, 255, 255))
    image.paste((0, 0, 0), (20, 20, 60, 30))
    before = image.tobytes()
    made = [spoil(Random(seed), image, 10.0) for seed in range(40)]
    assert all(m.shape == (90, 160, 3) and m.dtype == np.uint8 for m in made)
    assert len({m.tobytes() for m in made}) > 25
    assert image.tobytes() == before


def test_letters_stay_darker_than_paper() -> None:
    image = Image.new("RGB", (160, 90), (255, 255, 255))
    image.paste((0, 0, 0), (20, 20, 120, 60))
    for seed in range(60):
        spoilt = spoil(Random(seed), image).mean(axis=2)
        assert spoilt[65:85, 20:120].mean() - spoilt[25:55, 25:115].mean() > 60
