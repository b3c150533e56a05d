"""From a text map to regions, rows and the skew."""

from __future__ import annotations

import json
import math
from collections import deque
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image, ImageDraw

from pinpoint_edge.errors import OptionError
from pinpoint_edge.vision.components import find_components, minimum_rectangle
from pinpoint_edge.vision.geometry import (
    bounds,
    iou,
    rotate_points,
    text_angle,
    text_quad,
    text_size,
)
from pinpoint_edge.vision.layout.order import estimate_skew, geometry, reading_order
from pinpoint_edge.vision.regions import Region, find_regions

FOLDER = Path(__file__).parents[2] / "golden/components"
GOLDEN = json.loads((FOLDER / "cases.json").read_text(encoding="utf-8"))
SIZE = (640, 480)
CENTRE = (320.0, 240.0)


def form_boxes():
    """Eight rows of three fields whose heights differ, as boxes on a page of SIZE."""
    return [
        (
            60 + 190 * column,
            60 + 45 * row,
            60 + 190 * column + 60 + 10 * row,
            72 + 45 * row + column,
        )
        for row in range(8)
        for column in range(3)
    ]


def drawn(quads, value=230):
    picture = Image.new("L", SIZE)
    draw = ImageDraw.Draw(picture)
    for quad in quads:
        draw.polygon([tuple(point) for point in quad.tolist()], fill=value)
    return np.asarray(picture).astype(np.float32) / 255


def turned_form(degrees):
    return [rotate_points(text_quad(box), degrees, CENTRE) for box in form_boxes()]


def flood_fill(mask):
    """Components by breadth-first search: sets of (row, column), in scan order."""
    seen, parts = np.zeros_like(mask), []
    for start in zip(*np.nonzero(mask), strict=True):
        if seen[start]:
            continue
        seen[start] = True
        queue, part = deque([start]), set()
        while queue:
            row, column = queue.popleft()
            part.add((int(row), int(column)))
            for near in np.ndindex(3, 3):
                y, x = row + near[0] - 1, column + near[1] - 1
                inside = 0 <= y < mask.shape[0] and 0 <= x < mask.shape[1]
                if inside and mask[y, x] and not seen[y, x]:
                    seen[y, x] = True
                    queue.append((y, x))
        parts.append(part)
    return parts


@settings(max_examples=150, deadline=None)
@given(arrays(np.bool_, st.tuples(st.integers(1, 14), st.integers(1, 18))), st.integers(0, 99))
def test_components_equal_a_flood_fill(mask, seed):
    noise = np.random.default_rng(seed).uniform(0.4, 1.0, mask.shape)
    plane = np.where(mask, noise, 0.1).astype(np.float32)
    found, expected = find_components(plane, 0.3), flood_fill(mask)
    assert len(found) == len(expected)
    for component, part in zip(found, expected, strict=True):
        rows, columns = zip(*part, strict=True)
        score = np.mean([float(plane[pixel]) for pixel in part])
        assert component.score == pytest.approx(score)
        box = (min(columns), min(rows), max(columns) + 1, max(rows) + 1)
        assert bounds(component.points) == box


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=25, unique=True
    )
)
def test_no_direction_gives_a_smaller_rectangle(pixels):
    points = np.array(
        [(x + dx, y + dy) for x, y in pixels for dx in (0, 1) for dy in (0, 1)], np.float64
    )
    quad = minimum_rectangle(points)
    width, height = text_size(quad)
    assert abs(text_angle(quad)) <= 45 + 1e-9
    frame = rotate_points(points, -text_angle(quad), quad[0])
    assert bounds(frame) == pytest.approx(
        (quad[0][0], quad[0][1], quad[0][0] + width, quad[0][1] + height), abs=1e-3
    )
    for degrees in range(0, 90, 3):
        x0, y0, x1, y1 = bounds(rotate_points(points, degrees, (0, 0)))
        assert width * height <= (x1 - x0) * (y1 - y0) + 1e-2


@pytest.mark.parametrize("case", GOLDEN["find_regions"], ids=lambda case: case["file"])
def test_golden_regions(case):
    plane = np.frombuffer((FOLDER / case["file"]).read_bytes(), np.uint8).reshape(case["shape"])
    probabilities = plane.astype(np.float32) / np.float32(255)
    page_size = tuple(case["page_size"])
    regions = find_regions(probabilities, case["scale"], page_size)
    assert len(regions) == len(case["regions"])
    for region, expected in zip(regions, case["regions"], strict=True):
        assert region.quad == pytest.approx(np.array(expected["quad"]), abs=1e-3)
        assert region.score == pytest.approx(expected["score"], abs=1e-5)
    skew = estimate_skew(regions)
    assert skew == pytest.approx(case["skew"], abs=1e-4)
    assert reading_order(regions, skew) == case["rows"]
    expected = np.array(case["geometry"]).reshape(-1, 4)
    assert geometry(regions, page_size, skew) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("scale", [0.5, 1.0, 1.5])
def test_an_upright_block_is_expanded_by_the_unclip_ratio(scale):
    plane = np.zeros((100, 200), np.float32)
    plane[40:51, 30:131] = 0.9  # 101 x 11 px: 100 x 10 between the centres of the outer pixels
    (region,) = find_regions(plane, scale, (1000, 1000), page=4)
    margin = 100 * 10 * 1.6 / 220
    box = (30.5 - margin, 40.5 - margin, 130.5 + margin, 50.5 + margin)
    assert region.box == pytest.approx([edge / scale for edge in box], abs=1e-3)
    assert region.score == pytest.approx(0.9, abs=1e-6)
    assert region.page == 4
    assert region.quad.dtype == np.float32


def test_faint_small_and_marginal_components_are_no_regions():
    plane = np.zeros((120, 200), np.float32)
    plane[10:20, 10:60] = 0.45  # above the threshold, below the box score
    plane[40:42, 10:60] = 0.9  # 2 px high
    plane[60:70, 10:60] = 0.29  # below the threshold
    plane[60:70, 120:180] = 0.9  # beyond the page, in the canvas's margin
    assert find_regions(plane, 1.0, (100, 120)) == []
    plane[40:43, 10:60] = 0.9
    assert len(find_regions(plane, 1.0, (100, 120))) == 1


def test_regions_end_at_the_page():
    plane = np.zeros((60, 120), np.float32)
    plane[0:12, 0:118] = 0.9
    (region,) = find_regions(plane, 1.0, (118, 50))
    assert region.box[:3] == (0, 0, 118)
    assert region.box[3] < 50


def test_an_upright_line_starts_at_its_top_right():
    plane = np.zeros((120, 60), np.float32)
    plane[10:110, 20:30] = 0.9
    (region,) = find_regions(plane, 1.0, (60, 120))
    assert text_angle(region.quad) == 90
    assert region.quad[0].tolist() == [region.box[2], region.box[1]]


@pytest.mark.parametrize("degrees", [-10, -6, -1.5, 0, 0.8, 3, 7, 10])
def test_a_tilted_form_is_found_straightened_and_ordered(degrees):
    truth = turned_form(degrees)
    regions = find_regions(drawn(truth), 1.0, SIZE)
    assert len(regions) == len(truth)
    skew = estimate_skew(regions)
    assert skew == pytest.approx(degrees, abs=0.5)

    fields = form_boxes()
    straight = [bounds(rotate_points(region.quad, -degrees, CENTRE)) for region in regions]
    field_of = [
        max(range(len(fields)), key=lambda field: iou(fields[field], box)) for box in straight
    ]
    rows = reading_order(regions, skew)
    assert [[field_of[index] for index in row] for row in rows] == [
        [3 * row, 3 * row + 1, 3 * row + 2] for row in range(8)
    ]
    for index, field in enumerate(field_of):
        x0, y0, x1, y1 = fields[field]
        margin = (x1 - x0) * (y1 - y0) * 1.6 / (2 * (x1 - x0 + y1 - y0))
        grown = (x0 - margin, y0 - margin, x1 + margin, y1 + margin)
        assert iou(straight[index], grown) > 0.75
        width, height = SIZE
        centre_x, centre_y, *_ = geometry(regions, SIZE, degrees)[index]
        assert centre_x * width == pytest.approx((x0 + x1) / 2, abs=2)
        assert centre_y * height == pytest.approx((y0 + y1) / 2, abs=2)


def test_squat_components_take_the_direction_of_the_lines():
    # Ten long lines, and discs whose own minimum rectangle has any direction.
    lines = [text_quad((60, 60 + 40 * row, 460, 72 + 40 * row)) for row in range(8)]
    picture = Image.fromarray(np.uint8(drawn([rotate_points(q, 6, CENTRE) for q in lines]) * 255))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((560, 200, 578, 217), fill=230)
    regions = find_regions(np.asarray(picture).astype(np.float32) / 255, 1.0, SIZE)
    (disc,) = [region for region in regions if region.box[0] > 540]
    assert text_angle(disc.quad) == pytest.approx(6, abs=0.7)


def region(box):
    return Region(text_quad(box), 0.9)


def test_a_stamp_does_not_tie_rows_together():
    rows = [(10, 10 + 30 * n, 100, 24 + 30 * n) for n in range(4)]
    stamp = (110, 5, 200, 130)
    right = [(220, 10 + 30 * n, 300, 24 + 30 * n) for n in range(4)]
    order = reading_order([region(box) for box in [*rows, stamp, *right]])
    pairs = [row for row in order if row != [4]]
    flat = [[index for index in row if index != 4] for row in pairs]
    assert [row for row in flat if row] == [[0, 5], [1, 6], [2, 7], [3, 8]]


def test_lines_that_overlap_stay_apart():
    # Expanded regions of tight print share a third of their height with the next line.
    boxes = [(10, 10 + 14 * n, 200, 31 + 14 * n) for n in range(6)]
    assert reading_order([region(box) for box in boxes]) == [[n] for n in range(6)]


def test_the_skew_is_a_median_weighted_by_width():
    flat = [region((0, 20 * n, 400, 20 * n + 10)) for n in range(3)]
    tilted = [Region(rotate_points(text_quad((0, 0, 50, 10)), 9, (0, 0)), 0.9) for _ in range(5)]
    assert estimate_skew(flat + tilted) == 0
    assert estimate_skew(tilted) == pytest.approx(9, abs=1e-3)
    assert estimate_skew([]) == 0
    squares = [Region(rotate_points(text_quad((0, 0, 20, 10)), 30, (0, 0)), 0.9)]
    assert estimate_skew(squares) == 0  # too short to tell


def test_an_upright_line_counts_with_its_own_tilt():
    upright = Region(rotate_points(text_quad((0, 0, 10, 200)), 4, (0, 0)), 0.9)
    assert estimate_skew([upright]) == pytest.approx(4, abs=1e-3)


def test_geometry_is_a_share_of_the_page():
    table = geometry([region((100, 50, 300, 70))], (1000, 500))
    assert table.dtype == np.float32
    assert table == pytest.approx(np.array([[0.2, 0.12, 0.2, 0.04]]))
    assert geometry([], (1000, 500)).shape == (0, 4)


def test_no_text_no_regions():
    assert find_regions(np.zeros((1, 1, 32, 64), np.float32), 1.0, (64, 32)) == []
    assert reading_order([]) == []


@pytest.mark.parametrize(
    ("shape", "scale"), [((2, 1, 8, 8), 1.0), ((8,), 1.0), ((8, 8), 0.0), ((8, 8), math.nan)]
)
def test_what_is_no_map_is_refused(shape, scale):
    with pytest.raises(OptionError, match="text map"):
        find_regions(np.zeros(shape, np.float32), scale, (8, 8))
