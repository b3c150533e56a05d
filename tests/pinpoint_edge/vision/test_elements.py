"""From a mark map to regions, and lines of text beside them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from pinpoint_edge.errors import OptionError
from pinpoint_edge.generation.prompt import Piece, build
from pinpoint_edge.generation.quotable import QuotableText
from pinpoint_edge.vision.crop import REFINE_WIDTHS
from pinpoint_edge.vision.detect import detect
from pinpoint_edge.vision.elements import (
    KINDS,
    PLANES,
    READINGS,
    find_elements,
    framed,
    ink_inside,
    join,
    see_ticks,
    transcription,
)
from pinpoint_edge.vision.geometry import intersection, text_quad
from pinpoint_edge.vision.glance import glance
from pinpoint_edge.vision.layout.order import reading_order
from pinpoint_edge.vision.page import Page
from pinpoint_edge.vision.refine import refine
from pinpoint_edge.vision.regions import Region

FOLDER = Path(__file__).parents[2] / "golden/marks"
CASES = json.loads((FOLDER / "cases.json").read_text(encoding="utf-8"))
GOLDEN, TICKS = CASES["find_marks"], CASES["see_ticks"]


def line(box):
    return Region(text_quad(box), 0.9)


def mark(kind, box):
    return Region(text_quad(box), 0.9, kind=kind)


def region_of(case):
    return Region(np.array(case["quad"], np.float32), case["score"], kind=case["kind"])


def same(found, cases):
    assert [item.kind for item in found] == [case["kind"] for case in cases]
    for item, case in zip(found, cases, strict=True):
        np.testing.assert_allclose(item.quad, case["quad"], atol=2e-3)
        assert item.score == pytest.approx(case["score"], abs=1e-5)


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: case["file"])
def test_golden_vectors(case):
    planes = np.frombuffer((FOLDER / case["file"]).read_bytes(), np.uint8).reshape(case["shape"])
    found = find_elements(planes / np.float32(255), case["scale"], tuple(case["page_size"]))
    same(found, case["marks"])
    same(join([region_of(item) for item in case["lines"]], found), case["joined"])


def test_golden_ticks():
    data = (FOLDER / TICKS["file"]).read_bytes()
    page = np.frombuffer(data, np.uint8).reshape(TICKS["shape"])
    for case in TICKS["boxes"]:
        assert ink_inside(page, case["box"]) == pytest.approx(case["ink"], abs=1e-6), case
        assert framed(page, case["box"]) == pytest.approx(case["frame"], abs=1e-6), case
        seen = see_ticks(page, [mark("unticked", case["box"])])
        assert [item.kind for item in seen] == ([case["seen"]] if case["seen"] else []), case
    kinds = [case["seen"] for case in TICKS["boxes"]]
    assert kinds == [
        "unticked",
        "ticked",
        "unticked",
        "unticked",
        "ticked",
        *["unticked"] * 2,
        None,
    ]


def test_the_golden_form_holds_what_the_rules_say():
    form = next(case for case in GOLDEN if case["file"] == "form.bin")
    kinds = sorted(item["kind"] for item in form["marks"])
    assert kinds == ["figure", "signature", "stamp", *["unticked"] * 4]
    # Of eight lines two are marks read as letters, one is cut at its start, one into two pieces.
    assert sum(item["kind"] == "text" for item in form["joined"]) == 7


def test_a_batch_of_one_is_a_map():
    planes = np.zeros((1, 4, 20, 30), np.float32)
    planes[0, 2, 5:15, 5:15] = 0.9
    (found,) = find_elements(planes, 0.5, (60, 40), page=2)
    assert (found.kind, found.page, found.box) == ("stamp", 2, (10.0, 10.0, 30.0, 30.0))


@pytest.mark.parametrize(
    ("shape", "scale"), [((5, 20, 30), 1.0), ((20, 30), 1.0), ((2, 4, 9, 9), 1.0), ((4, 9, 9), 0.0)]
)
def test_another_shape_or_scale_is_refused(shape, scale):
    with pytest.raises(OptionError, match="mark map"):
        find_elements(np.zeros(shape, np.float32), scale, (10, 10))


def test_a_mark_is_read_as_what_it_is_called():
    read = transcription(mark("unticked", (0, 0, 12, 12)))
    assert read.text == "[ ]"
    assert read.probabilities == [0.9] * 3
    assert read.spans[0][0] == 0.0
    assert read.spans[-1][1] == 1.0
    assert set(READINGS) == set(KINDS)


def drawn(state, *, paper=255, ink=40):
    """A page with a box of 24 pixels at (30, 20) and its frame of 2: empty, ticked or crossed."""
    image = Image.new("RGB", (90, 70), (paper,) * 3)
    draw = ImageDraw.Draw(image)
    draw.rectangle((30, 20, 53, 43), outline=(ink,) * 3, width=2)
    if state == "ticked":
        draw.line([(33, 32), (40, 40), (58, 12)], fill=(ink,) * 3, width=3)
    elif state == "crossed":
        draw.line([(33, 23), (50, 40)], fill=(ink,) * 3, width=3)
        draw.line([(33, 40), (50, 23)], fill=(ink,) * 3, width=3)
    return np.asarray(image)


BOX = (30, 20, 54, 44)


@pytest.mark.parametrize(("paper", "ink"), [(255, 40), (200, 120), (140, 90)])
def test_whether_a_box_is_ticked_is_seen_on_the_page(paper, ink):
    kinds = [
        see_ticks(drawn(state, paper=paper, ink=ink), [mark("unticked", BOX)])[0].kind
        for state in ("empty", "ticked", "crossed")
    ]
    assert kinds == ["unticked", "ticked", "ticked"]


def test_the_ink_is_that_of_the_inside():
    assert ink_inside(drawn("empty"), BOX) == 0
    assert ink_inside(drawn("crossed"), BOX) > ink_inside(drawn("ticked"), BOX) > 0.21
    filled = drawn("empty").copy()
    filled[20:44, 30:54] = 40
    assert ink_inside(filled, BOX) == 1


def test_ink_without_a_frame_or_a_sure_box_is_no_tick():
    letter = Image.new("RGB", (90, 70), "white")
    ImageDraw.Draw(letter).text((34, 18), "X", fill=(40, 40, 40), font=ImageFont.load_default(26))
    letter = np.asarray(letter)
    assert ink_inside(letter, BOX) > 0.21
    assert framed(letter, BOX) < 0.8 < framed(drawn("ticked"), BOX)
    assert see_ticks(letter, [mark("unticked", BOX)]) == []
    unsure = Region(text_quad(BOX), 0.69, kind="unticked")
    assert see_ticks(drawn("ticked"), [unsure]) == []
    assert see_ticks(drawn("empty"), [unsure]) == [unsure]


def test_the_frame_is_as_whole_as_its_least_drawn_side():
    open_box = drawn("empty").copy()
    open_box[20:44, 50:56] = 255
    assert framed(open_box, BOX) < 0.3
    assert framed(drawn("empty"), BOX) == 1
    assert framed(np.full((70, 90, 3), 255, np.uint8), BOX) == 0


def test_a_shadow_is_no_ink_and_other_marks_are_not_looked_at():
    assert ink_inside(drawn("ticked", paper=255, ink=240), BOX) == 0
    stamp = mark("stamp", BOX)
    assert see_ticks(drawn("ticked"), [stamp]) == [stamp]


@given(
    st.tuples(st.floats(-9, 99), st.floats(-9, 79), st.floats(0.5, 50), st.floats(0.5, 50)),
    st.sampled_from(["empty", "crossed"]),
)
def test_a_box_anywhere_has_a_share_of_ink(place, state):
    x, y, width, height = place
    box = (x, y, x + width, y + height)
    assert 0 <= ink_inside(drawn(state), box) <= 1
    assert 0 <= framed(drawn(state), box) <= 1


def test_a_word_inside_a_stamp_or_figure_stays():
    word = line((20, 20, 60, 30))
    for kind in ("stamp", "figure"):
        assert join([word], [mark(kind, (10, 10, 80, 50))])[0] is word
    for kind in ("signature", "ticked"):
        assert len(join([word], [mark(kind, (10, 10, 80, 50))])) == 1


def test_boxes_between_options_part_their_line():
    options = line((10, 10, 210, 24))
    boxes = [mark("ticked", (10, 11, 22, 23)), mark("unticked", (110, 11, 122, 23))]
    pieces = [item.box for item in join([options], boxes) if item.kind == "text"]
    assert pieces == [(22.0, 10.0, 110.0, 24.0), (122.0, 10.0, 210.0, 24.0)]


def test_a_tick_box_stands_before_its_option_in_the_row_and_a_stamp_in_a_row_of_its_own():
    parts = [
        line((30, 10, 90, 24)),
        line((130, 10, 190, 24)),
        mark("ticked", (10, 11, 22, 23)),
        mark("unticked", (110, 11, 122, 23)),
        mark("stamp", (200, 0, 260, 40)),
    ]
    rows = reading_order(parts)
    assert [2, 0, 3, 1] in rows
    assert [4] in rows


coordinate = st.integers(0, 90)
boxes = st.builds(
    lambda x, y, w, h: (x, y, x + w, y + h),
    coordinate,
    coordinate,
    st.integers(3, 60),
    st.integers(3, 20),
)


@given(st.lists(boxes, max_size=6), st.lists(boxes, max_size=4))
def test_what_is_left_of_lines_keeps_off_tick_boxes_and_inside_their_lines(lines, ticks):
    given_lines = [line(box) for box in lines if box[3] - box[1] <= 2 * (box[2] - box[0])]
    marks = [mark("ticked", box) for box in ticks]
    joined = join(given_lines, marks)
    assert [item for item in joined if item.kind != "text"] == marks
    for item in joined[: len(joined) - len(marks)]:
        own = (item.box[2] - item.box[0]) * (item.box[3] - item.box[1])
        held = [intersection(item.box, one.box) for one in given_lines]
        assert max(held) == pytest.approx(own, rel=1e-3, abs=0.1)


def test_no_lines_and_no_marks():
    assert join([], []) == []
    assert find_elements(np.zeros((4, 8, 8), np.float32), 1.0, (8, 8)) == []


class Maps:
    """A session of `detect` whose maps are given, as a page as large as its canvas sees them."""

    def __init__(self, **maps):
        self.maps = maps

    def run(self, inputs):
        assert inputs["image"].shape == (1, 3, 960, 736)
        return self.maps


def test_detect_gives_marks_where_the_bundle_finds_them():
    page = Page(np.full((960, 736, 3), 255, np.uint8), "blank.png", 0)
    text_map = np.zeros((1, 1, 960, 736), np.float32)
    text_map[0, 0, 100:116, 60:160] = 0.9
    page.image[100:116, 36:52] = 60
    page.image[102:114, 38:50] = 255
    page.image[104:112, 42:46] = 60
    mark_map = np.zeros((1, 4, 480, 368), np.float32)
    mark_map[0, PLANES.index("box"), 50:58, 18:26] = 0.9
    (alone,), _ = detect(Maps(text_map=text_map), page)
    assert alone.kind == "text"
    (line, tick), _ = detect(Maps(text_map=text_map, mark_map=mark_map), page)
    assert (line.kind, tick.kind, tick.box) == ("text", "ticked", (36.0, 100.0, 52.0, 116.0))
    assert line.box[0] == pytest.approx(52, abs=0.1)  # the line's margin reached into the box


def test_a_mark_is_seen_and_read_but_not_quoted(small_reader):
    page = Page(np.full((300, 400, 3), 255, np.uint8), "blank.png", 0)
    found = [mark("ticked", (20, 20, 36, 36)), mark("stamp", (100, 40, 300, 200))]
    shape = np.zeros((2, 4), np.float32)
    seen = glance(small_reader.engine.stages.session("glance"), page, found, ["", "a"])
    assert seen.readings == ["ticked", "stamp"]
    assert seen.features.shape == (2, 4, 96)
    session = small_reader.engine.stages.session("refine")
    characters = small_reader.engine.characters["refine"]
    read = refine(session, page, found, shape, characters, REFINE_WIDTHS)
    assert [item.transcription.text for item in read] == ["[x]", "[stamp]"]
    assert all(np.abs(item.visual).max() > 0 for item in read)
    rows = [[Piece(0, "[x]", quotable=False), Piece(1, "Married")]]
    evidence = QuotableText.from_lines(rows, shape, np.zeros(2, np.float32))
    assert evidence.texts == ("Married",)
    tokenizer = small_reader.engine.tokenizer
    ids = [i for i in build(tokenizer, "Is it?", rows).ids.tolist() if i < tokenizer.vocabulary]
    assert "[x]" in tokenizer.decode(ids)
