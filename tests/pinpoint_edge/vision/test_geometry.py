"""Boxes and quads."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinpoint_edge.errors import OptionError
from pinpoint_edge.vision import geometry

SIDE = st.integers(0, 500)
BOX = st.tuples(SIDE, SIDE, SIDE, SIDE).map(
    lambda box: (min(box[0], box[2]), min(box[1], box[3]), max(box[0], box[2]), max(box[1], box[3]))
)


@given(BOX, BOX)
def test_iou_agrees_with_counted_pixels(a, b):
    plane = np.zeros((2, 500, 500), bool)
    for layer, (x0, y0, x1, y1) in zip(plane, (a, b), strict=True):
        layer[y0:y1, x0:x1] = True
    both, either = int((plane[0] & plane[1]).sum()), int((plane[0] | plane[1]).sum())
    assert geometry.iou(a, b) == pytest.approx(both / either if either else 0.0)
    assert geometry.iou(a, b) == geometry.iou(b, a)


@given(st.lists(BOX, min_size=1, max_size=6))
def test_a_union_holds_its_boxes_and_touches_them(boxes):
    x0, y0, x1, y1 = geometry.union(boxes)
    columns = list(zip(*boxes, strict=True))
    assert (x0, y0, x1, y1) == (min(columns[0]), min(columns[1]), max(columns[2]), max(columns[3]))


def test_a_union_of_nothing_is_refused():
    with pytest.raises(OptionError, match="at least one box"):
        geometry.union([])


def test_a_box_turned_inside_out_has_no_area():
    assert geometry.area((10, 10, 5, 20)) == 0
    assert geometry.iou((0, 0, 1, 1), (2, 2, 3, 3)) == 0


@given(st.floats(-180, 180))
def test_turning_there_and_back_returns(degrees):
    quad = geometry.text_quad((10, 20, 110, 40))
    turned = geometry.rotate_points(quad, degrees, (50, 60))
    assert geometry.text_size(turned) == pytest.approx((100, 20), abs=1e-3)
    assert geometry.rotate_points(turned, -degrees, (50, 60)) == pytest.approx(quad, abs=1e-3)


def test_positive_degrees_turn_clockwise_on_the_page():
    turned = geometry.rotate_points(np.array([[1.0, 0.0]]), 90, (0, 0))
    assert turned == pytest.approx(np.array([[0.0, 1.0]]), abs=1e-6)  # right becomes down
    quad = geometry.rotate_points(geometry.text_quad((0, 0, 50, 10)), 30, (0, 0))
    assert geometry.text_angle(quad) == pytest.approx(30, abs=1e-4)


def test_a_tall_box_is_read_downwards():
    quad = geometry.text_quad((10, 20, 30, 90))
    assert quad[0].tolist() == [30, 20]
    assert quad[1].tolist() == [30, 90]
    assert geometry.text_size(quad) == (70, 20)
    assert geometry.text_angle(quad) == 90
    assert geometry.text_quad((10, 20, 30, 60))[0].tolist() == [10, 20]  # twice as high: not yet


def test_a_part_follows_the_reading_direction():
    flat = geometry.sub_quad(geometry.text_quad((0, 0, 100, 10)), 0.25, 0.5)
    assert geometry.bounds(flat) == (25, 0, 50, 10)
    tall = geometry.sub_quad(geometry.text_quad((0, 0, 10, 100)), 0.25, 0.5)
    assert geometry.bounds(tall) == (0, 25, 10, 50)
    whole = geometry.rotate_points(geometry.text_quad((3, 4, 70, 20)), 17, (0, 0))
    assert geometry.sub_quad(whole, 0, 1) == pytest.approx(whole, abs=1e-4)


@pytest.mark.parametrize("quad", [np.zeros((3, 2)), np.zeros(8), np.full((4, 2), np.nan)])
def test_a_broken_quad_is_refused(quad):
    with pytest.raises(OptionError, match="four finite corners"):
        geometry.as_quad(quad)
