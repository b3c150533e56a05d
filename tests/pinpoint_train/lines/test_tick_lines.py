"""Lines with check boxes: a box is a character of the text, in the order in which it is read."""

import re

import numpy as np

from pinpoint_models.paths import weights_folder
from pinpoint_models.weights import load_characters
from pinpoint_train.lines.cutting import Cutter
from pinpoint_train.lines.line_crops import LineCrop
from pinpoint_train.lines.tick_lines import BLANKS, EMPTY, TICKED, tick_crops

_SIGN = re.compile(rf"[{TICKED}{EMPTY}]|\[[x ]\]|\([x ]\)|_x_|___")


def _crops(count: int) -> list[LineCrop]:
    cutter = Cutter(load_characters(weights_folder()), 30)
    return list(tick_crops(5, count, cutter))


def test_lines_hold_boxes_of_both_states_and_words() -> None:
    crops = _crops(80)
    texts = [crop.text for crop in crops]
    assert sum(TICKED in text for text in texts) > 5
    assert sum(EMPTY in text for text in texts) > 15
    assert sum(bool(_SIGN.search(text)) for text in texts) >= 80
    assert any(re.search(rf"{EMPTY} [A-Z][a-z]+ {TICKED} [A-Z]", text) for text in texts)
    assert not set(texts) & set(BLANKS)
    assert {crop.origin for crop in crops} == {"ticks"}


def test_a_crop_shows_its_boxes() -> None:
    for crop in _crops(12):
        pixels = crop.pixels().astype(np.float32).mean(2)
        assert pixels.shape == (48, crop.width)
        assert pixels.std() > 3


def test_the_same_seed_gives_the_same_lines() -> None:
    assert [c.text for c in _crops(15)] == [c.text for c in _crops(15)]
