"""Which way is up, by lines that are read in both directions."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from pinpoint_edge.vision.ctc import Transcription
from pinpoint_edge.vision.flat.turn import is_upside_down, quarters_of, with_upward_lines
from pinpoint_edge.vision.flat.view import View
from pinpoint_edge.vision.page import Page
from pinpoint_edge.vision.regions import Region

FOLDER = Path(__file__).parents[3] / "golden/turn"
GOLDEN = json.loads((FOLDER / "cases.json").read_text(encoding="utf-8"))


class Reader:
    """Is as sure of a line as the case says."""

    def __init__(self, case):
        self.texts = {}
        for name, turns in (("", 0), ("turned_", 2)):
            sure = case[f"{name}sure"]
            for quad, value, count in zip(
                case["quads"], sure, case[f"{name}characters"], strict=True
            ):
                key = np.roll(np.array(quad, np.float32), turns, axis=0).tobytes()
                self.texts[key] = Transcription("x" * count, [value] * count)
        self.lines = 0

    def __call__(self, found):
        self.lines += len(found)
        return [self.texts[region.quad.tobytes()] for region in found]


@pytest.mark.parametrize("case", GOLDEN["pages"], ids=lambda case: case["name"])
def test_golden(case):
    found = [Region(np.array(quad, np.float32), 0.9) for quad in case["quads"]]
    read = Reader(case)
    assert quarters_of(found, read) == case["quarters"]
    assert is_upside_down(found, case["readings"], read) == case["upside_down"]
    single = with_upward_lines(found, read)
    assert [region.quad.tolist() for region in single] == case["single_lines"]


@pytest.mark.parametrize("name", ["upright", "unasked", "short_at_the_margin"])
def test_an_upright_page_has_no_line_read(name):
    case = next(case for case in GOLDEN["pages"] if case["name"] == name)
    found = [Region(np.array(quad, np.float32), 0.9) for quad in case["quads"]]
    read = Reader(case)
    assert quarters_of(found, read) == 0
    assert not is_upside_down(found, case["readings"], read)
    assert all(a is b for a, b in zip(with_upward_lines(found, read), found, strict=True))
    assert read.lines == 0


def test_a_page_without_lines_stays():
    assert quarters_of([], Reader(GOLDEN["pages"][0])) == 0
    assert not is_upside_down([], [], Reader(GOLDEN["pages"][0]))


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_points_go_back_with_the_quarters(quarters):
    image = np.random.default_rng(1).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    view = View.of(Page(image, "noise", 0), quarters)
    assert view.turned == {0: 0, 1: 270, 2: 180, 3: 90}[quarters]
    height, width = view.page.image.shape[:2]
    for y, x in np.ndindex(height, width):
        back = view.to_given(np.array([x + 0.5, y + 0.5]))
        assert np.array_equal(view.page.image[y, x], image[int(back[1]), int(back[0])])
