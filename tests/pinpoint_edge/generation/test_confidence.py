"""Confidence: monotone in each of its parts, and bounded."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinpoint_edge.errors import OptionError
from pinpoint_edge.generation.confidence import (
    Signals,
    calibrated,
    confidence,
    decode_probability,
    log_odds,
    of_answer,
    reader_probability,
)

UNIT = st.floats(0.0, 1.0)


@given(UNIT, UNIT, UNIT, UNIT)
def test_monotone_and_in_range(decode, reader, null, other):
    value = confidence(decode, reader, null)
    assert 0.0 <= value <= 1.0
    assert confidence(max(decode, other), reader, null) >= value
    assert confidence(decode, max(reader, other), null) >= value
    assert confidence(decode, reader, max(null, other)) <= value


def test_certain_parts_give_certainty_and_one_doubt_shows():
    assert confidence(1.0, 1.0, 0.0) == 1.0
    assert confidence(1.0, 0.5, 0.0) == 0.5
    assert confidence(1.0, 1.0, 1.0) == 0.0


def test_parts():
    assert decode_probability([math.log(0.25), math.log(1.0)]) == pytest.approx(0.5)
    assert decode_probability([]) == 1.0
    assert reader_probability([0.9, 0.4, 0.99]) == 0.4
    assert reader_probability([]) == 1.0
    assert reader_probability([1.0000001]) == 1.0  # as a softmax in f32 may round


@pytest.mark.parametrize("bad", [-0.1, 1.1, float("nan")])
def test_no_probability_is_refused(bad):
    for arguments in ((bad, 1, 0), (1, bad, 0), (1, 1, bad)):
        with pytest.raises(OptionError, match=r"0\.\.1"):
            confidence(*arguments)


GOLDEN = Path(__file__).parents[2] / "golden/confidence"
SIGNALS = st.builds(Signals, UNIT, UNIT, UNIT, UNIT, UNIT)


@pytest.mark.parametrize(("name", "count"), [("cases", 20), ("further", 6)])
def test_golden_vectors(name, count):
    cases = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))["cases"]
    assert len(cases) == count
    for case in cases:
        signals = Signals(**case["signals"])
        assert of_answer(signals, case["found"], case["weights"]) == pytest.approx(
            case["confidence"], abs=1e-8
        )


@given(SIGNALS, UNIT)
def test_weighed_signals_give_a_probability_that_follows_their_signs(signals, other):
    weights = {"decode": 0.7, "null": -0.4, "bias": 0.3}
    value = calibrated(signals, weights)
    assert 0 < value < 1
    assert calibrated(replace(signals, decode=max(signals.decode, other)), weights) >= value
    assert calibrated(replace(signals, null=max(signals.null, other)), weights) <= value
    assert calibrated(replace(signals, reader=other), weights) == value  # has no weight


def test_log_odds_are_held_and_unknown_signals_refused():
    assert log_odds(0.5) == 0
    assert log_odds(0.0) == log_odds(1e-9) == pytest.approx(-log_odds(1.0))
    signals = Signals(0.5, 0.5, 0.5, 0.5, 0.5)
    assert calibrated(signals, {"bias": 1e6}) == pytest.approx(1)
    with pytest.raises(OptionError, match="'mood'"):
        calibrated(signals, {"mood": 1.0})


def test_without_weights_it_is_the_product():
    signals = Signals(0.9, 0.8, 0.7, 0.6, 0.5)
    assert of_answer(signals, True, {}) == confidence(0.9, 0.7, 0.6)
    assert of_answer(signals, False, {}) == confidence(0.9, 0.7, 0.0)
    weights = {"found": {"bias": 0.0}}
    assert of_answer(signals, True, weights) == 0.5
    assert of_answer(signals, False, weights) == confidence(0.9, 0.7, 0.0)
