"""Marks: their boxes follow the page, and what is asked about them agrees with their state."""

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinpoint_data.generator.composer import Composer
from pinpoint_data.generator.fonts import load, pick
from pinpoint_data.generator.layouts.forms.signatures import SIGNERS, sign, signature_row
from pinpoint_data.generator.layouts.forms.stamps import stamp
from pinpoint_data.generator.layouts.forms.ticks import SHAPES, TickLook
from pinpoint_data.generator.page_builder import (
    FormField,
    LabelledElement,
    PageCanvas,
    TextSpan,
)
from pinpoint_data.generator.questions.elements import ask
from pinpoint_data.generator.stream import page
from pinpoint_data.generator.synthetic_page import Box, PageElement, SynthPage
from pinpoint_data.generator.text.vocabulary import Maker

SEEDS = st.integers(0, 2**32)


@pytest.fixture(scope="module")
def sample() -> list[SynthPage]:
    return [page("elements", i, [kind]) for kind in ("form", "letter") for i in range(20)]


def _canvas() -> PageCanvas:
    return PageCanvas(600, 400)


def _ink(canvas: PageCanvas) -> Box:
    """The bounds of all that is drawn."""
    rows, columns = np.nonzero(np.asarray(canvas.image.convert("L")) < 200)
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


def _group(label: str, options: str, state: tuple[bool, ...], y: float) -> list[LabelledElement]:
    head = TextSpan(label, (0, y, 80, y + 10))
    return [
        LabelledElement(
            PageElement((100.0 * (i + 1), y, 100.0 * (i + 1) + 10, y + 10), "check", on),
            option,
            [TextSpan(option, (100.0 * (i + 1) + 15, y, 100.0 * (i + 1) + 60, y + 10))],
            label,
            [head],
        )
        for i, (option, on) in enumerate(zip(options.split(), state, strict=True))
    ]


def test_all_marks_lie_on_the_page_and_have_a_state(sample: list[SynthPage]) -> None:
    kinds = set()
    for made in sample:
        height, width = made.image.shape[:2]
        for element in made.elements:
            kinds.add((element.kind, element.state))
            assert 0 <= element.box[0] < element.box[2] <= width
            assert 0 <= element.box[1] < element.box[3] <= height
    assert {("check", True), ("check", False), ("signature", True), ("signature", False)} <= kinds
    assert ("stamp", None) in kinds
    assert all((state is None) == (kind in ("stamp", "figure")) for kind, state in kinds)


def test_yes_and_no_agree_with_the_marks(sample: list[SynthPage]) -> None:
    said = {"yes": 0, "no": 0}
    for made in sample:
        states = {element.box: element.state for element in made.elements}
        for question in made.questions:
            told = [states[box] for box in question.answer_boxes if box in states]
            if question.field not in ("yes_no", "signed") or not told:
                continue
            assert question.answers == ["yes" if all(told) else "no"]
            assert len(told) == len(question.answer_boxes)
            said[question.answers[0]] += 1
    assert min(said.values()) > 5


@given(st.lists(st.booleans(), min_size=3, max_size=3), SEEDS)
@settings(max_examples=60, deadline=None)
def test_a_group_is_asked_for_by_what_is_ticked(state: list[bool], seed: int) -> None:
    labelled = _group("Size", "Small Medium Large", tuple(state), 20)
    asked = ask(Random(seed), labelled, [item.element for item in labelled], 99)
    ticked = [item for item in labelled if item.element.state]
    for question in asked:
        if question.field == "choice":
            assert question.answers == [ticked[0].label]
            assert ticked[0].element.box in question.support_boxes
        elif question.field == "count":
            assert question.answers == [str(len(ticked))]
        elif question.field == "empty":
            assert not ticked
        elif question.field == "yes_no":
            (item,) = [m for m in labelled if m.element.box in question.answer_boxes]
            assert question.answers == ["yes" if item.element.state else "no"]
            assert item.label in question.question
        assert set(question.answer_boxes) <= set(question.support_boxes)
    assert asked


def test_options_of_two_groups_are_told_apart_by_their_group() -> None:
    labelled = [
        *_group("Married", "Maybe Never", (True, False), 20),
        *_group("Retired", "Maybe Never", (False, True), 60),
    ]
    for seed in range(40):
        for question in ask(Random(seed), labelled, [item.element for item in labelled], 99):
            assert question.field == "stamp" or (
                ("Married" in question.question) != ("Retired" in question.question)
            )


def test_signers_are_asked_for_by_their_own_line() -> None:
    both = 0
    for seed in range(30):
        page = Composer(Random(seed), (900, 300), 16, ("sans", "sans"), 50, 40)
        signature_row(page)
        rng, canvas = page.rng, page.canvas
        by_label = {item.label.lower(): item.element for item in canvas.labelled}
        assert set(by_label) <= {who.lower() for who in SIGNERS}
        for question in ask(rng, canvas.labelled, canvas.elements, 99):
            if question.field == "signed" and question.label:
                element = by_label[question.label.lower()]
                assert question.answer_boxes == [element.box]
                assert question.answers == ["yes" if element.state else "no"]
                assert question.label.lower() in question.question.lower()
                both |= 1 if element.state else 2
    assert both == 3


@given(SEEDS, st.booleans())
@settings(max_examples=60, deadline=None)
def test_a_tick_puts_ink_where_its_mark_is(seed: int, on: bool) -> None:
    rng, canvas = Random(seed), _canvas()
    look = TickLook.random(rng, (0, 0, 0))
    assert look.shape in SHAPES
    font = load(pick(rng), rng.randint(12, 30))
    if look.shape == "ring":
        word = canvas.text(200, 150, "Option", font)
        element = look.ring(rng, canvas, word.box, on)
    else:
        element = look.draw(rng, canvas, 200, 150, font, on)
    assert (element.kind, element.state) == ("check", on)
    ink = _ink(canvas)
    # A wild tick overshoots its box by up to a third.
    slack = 4 + 0.6 * font.size
    assert element.box[0] - slack <= ink[0]
    assert ink[2] <= element.box[2] + slack
    assert element.box[1] - slack <= ink[1]
    assert ink[3] <= element.box[3] + slack


@given(SEEDS)
@settings(max_examples=40, deadline=None)
def test_a_signature_fills_its_mark(seed: int) -> None:
    canvas = _canvas()
    element = sign(Random(seed), canvas, (100, 100, 320, 160), "Joan Q. Public")
    ink = _ink(canvas)
    assert all(abs(a - b) <= 14 for a, b in zip(ink, element.box, strict=True)), (ink, element.box)


def test_most_stamps_keep_off_values() -> None:
    apart = [_stamp_is_apart(seed) for seed in range(60)]
    assert 25 < sum(apart) < 55


def _stamp_is_apart(seed: int) -> bool:
    """Whether a stamp hides no value; its words lie in it either way."""
    rng, canvas = Random(seed), PageCanvas(900, 1200)
    value = canvas.text(100, 600, "12,345.67", load(pick(Random(1)), 20))
    canvas.fields.append(FormField("Total", [value], "label"))
    stamp(rng, canvas, Maker(rng))
    (element,) = canvas.elements
    for line in canvas.lines[1:]:
        assert element.box[0] - 2 <= line.box[0]
        assert line.box[2] <= element.box[2] + 2
        assert element.box[1] - 2 <= line.box[1]
        assert line.box[3] <= element.box[3] + 2
    assert {item.role for item in canvas.fields[1:]} <= {"stamp_word", "stamp_date"}
    return (
        element.box[2] <= value.box[0]
        or element.box[0] >= value.box[2]
        or element.box[3] <= value.box[1]
        or element.box[1] >= value.box[3]
    )


def test_questions_for_readers_of_text_ask_for_no_mark(sample: list[SynthPage]) -> None:
    left, asked = [], 0
    for made in sample:
        elements = {element.box for element in made.elements}
        kept = made.text_questions
        assert all(elements.isdisjoint(q.answer_boxes) for q in kept)
        assert not any(q.field in ("signed", "stamp") for q in kept)
        left += [q.field for q in made.questions if q not in kept]
        asked += len(kept)
    assert {"signed", "yes_no"} <= set(left)
    assert asked > 3 * len(left)
