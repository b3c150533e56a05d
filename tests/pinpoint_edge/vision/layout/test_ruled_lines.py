"""Rules are found however they are drawn and tilted, and text and noise are none."""

from __future__ import annotations

import time
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image, ImageDraw

from pinpoint_edge.vision.layout.ruled_lines import find_rules, shift, slope_of

SIZE = (600, 800)  # width, height


def drawn(*lines: tuple[tuple[float, float], tuple[float, float]], ink: int = 60) -> np.ndarray:
    image = Image.new("L", SIZE, 250)
    for line in lines:
        ImageDraw.Draw(image).line([tuple(map(round, point)) for point in line], fill=ink)
    return np.asarray(image)


@pytest.mark.parametrize("degrees", [-10, -3.5, 0, 0.7, 4, 10])
def test_tilted_rules_are_found_where_they_lie(degrees: float) -> None:
    angle = np.radians(degrees)
    along, across = (
        np.array([np.cos(angle), np.sin(angle)]),
        np.array([-np.sin(angle), np.cos(angle)]),
    )
    start = np.array([150.0, 200.0])
    grey = drawn((start, start + 300 * along), (start, start + 200 * across))
    slope = slope_of(degrees)
    found = find_rules(grey, [], slope)
    assert len(found.level) == len(found.upright) == 1
    u = 150 + int(shift(200, slope))
    v = 200 + int(shift(150, -slope))
    scale = 1 / np.cos(angle)  # a shear lengthens what it turns
    level, upright = found.level[0], found.upright[0]
    np.testing.assert_allclose(level, (v, u, u + 300 * scale), atol=4)
    np.testing.assert_allclose(upright, (u, v, v + 200 * scale), atol=4)


@pytest.mark.parametrize(("dash", "gap"), [(1, 3), (4, 4), (12, 6), (60, 14)])
def test_dotted_dashed_and_broken_rules_are_one(dash: int, gap: int) -> None:
    pieces = [((x, 300), (x + dash - 1, 300)) for x in range(50, 500, dash + gap)]
    found = find_rules(drawn(*pieces), [], 0)
    assert len(found.level) == 1
    at, start, stop = found.level[0]
    assert abs(at - 300) <= 2
    assert start <= 56
    assert stop >= 480


def test_a_double_rule_is_two() -> None:
    found = find_rules(drawn(((50, 300), (400, 300)), ((50, 306), (400, 306))), [], 0)
    assert [rule.at for rule in found.level] == pytest.approx([300, 306], abs=2)


def test_a_bent_rule_is_one() -> None:
    points = [(50 + 20 * i, 300 + 6 * np.sin(i / 8)) for i in range(24)]
    found = find_rules(drawn(*pairwise(points)), [], 0)
    assert len(found.level) == 1
    assert found.level[0].stop - found.level[0].start > 420


def test_strokes_inside_text_are_no_rules() -> None:
    strokes = [((60, 108), (200, 108)), ((60, 104), (60, 130))]
    grey = drawn(*strokes)
    assert find_rules(grey, [], 0).level
    found = find_rules(grey, [(55, 95, 210, 135)], 0)
    assert (found.level, found.upright) == ([], [])
    below = find_rules(drawn(((40, 134), (300, 134))), [(55, 95, 210, 135)], 0)
    assert len(below.level) == 1, "an underline at the foot of a line is a rule"


def test_bars_and_short_strokes_are_no_rules() -> None:
    image = Image.fromarray(drawn(((50, 60), (70, 60)), ((90, 60), (90, 72))))
    ImageDraw.Draw(image).rectangle((100, 300, 400, 330), fill=0)
    found = find_rules(np.asarray(image), [], 0)
    assert (found.level, found.upright) == ([], [])


def test_noise_holds_no_rules_and_takes_no_time() -> None:
    grey = np.random.default_rng(1).integers(0, 256, (960, 960)).astype(np.uint8)
    began = time.process_time()
    found = find_rules(grey, [], 900)
    assert time.process_time() - began < 5
    assert found == ([], [])
    assert find_rules(np.full((40, 30), 255, np.uint8), [], 0) == ([], [])
