"""A question about a box is taught where the line around it shows the box's state."""

import numpy as np
import pytest

from pinpoint_data.generator.synthetic_page import PageElement, SyntheticQuestion, SynthPage
from pinpoint_edge.vision.geometry import Box
from pinpoint_edge.vision.regions import Region
from pinpoint_train.corpus.tick_evidence import reads_evidence

BOX: Box = (10.0, 10.0, 20.0, 20.0)


def _region(box: Box) -> Region:
    x0, y0, x1, y1 = box
    quad = np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], np.float32)
    return Region(quad, 0.9, 0)


def _shown(kind: str, state: bool, text: str, around: Box = (8.0, 8.0, 90.0, 22.0)) -> bool:
    element = PageElement(BOX, kind, state)
    page = SynthPage(np.zeros((30, 100, 3), np.uint8), [], [], "form", [element])
    question = SyntheticQuestion("Is it ticked?", ["yes"], [BOX], [BOX], "yes_no")
    return reads_evidence([_region(around)], [text], page, question)


@pytest.mark.parametrize(
    ("state", "text", "shown"),
    [
        (True, "☒ Yes", True),
        (False, "☐ Yes", True),
        (True, "☐ Yes", False),
        (False, "(x) Yes", False),
        (False, "( ) Yes", True),
        (True, "Yes", False),
    ],
)
def test_a_box_is_shown_by_the_sign_of_its_state(state: bool, text: str, shown: bool) -> None:
    assert _shown("check", state, text) == shown


def test_a_line_elsewhere_shows_nothing() -> None:
    assert not _shown("check", True, "☒ Yes", (30.0, 8.0, 90.0, 22.0))


def test_a_signature_is_shown_by_ink_that_was_found_and_its_lack_by_none() -> None:
    assert _shown("signature", True, "Jn Dae", (9.0, 9.0, 21.0, 21.0))
    assert not _shown("signature", True, "Name", (30.0, 8.0, 90.0, 22.0))
    assert _shown("signature", False, "Name", (30.0, 8.0, 90.0, 22.0))


def test_other_questions_stay() -> None:
    page = SynthPage(np.zeros((30, 100, 3), np.uint8), [])
    question = SyntheticQuestion("What is the date?", ["1"], [BOX], [BOX], "date")
    assert reads_evidence([], [], page, question)
    stamped = SyntheticQuestion("Is there a stamp?", ["no"], [], [], "stamp")
    assert not reads_evidence([], [], page, stamped)
