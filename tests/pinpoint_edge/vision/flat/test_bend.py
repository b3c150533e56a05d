"""Bent pages: slopes, the field of them, the grid, and its pixels, as in the golden vectors."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from pinpoint_edge.vision.canvas import Canvas
from pinpoint_edge.vision.flat.bend import NODE, Bend, find_bend
from pinpoint_edge.vision.flat.ink import with_ink_slopes
from pinpoint_edge.vision.flat.slopes import find_pieces, fit_slopes
from pinpoint_edge.vision.regions import find_text

FOLDER = Path(__file__).parents[3] / "golden/bend"
GOLDEN = json.loads((FOLDER / "cases.json").read_text(encoding="utf-8"))
BENT = [case for case in GOLDEN["pages"] if case["bend"]]


def raw(name, shape):
    return np.fromfile(FOLDER / name, np.uint8).reshape(shape)


def opened(case):
    """The components of a case's map, and its canvas."""
    text, grey = (raw(f"{case['name']}.{kind}.bin", case["shape"]) for kind in ("map", "grey"))
    canvas = Canvas(np.stack([grey] * 3, 2), grey, case["scale"], tuple(case["size"]))
    return find_text(text.astype(np.float32) / np.float32(255), case["scale"]), canvas


def bend_of(case):
    return Bend(np.array(case["bend"]["nodes"]), tuple(case["bend"]["size"]))


@pytest.mark.parametrize("case", GOLDEN["pages"], ids=lambda case: case["name"])
def test_golden(case):
    components, canvas = opened(case)
    pieces = find_pieces(components)
    found = np.stack([pieces.x, pieces.y, pieces.slope, pieces.weight], 1)
    assert found == pytest.approx(np.array(case["pieces"]), abs=1e-6)
    inked = with_ink_slopes(pieces, canvas.grey)
    assert inked.slope == pytest.approx(np.array(case["ink"]), abs=1e-6)
    field = fit_slopes(inked, canvas.size)
    assert field.slopes == pytest.approx(np.array(case["field"]), abs=1e-6)
    bend = find_bend(components, canvas, case["tall"], case["page"][1])
    if case["bend"] is None:
        assert bend is None
        return
    assert bend.size == tuple(case["bend"]["size"])
    assert bend.rows.tolist() == case["bend"]["nodes"]
    width, height = bend.size
    flat = bend.flatten(raw(f"{case['name']}.page.bin", case["page"]))
    assert np.array_equal(flat, raw(f"{case['name']}.flat.bin", (height, width, 1)))
    points = bend.to_bent(np.array(case["points"]))
    assert points == pytest.approx(np.array(case["bent_points"]), abs=1e-4)


def test_a_bend_through_another():
    bends = {case["name"]: bend_of(case) for case in BENT}
    twice = GOLDEN["twice"]
    assert bends[twice["second"]].of(bends[twice["first"]]).rows.tolist() == twice["nodes"]


@pytest.mark.parametrize("case", BENT, ids=lambda case: case["name"])
def test_the_lines_of_a_flat_page_are_level_or_tilted_alike(case):
    components, canvas = opened(case)
    before = find_pieces(components)
    text = raw(f"{case['name']}.map.bin", case["shape"])
    bend = bend_of(case)
    # The grid of a page as large as the canvas flattens the map itself.
    same = find_bend(components, Canvas(canvas.image, canvas.grey, 1.0, canvas.size), 16.0, 336)
    flat = same.flatten(text[:, :, None])[:, :, 0]
    after = find_pieces(find_text(flat.astype(np.float32) / np.float32(255), 1.0))
    assert bend.size[0] == case["page"][1]
    assert after.slope.std() < 0.3 * before.slope.std()
    assert after.slope.std() < 0.02


def test_points_and_pixels_go_the_same_way():
    """A picture of rows: what lies at a point of the flat page is its row on the bent one."""
    case = BENT[0]
    height, width = case["page"][:2]
    bend = bend_of(case)
    ramp = np.broadcast_to(np.arange(height, dtype=np.float64)[:, None], (height, width))
    tens, ones = ramp // 100, ramp % 100
    seen = [bend.flatten(np.asarray(part, np.uint8)[:, :, None])[:, :, 0] for part in (tens, ones)]
    x, y = np.meshgrid(np.arange(5, width, 40), np.arange(40, height - 20, 30))
    place = bend.to_bent(np.stack([x + 0.5, y + 0.5], -1))[..., 1] - 0.5
    got = seen[0][y, x] * 100.0 + seen[1][y, x]
    clear = (place % 100 > 2) & (place % 100 < 97)  # a blend of tens is no row
    assert np.abs(got - place)[clear].max() < 1.0


def test_a_page_of_a_few_lines_is_flat():
    text = np.zeros((200, 300), np.float32)
    for number in range(4):
        for x in range(30, 250):
            y = 30 + 40 * number + x // 10
            text[y : y + 8, x] = 0.9
    canvas = Canvas(
        np.zeros((200, 300, 3), np.uint8), np.zeros((200, 300), np.uint8), 1, (300, 200)
    )
    components = find_text(text, 1.0)
    assert len(find_pieces(components[:1]).x) < 8
    assert find_bend(components[:1], canvas, 16.0, 300) is None
    assert find_bend([], canvas, 16.0, 300) is None


def test_the_grid_reaches_beyond_the_page():
    for case in BENT:
        (width, height), (rows, columns) = case["bend"]["size"], bend_of(case).rows.shape
        assert (columns - 1) * NODE > width - 1
        assert (rows - 1) * NODE > height - 1
