"""Spoiled lines keep their shape and their text, and depend on their seed alone."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from PIL import Image, ImageDraw

from pinpoint_data.generator import line_noise, typed_lines
from pinpoint_data.generator.fonts import load, pick
from pinpoint_data.generator.line_noise import spoil_line


def crop_of(text: str = "Radio Program 1974") -> np.ndarray:
    font = load(pick(Random(1), "sans"), 30).image_font
    image = Image.new("RGB", (330, 48), "white")
    ImageDraw.Draw(image).text((8, 6), text, fill="black", font=font)
    return np.asarray(image)


def test_a_line_keeps_its_shape_and_depends_on_its_seed() -> None:
    crop = crop_of()
    made = [spoil_line(Random(seed), crop) for seed in range(40)]
    assert all(one.shape == crop.shape and one.dtype == np.uint8 for one in made)
    assert all(np.array_equal(spoil_line(Random(s), crop), made[s]) for s in (0, 7, 23))
    assert sum(not np.array_equal(one, crop) for one in made) == 40
    assert spoil_line(Random(0), crop[:9, :5]).shape == (9, 5, 3)


def test_ink_stays_where_it_was() -> None:
    crop = crop_of()
    ink = 255.0 - crop[..., 0]
    alike = []
    for seed in range(60):
        spoiled = 255.0 - spoil_line(Random(seed), crop).mean(2)
        alike.append(float(np.corrcoef(ink.ravel(), spoiled.ravel())[0, 1]))
    assert np.median(alike) > 0.55
    assert min(alike) > 0.15


FAULTS = [
    line_noise.copied,
    line_noise.faxed,
    line_noise.carbon,
    line_noise.faded,
    line_noise.blurred,
    line_noise.speckled,
    line_noise.dashed,
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_every_fault_changes_a_line_and_leaves_it_legible(fault: object) -> None:
    assert callable(fault)
    grey = crop_of()[..., 0].astype(np.float32)
    for seed in range(12):
        out = fault(Random(seed), np.random.default_rng(seed), grey)
        assert out.shape == grey.shape
        assert 0 <= out.min() <= out.max() <= 255
        assert not np.array_equal(out, grey)
        assert np.corrcoef(out.ravel(), grey.ravel())[0, 1] > 0.3


@pytest.mark.parametrize(
    "mark", [line_noise.underline, line_noise.frame, line_noise.stamp, line_noise.pen_stroke]
)
def test_marks_add_ink_and_take_none(mark: object) -> None:
    assert callable(mark)
    plain = Image.fromarray(crop_of()[..., 0])
    added = 0
    for seed in range(20):
        marked = np.asarray(mark(Random(seed), plain.copy()), np.int16)
        assert marked.shape == (48, 330)
        added += int((np.asarray(plain, np.int16) - marked).sum() > 0)
    assert added >= 12


@pytest.mark.parametrize("machine", [typed_lines.typed, typed_lines.dotted, typed_lines.filled])
def test_machines_say_what_can_be_read(machine: object) -> None:
    assert callable(machine)
    crop, text = machine(Random(5), "Invoice No. 40771")
    assert text.lower() == "invoice no. 40771"
    assert crop.dtype == np.uint8
    assert crop.shape[2] == 3
    assert crop.shape[1] > 3 * crop.shape[0]
    again, _ = machine(Random(5), "Invoice No. 40771")
    assert np.array_equal(again, crop)
    assert typed_lines.line(Random(3), "A")[0].size > 0
