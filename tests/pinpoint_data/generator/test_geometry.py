"""How pages lie: points map there and back, boxes and quads hold what they held before."""

import math
from random import Random

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from pinpoint_data.generator.geometry import Bend, PageMap, random_map

BOX = (40.0, 30.0, 90.0, 45.0)
WHITE = (255, 255, 255)


@st.composite
def maps(draw: st.DrawFn) -> PageMap:
    """Any of the maps that the stream draws, on pages of many sizes."""
    width, height = draw(st.integers(200, 1400)), draw(st.integers(200, 1800))
    return random_map(Random(draw(st.integers(0, 2**32))), width, height)


@st.composite
def boxes(draw: st.DrawFn) -> tuple[PageMap, tuple[float, float, float, float]]:
    """A map and a box on its page."""
    seen = draw(maps())
    width, height = seen.size
    x0, y0 = draw(st.floats(0, width - 9)), draw(st.floats(0, height - 9))
    return seen, (
        x0,
        y0,
        draw(st.floats(x0 + 4, width)),
        draw(st.floats(y0 + 4, height)),
    )


def _inside(box: tuple[float, float, float, float], seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    spread = np.array([box[2] - box[0], box[3] - box[1]])
    return np.array(box[:2]) + random.random((200, 2)) * spread


@given(maps(), st.integers(0, 99))
@settings(deadline=None)
def test_points_map_there_and_back(seen: PageMap, seed: int) -> None:
    at = _inside((0, 0, *seen.size), seed)
    np.testing.assert_allclose(seen.sources(seen.points(at)), at, atol=1e-6)


@given(boxes(), st.integers(0, 99))
@settings(deadline=None)
def test_a_box_holds_all_of_its_points_on_the_new_page(
    case: tuple[PageMap, tuple[float, float, float, float]], seed: int
) -> None:
    seen, box = case
    x0, y0, x1, y1 = seen.box(box)
    at = seen.points(_inside(box, seed))
    assert 0 <= x0 < x1 <= seen.new_size[0]
    assert 0 <= y0 < y1 <= seen.new_size[1]
    assert (at >= np.array([x0, y0]) - 0.5).all()
    assert (at <= np.array([x1, y1]) + 0.5).all()


@given(boxes(), st.integers(0, 99))
@settings(deadline=None)
def test_a_quad_holds_all_points_and_turns_clockwise(
    case: tuple[PageMap, tuple[float, float, float, float]], seed: int
) -> None:
    seen, box = case
    quad = np.array(seen.quad(box))
    at = seen.points(_inside(box, seed))
    for start, end in zip(quad, np.roll(quad, -1, axis=0), strict=True):
        side = (end - start) / np.linalg.norm(end - start)
        out = (at[:, 0] - start[0]) * side[1] - (at[:, 1] - start[1]) * side[0]
        # The short sides lean by a little where the paper is bent.
        assert out.max() <= 1.0 + (0 if seen.bend is None else 0.35 * seen.bend.height)


@given(st.integers(0, 2**32))
@example(3)
@settings(max_examples=40, deadline=None)
def test_boxes_follow_the_image(seed: int) -> None:
    rng = Random(seed)
    image = Image.new("RGB", (320, 240), WHITE)
    box = (rng.randint(10, 200), rng.randint(10, 180))
    box = (*box, box[0] + rng.randint(12, 100), box[1] + rng.randint(10, 50))
    image.paste((0, 0, 0), box)
    seen = random_map(rng, *image.size)
    made = np.asarray(seen.image(image, WHITE).convert("L"))
    assert made.shape == seen.new_size[::-1]
    rows, columns = np.nonzero(made < 110)
    x0, y0, x1, y1 = seen.box(box)
    assert abs(columns.min() - x0) <= 2
    assert abs(columns.max() + 1 - x1) <= 2
    assert abs(rows.min() - y0) <= 2
    assert abs(rows.max() + 1 - y1) <= 2


@pytest.mark.parametrize("degrees", [-3.0, -0.7, 0.4, 2.5])
def test_turning_keeps_the_sides_of_a_box(degrees: float) -> None:
    quad = np.array(PageMap.turned(degrees, 300, 200).quad(BOX))
    sides = np.linalg.norm(np.roll(quad, -1, axis=0) - quad, axis=1)
    np.testing.assert_allclose(sides, [50, 15, 50, 15], rtol=1e-6)
    rise = quad[1] - quad[0]
    assert math.degrees(math.atan2(rise[1], rise[0])) == pytest.approx(degrees)


def test_a_page_that_lies_straight_is_left_alone() -> None:
    image, seen = Image.new("RGB", (30, 20), WHITE), PageMap((30, 20))
    assert seen.image(image, WHITE) is image
    assert seen.box((1, 2, 3, 4)) == (1, 2, 3, 4)


def test_most_pages_lie_nearly_straight_and_some_are_bent_or_tilted() -> None:
    made = [random_map(Random(seed), 800, 1000) for seed in range(300)]
    flat = [m for m in made if m.bend is None and m.matrix[2, 0] == 0]
    angles = [math.degrees(math.atan2(m.matrix[1, 0], m.matrix[0, 0])) for m in flat]
    assert 0.7 < len(flat) / len(made) < 0.95
    assert max(map(abs, angles)) <= 3.0
    assert np.mean(np.abs(angles) < 1.0) > 0.75
    assert sum(m.bend is not None for m in made) > 10
    assert sum(m.matrix[2, 0] != 0 for m in made) > 20


def test_a_bend_moves_columns_by_its_wave() -> None:
    bend = Bend(6.0, 400.0, 0.0)
    seen = PageMap((400, 100), None, bend)
    flat = np.array([[100.0, 50], [300.0, 50]])
    down = seen.points(flat)[:, 1] - seen.points(np.array([[0.0, 50], [200.0, 50]]))[:, 1]
    np.testing.assert_allclose(down, [6.0, -6.0], atol=1e-9)
