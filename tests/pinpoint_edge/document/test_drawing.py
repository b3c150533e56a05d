"""Pictures of answers: what is marked, where, and what is written below."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from PIL import Image, ImageFont

from pinpoint_edge.document.drawing import draw, wrap
from pinpoint_edge.result import Answer, EvidenceRegion, TokenCount
from pinpoint_edge.vision.page import Page

EVIDENCE, ANSWER = (60, 40, 300, 120), (160, 60, 260, 100)
PAGE = Page(np.full((400, 600, 3), 255, np.uint8), "receipt.png", 0)


def answer(**changes: object) -> Answer:
    made = Answer(
        text="12.50",
        found=True,
        kind="span",
        confidence=0.9,
        page=0,
        boxes=(ANSWER,),
        quads=(),
        evidence=(EvidenceRegion("Total 12.50", EVIDENCE, 0, 0.8, 0.9),),
        tokens=TokenCount(evidence=9, visual=1, prompt=40, answer=4, budget=256, page_estimate=99),
    )
    return dataclasses.replace(made, **changes)  # type: ignore[arg-type]


def pixels(image: Image.Image) -> np.ndarray:
    return np.asarray(image).astype(int)


def blueness(colour: np.ndarray) -> int:
    return int(colour[2] - colour[0])


def test_evidence_is_light_and_the_answer_strong():
    got = pixels(draw(PAGE, answer(), "What is the total?"))
    assert got[10, 10].tolist() == [255, 255, 255]  # untouched paper
    assert -90 < blueness(got[45, 80]) < -20  # inside the evidence: a light yellow
    assert blueness(got[40, 80]) < -150  # its outline
    assert blueness(got[80, 200]) > blueness(got[45, 80])  # inside the answer
    assert blueness(got[60, 200]) > 150  # the answer's outline


def test_cells_are_outlined_and_numbered():
    got = pixels(draw(PAGE, answer(), "", [(60, 200, 300, 260)]))
    assert got[198, 200].tolist() == [20, 140, 90]
    assert got[230, 200].tolist() == [255, 255, 255]
    assert (got[180:196, 56:70] < 200).any()


def test_the_page_stays_readable_under_the_marks():
    image = PAGE.image.copy()
    image[78:82, 180:240] = 0
    got = pixels(draw(Page(image, "a", 0), answer()))
    assert got[80, 200].max() < 110 < got[90, 200].max()
    assert (image[90] == 255).all()  # the page itself is not drawn on


def test_a_tilted_answer_is_drawn_along_its_quad():
    quad = ((300.0, 200.0), (400.0, 250.0), (390.0, 270.0), (290.0, 220.0))
    got = pixels(draw(PAGE, answer(boxes=((290, 200, 400, 270),), quads=(quad,), evidence=())))
    assert blueness(got[225, 350]) > 150  # on the top edge of the quad
    assert got[205, 390].tolist() == [255, 255, 255]  # in the box, but not in the quad


def test_only_what_lies_on_this_page_is_marked():
    got = pixels(draw(PAGE, answer(page=1, evidence=(EvidenceRegion("x", EVIDENCE, 1, 1, 1),))))
    assert (got[:400] == 255).all()


def test_the_strip_tells_question_and_answer_and_grows_with_them():
    short = draw(PAGE, answer(), "Total?")
    bare = draw(PAGE, answer())
    long = draw(PAGE, answer(text="word " * 60), "Total?")
    assert short.mode == "RGB"
    assert short.width == PAGE.width
    assert PAGE.height < bare.height < short.height < long.height
    strip = pixels(short)[400:]
    assert (strip[..., 2] - strip[..., 0] > 150).any()  # the answer's letters
    missing = pixels(draw(PAGE, answer(text=None, found=False, page=None, boxes=()), "Total?"))[
        400:
    ]
    assert (missing[..., 0] - missing[..., 2] > 100).any()  # "not found" in red


@pytest.mark.parametrize("size", [(1, 1), (8, 3000), (3000, 8)])
def test_pages_of_odd_sizes(size: tuple[int, int]):
    page = Page(np.full((size[1], size[0], 3), 255, np.uint8), "a", 0)
    assert draw(page, answer(), "What is the total amount?").width == size[0]


def test_wrap_loses_no_letter_until_it_says_so():
    font = ImageFont.load_default(14)
    text = "12 Jalan Dedap, Taman Johor Jaya " + "W" * 90
    lines = wrap(text, font, 200, max_lines=40)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(font.getlength(line) <= 200 for line in lines)
    cut = wrap(text, font, 200, max_lines=2)
    assert len(cut) == 2
    assert cut[-1].endswith("…")
    assert wrap("", font, 200) == []
