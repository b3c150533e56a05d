import math
import re

import numpy as np
import pytest

from arm64.compare import distance, distances, table


def f32(*values):
    return np.array(values, np.float32)


def test_equal_and_nearly_equal_tensors_pass():
    a = np.linspace(-3, 3, 1000, dtype=np.float32)
    assert distance("a", a, a.copy()).sqnr_db == math.inf
    near = distance("a", a, a * np.float32(1 + 1e-6))
    assert near.failure is None
    assert 115 < near.sqnr_db < 125


@pytest.mark.parametrize(
    ("there", "failure"),
    [
        (f32(1, 2, 3.01), "below"),
        (f32(1, 2, np.nan), "not finite"),
        (f32(1, 2), r"float32 \(2,\) instead of float32 \(3,\)"),
        (np.array([1, 2, 3]), "int64"),
        (f32(3, 2, 1), "below"),
    ],
)
def test_faults_fail(there, failure):
    found = distance("a", f32(1, 2, 3), there)
    assert found.failure is not None
    assert re.search(failure, found.failure)


def test_a_tensor_of_zeros_must_stay_zero():
    assert distance("a", f32(0, 0), f32(0, 0)).failure is None
    assert distance("a", f32(0, 0), f32(0, 1e-9)).failure is not None


def test_padding_does_not_hide_noise():
    here, there = f32(1, 2, -1e4), f32(1, 2.001, -1e4)
    assert distance("a", here, there).failure == "below 95 dB"
    assert distance("a", here, f32(1, 2, 0)).failure is not None


def test_integers_may_differ_in_one_of_a_thousand():
    classes = np.arange(5000, dtype=np.int32)
    other = classes.copy()
    other[:5] += 1
    assert distance("a", classes, other).failure is None
    other[5] += 1
    assert "of the integers differ" in str(distance("a", classes, other).failure)


def test_a_missing_tensor_fails_and_the_table_shows_each():
    found = distances("b", {"x": f32(1), "y": f32(1)}, {"x": f32(1)}, 100.0)
    assert [item.failure for item in found] == [None, "missing"]
    lines = table(found).splitlines()
    assert lines[1].split() == ["b/x", "equal", "0", "ok"]
    assert lines[2].split()[0] == "b/y"
    assert lines[2].endswith("missing")
