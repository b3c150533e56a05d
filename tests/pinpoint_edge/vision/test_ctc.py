"""Greedy CTC: text, probabilities and spans."""

from __future__ import annotations

import itertools
import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinpoint_edge.errors import BundleError, OptionError
from pinpoint_edge.vision.ctc import decode

FOLDER = Path(__file__).parents[2] / "golden/ctc"
GOLDEN = json.loads((FOLDER / "cases.json").read_text(encoding="utf-8"))
LETTERS = ["", *"abcd"]


@pytest.mark.parametrize("case", GOLDEN["decode"])
def test_golden_transcriptions(case):
    part = slice(case["offset"], case["offset"] + math.prod(case["shape"]))
    classes = np.fromfile(FOLDER / "classes.bin", "<i4")[part].reshape(case["shape"])
    probabilities = np.fromfile(FOLDER / "probabilities.bin", "<f4")[part].reshape(case["shape"])
    read = decode(classes, probabilities, GOLDEN["characters"], case["used"])
    assert read.text == case["text"]
    assert read.probabilities == pytest.approx(case["probabilities"], abs=1e-6)
    assert read.spans == [pytest.approx(span, abs=1e-6) for span in case["spans"]]


@given(st.lists(st.integers(0, 4), max_size=30), st.floats(0.05, 1.0))
def test_collapse_then_drop_and_spans_in_order(frames, used):
    read = decode(np.array(frames, np.int32), None, LETTERS, used)
    kept = frames[: math.ceil(len(frames) * used)]
    expected = "".join(LETTERS[frame] for frame, _ in itertools.groupby(kept))
    assert read.text == expected
    assert len(read.spans) == len(read.probabilities) == len(read.text)
    assert read.probabilities == [1.0] * len(read.text)
    edges = [edge for span in read.spans for edge in span]
    assert edges == sorted(edges)
    assert all(0 <= edge <= 1 for edge in edges)


def test_spans_reach_halfway_to_the_neighbours():
    # frames:          0  1  2  3  4  5  6  7  8  9
    classes = np.array([0, 1, 0, 0, 2, 2, 0, 3, 0, 0])
    read = decode(classes, None, LETTERS)
    assert read.text == "abc"
    # a ends at 2, b spans 4..6, c starts at 7: borders 3 and 6.5; the outer edges mirror them.
    assert read.spans == [(0.0, 0.3), (0.3, pytest.approx(0.65)), (pytest.approx(0.65), 0.85)]


def test_a_character_has_the_probability_of_its_best_frame():
    classes = np.array([[1, 2], [1, 2], [0, 1], [1, 0]])
    probabilities = np.array([[0.5, 0.4], [0.8, 0.1], [0.9, 0.1], [0.6, 0.3]], np.float32)
    read = decode(classes, probabilities, LETTERS)
    assert read.text == "aa"
    assert read.probabilities == pytest.approx([0.8, 0.6])


def test_frames_past_the_crop_are_not_read():
    classes = np.array([1, 0, 2, 0, 3, 0, 4, 0])
    assert decode(classes, None, LETTERS, used=0.5).text == "ab"
    assert decode(classes, None, LETTERS, used=0.51).text == "abc"


def test_an_empty_crop_reads_nothing():
    assert decode(np.zeros(0, np.int32), None, LETTERS).text == ""


@pytest.mark.parametrize("used", [0.0, -0.5, 1.01, 320.0, math.nan])
def test_used_is_a_fraction(used):
    with pytest.raises(OptionError, match="fraction"):
        decode(np.array([1]), None, LETTERS, used)


def test_classes_and_probabilities_must_match():
    with pytest.raises(OptionError, match="differ in shape"):
        decode(np.array([1, 2]), np.array([0.5]), LETTERS)


@pytest.mark.parametrize("stray", [5, -1])
def test_a_class_without_a_character_names_the_character_list(stray):
    with pytest.raises(BundleError, match=f"class {stray}.*5 entries"):
        decode(np.array([1, stray]), None, LETTERS)
