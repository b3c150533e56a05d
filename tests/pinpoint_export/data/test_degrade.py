"""Geometry and faults: boxes follow the skew, small print stays legible, sizes stay the same."""

from random import Random

import numpy as np
import pytest
from PIL import Image

from pinpoint_export.data.degrade import Skew, random_skew, spoil

BOX = (40.0, 30.0, 90.0, 45.0)


@pytest.mark.parametrize("degrees", [-3.0, -0.7, 0.0, 0.4, 2.5])
def test_boxes_follow_the_image(degrees: float) -> None:
    image = Image.new("RGB", (300, 200), (255, 255, 255))
    image.paste((0, 0, 0), (40, 30, 90, 45))
    skew = Skew(degrees, *image.size)
    turned = np.asarray(skew.image(image, (255, 255, 255)).convert("L")) < 128
    rows, columns = np.nonzero(turned)
    x0, y0, x1, y1 = skew.box(BOX)
    assert abs(columns.min() - x0) <= 1.6
    assert abs(columns.max() + 1 - x1) <= 1.6
    assert abs(rows.min() - y0) <= 1.6
    assert abs(rows.max() + 1 - y1) <= 1.6


def test_quad_keeps_the_sides_of_the_box() -> None:
    quad = np.array(Skew(2.0, 300, 200).quad(BOX))
    sides = np.linalg.norm(np.roll(quad, -1, axis=0) - quad, axis=1)
    np.testing.assert_allclose(sides, [50, 15, 50, 15], rtol=1e-6)


def test_skew_is_mostly_small_and_never_over_three_degrees() -> None:
    rng = Random(0)
    angles = [abs(np.degrees(np.arcsin(random_skew(rng, 800, 1000).sin))) for _ in range(500)]
    assert max(angles) <= 3.0
    assert np.mean(np.array(angles) < 1.0) > 0.75
    assert np.mean(np.array(angles) > 0.1) > 0.3


def test_every_corner_stays_on_the_page() -> None:
    skew = Skew(3.0, 900, 1300)
    for x0, y0, x1, y1 in (skew.box((0.0, 0.0, 30.0, 20.0)), skew.box((870, 1280, 900, 1300))):
        assert x0 >= 0
        assert y0 >= 0
        assert x1 <= skew.new_size[0]
        assert y1 <= skew.new_size[1]


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
