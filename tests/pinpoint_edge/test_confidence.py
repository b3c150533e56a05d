"""Confidence: monotone in each of its parts, and bounded."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinpoint_edge.confidence import confidence, decode_probability, reader_probability
from pinpoint_edge.errors import OptionError

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
