"""Pixels: resize, canvas, grey and crops, to the byte."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pinpoint_edge.errors import OptionError
from pinpoint_edge.vision.canvas import fit_canvas
from pinpoint_edge.vision.crop import (
    COLOUR_FILL,
    GREY_FILL,
    batch_crops,
    crop_quad,
    crop_width,
    sample_parallelogram,
)
from pinpoint_edge.vision.geometry import rotate_points, text_quad
from pinpoint_edge.vision.resize import resize, resize_reference, to_grey

GOLDEN = Path(__file__).parents[2] / "golden"
RESIZE = json.loads((GOLDEN / "resize/cases.json").read_text(encoding="utf-8"))
CROP = json.loads((GOLDEN / "crop/cases.json").read_text(encoding="utf-8"))
SIDE = st.integers(1, 150)


def raw(subject, file, shape):
    return np.frombuffer((GOLDEN / subject / file).read_bytes(), np.uint8).reshape(shape)


def noise(*shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


@settings(max_examples=150, deadline=None)
@given(SIDE, SIDE, SIDE, SIDE, st.sampled_from([(), (1,), (3,)]), st.integers(0, 99))
def test_resize_and_its_specification_equal_pillow(height, width, to_height, to_width, axes, seed):
    image = noise(height, width, *axes, seed=seed)
    pillow = Image.fromarray(image[:, :, 0] if axes == (1,) else image)
    columns = pillow.resize((to_width, height), Image.Resampling.BILINEAR)
    expected = np.asarray(columns.resize((to_width, to_height), Image.Resampling.BILINEAR))
    expected = expected.reshape(to_height, to_width, *axes)
    assert np.array_equal(resize(image, to_width, to_height), expected)
    assert np.array_equal(resize_reference(image, to_width, to_height), expected)


@pytest.mark.parametrize(("width", "height"), [(150, 200), (40, 400), (97, 61)])
def test_resize_equals_one_call_of_pillow_where_that_takes_columns_first(width, height):
    # Pillow 13 takes rows first when the height shrinks by more than the width.
    image = noise(80, 120, 3)
    expected = Image.fromarray(image).resize((width, height), Image.Resampling.BILINEAR)
    assert np.array_equal(resize(image, width, height), np.asarray(expected))


def test_a_very_tall_image_is_resized_alike():
    image = noise(900, 4, 3)
    assert np.array_equal(resize(image, 9, 30), resize_reference(image, 9, 30))


@pytest.mark.parametrize("case", RESIZE["resize"], ids=lambda case: case["target"]["file"])
def test_golden_resizes(case):
    source = raw("resize", case["source"]["file"], case["source"]["shape"])
    height, width, _ = case["target"]["shape"]
    expected = raw("resize", case["target"]["file"], case["target"]["shape"])
    assert np.array_equal(resize(source, width, height), expected)
    assert np.array_equal(resize_reference(source, width, height), expected)


@pytest.mark.parametrize("case", RESIZE["fit_canvas"], ids=lambda case: str(case["page"]))
def test_golden_canvases(case):
    canvas = fit_canvas(np.zeros((*case["page"], 3), np.uint8))
    height, width = case["used"]
    assert canvas.image.shape[:2] == tuple(case["canvas"])
    assert canvas.scale == case["scale"]
    assert canvas.size == (width, height)
    assert not canvas.image[:height, :width].any()
    assert (canvas.image[height:] == 255).all()
    assert (canvas.image[:, width:] == 255).all()


def test_a_letter_page_does_not_pay_for_a_square_canvas():
    # 960 x 960 would give .606 instead of .601, for 30 % more pixels.
    assert fit_canvas(noise(1584, 1224, 3)).image.shape == (960, 736, 3)


def test_grey_equals_its_formula():
    image = noise(40, 50, 3)
    red, green, blue = np.moveaxis(image.astype(np.int64), 2, 0)
    expected = (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16
    assert np.array_equal(to_grey(image), expected)
    golden = raw("resize", "colour.bin", (67, 83, 3))
    assert np.array_equal(to_grey(golden)[:, :, None], raw("resize", "grey.bin", (67, 83, 1)))


@pytest.mark.parametrize("case", CROP["crops"], ids=lambda case: case["file"])
def test_golden_crops(case):
    page = raw("crop", "page.bin", CROP["page"])
    quad = np.array(case["quad"], np.float32)
    height, width, _ = case["shape"]
    expected = raw("crop", case["file"], case["shape"])
    assert crop_width(quad, height) == case["crop_width"]
    assert np.array_equal(crop_quad(page, quad, height, width), expected)


@pytest.mark.parametrize("case", CROP["batch_crops"], ids=lambda case: str(case["height"]))
def test_golden_batches(case):
    page = raw("crop", "page.bin", CROP["page"])
    quads = [np.array(crop["quad"], np.float32) for crop in CROP["crops"]]
    made = list(
        batch_crops(to_grey(page) if case["grey"] else page, quads, case["height"], case["widths"])
    )
    assert len(made) == len(case["batches"])
    for (indices, crops, used), expected in zip(made, case["batches"], strict=True):
        assert indices.tolist() == expected["indices"]
        assert used.tolist() == expected["used"]
        assert np.array_equal(crops, raw("crop", expected["file"], expected["shape"]))


@settings(max_examples=40, deadline=None)
@given(
    st.floats(-180, 180), st.floats(-20, 60), st.floats(-20, 60), st.floats(0, 30), st.floats(0, 12)
)
def test_sampling_follows_its_words(degrees, x, y, width, height):
    page = noise(40, 50, 3).astype(np.int64)
    box = np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]])
    quad = rotate_points(box, degrees, (20, 20))
    got = sample_parallelogram(page.astype(np.uint8), quad)

    corners = quad.astype(np.float64)
    top, left = corners[1] - corners[0], corners[3] - corners[0]
    columns = max(1, math.floor(math.sqrt(top[0] ** 2 + top[1] ** 2) + 0.5))
    rows = max(1, math.floor(math.sqrt(left[0] ** 2 + left[1] ** 2) + 0.5))
    assert got.shape == (rows, columns, 3)
    along, down = top / columns, left / rows
    start = corners[0] + along * 0.5 + down * 0.5 - 0.5
    start, along, down = (
        [math.floor(value * 65536 + 0.5) for value in vector] for vector in (start, along, down)
    )
    for v, u in np.ndindex(rows, columns):
        sx, sy = (start[axis] + u * along[axis] + v * down[axis] for axis in (0, 1))
        fx, fy = (sx >> 8) & 255, (sy >> 8) & 255
        total = np.full(3, 1 << 15)
        for dx, dy, weight in (
            (0, 0, (256 - fx) * (256 - fy)),
            (1, 0, fx * (256 - fy)),
            (0, 1, (256 - fx) * fy),
            (1, 1, fx * fy),
        ):
            total += (
                weight * page[min(max((sy >> 16) + dy, 0), 39), min(max((sx >> 16) + dx, 0), 49)]
            )
        assert np.array_equal(got[v, u], total >> 16)


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_quarter_turns_read_to_the_right(degrees):
    line = text_quad((10, 20, 50, 30))
    upright = noise(60, 60, 3)
    turned = np.rot90(upright, -degrees // 90)  # rot90 is counter-clockwise
    quad = rotate_points(line, degrees, (30, 30))
    crop = crop_quad(turned, np.round(quad), 10, 40)
    assert np.array_equal(crop, upright[20:30, 10:50])


@pytest.mark.parametrize("degrees", [3, -8, 40, 87, 130])
def test_a_tilted_crop_shows_what_the_upright_one_shows(degrees):
    y, x = np.mgrid[:200, :200]
    wave = np.uint8(128 + 60 * np.sin(x / 9) + 60 * np.cos(y / 7))
    turned = np.asarray(Image.fromarray(wave).rotate(-degrees, Image.Resampling.BICUBIC))
    line = text_quad((60, 80, 140, 100))
    quad = rotate_points(line, degrees, (100, 100))
    expected = crop_quad(wave, line, 16, 64).astype(int)
    error = np.abs(crop_quad(turned, quad, 16, 64) - expected)
    assert error.mean() < 2
    assert error.max() < 12


def test_a_slight_tilt_takes_the_bounds_but_a_long_drift_does_not():
    page = noise(100, 400, 3)
    short = np.array([[10.1, 10], [60, 10.3], [60, 30], [10, 30]], np.float32)
    assert np.array_equal(crop_quad(page, short, 20, 50), page[10:30, 10:60])
    # 0.4 degrees as well, but 2.7 px over a line of 10 px: its bounds would show its neighbours.
    long = np.array([[5, 40], [390, 42.7], [389.93, 52.7], [4.93, 50]], np.float32)
    bounds = resize(page[40:53, 4:390], 385, 10)
    assert not np.array_equal(crop_quad(page, long, 10, 385), bounds)
    assert np.array_equal(crop_quad(page, long, 10, 385), sample_parallelogram(page, long))


@pytest.mark.parametrize("grey", [True, False])
def test_batches_hold_every_crop_once_and_state_their_padding(grey):
    page = noise(300, 900, 3)
    lengths = [30, 800, 60, 500, 45, 10, 90, 64, 33, 700, 20, 128, 250]
    quads = [text_quad((5, 20 * n, 5 + length, 20 * n + 16)) for n, length in enumerate(lengths)]
    seen = []
    fill, channels = (GREY_FILL, 1) if grey else (COLOUR_FILL, 3)
    source = to_grey(page)[:, :, None] if grey else page
    for indices, crops, used in batch_crops(
        to_grey(page) if grey else page, quads, 16, [64, 128, 512]
    ):
        seen += indices.tolist()
        width = crops.shape[3]
        assert crops.shape == (8, channels, 16, width)
        assert crops.dtype == np.uint8
        assert used.dtype == np.int32
        assert width == min(bucket for bucket in (64, 128, 512) if bucket >= used.max())
        for row, index in enumerate(indices):
            assert used[row] == min(lengths[index], 512)
            crop = crop_quad(source, quads[index], 16, int(used[row]))
            assert np.array_equal(crops[row, :, :, : used[row]], crop.transpose(2, 0, 1))
            assert (crops[row, :, :, used[row] :] == fill).all()
        assert not crops[len(indices) :].any()
        assert not used[len(indices) :].any()
    assert sorted(seen) == list(range(len(lengths)))


def test_no_quads_make_no_batches():
    assert list(batch_crops(noise(9, 9, 3), [], 16, [64])) == []


QUAD = text_quad((1, 1, 5, 5))


@pytest.mark.parametrize(
    "call",
    [
        lambda: resize(np.zeros((4, 4, 3)), 2, 2),
        lambda: resize(np.zeros((4, 4, 4), np.uint8), 2, 2),
        lambda: resize(np.zeros((0, 4, 3), np.uint8), 2, 2),
        lambda: resize_reference(noise(4, 4, 3), 0, 2),
        lambda: to_grey(noise(4, 4)),
        lambda: crop_quad(noise(9, 9, 3), QUAD, 16, 0),
        lambda: crop_quad(noise(9, 9, 3), QUAD[:3], 16, 16),
        lambda: list(batch_crops(noise(9, 9, 3), [QUAD], 16, [])),
    ],
)
def test_what_cannot_be_an_image_or_a_size_is_refused(call):
    with pytest.raises(OptionError):
        call()
