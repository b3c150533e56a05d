"""Long pages in parts: where these lie, and their maps put together."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from pinpoint_edge.vision.canvas import CANVASES
from pinpoint_edge.vision.parts import fit_long_canvas, is_long, joined, parts_of, spans

FOLDER = Path(__file__).parents[2] / "golden/parts"
GOLDEN = json.loads((FOLDER / "cases.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", GOLDEN["pages"], ids=lambda case: str(case["page"]))
def test_golden(case):
    canvas = fit_long_canvas(np.zeros((*case["page"], 3), np.uint8))
    assert list(canvas.image.shape[:2]) == case["canvas"]
    assert canvas.scale == pytest.approx(case["scale"], rel=1e-12)
    assert [canvas.size[1], canvas.size[0]] == case["used"]
    assert [list(span) for span in spans(canvas.image.shape)] == case["spans"]
    assert all(part.shape[:2] in CANVASES for part in parts_of(canvas.image))


@pytest.mark.parametrize("case", GOLDEN["long"], ids=lambda case: str(case["page"]))
def test_a_page_is_long(case):
    height, width = case["page"]
    assert is_long(width, height) == case["long"]


@pytest.mark.parametrize("size", [(3000, 260), (300, 2100)])
def test_maps_of_parts_are_the_map_of_the_whole(size):
    page = np.random.default_rng(2).integers(0, 256, (*size, 3), dtype=np.uint8)
    canvas = fit_long_canvas(page)
    seen = [{"text_map": part[None, None, :, :, 0]} for part in parts_of(canvas.image)]
    assert len(seen) > 2
    maps = joined(seen, canvas.image.shape)
    assert np.array_equal(maps["text_map"][0, 0], canvas.image[:, :, 0])
