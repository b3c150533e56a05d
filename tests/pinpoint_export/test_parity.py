import json
import math

import numpy as np
import pytest

from pinpoint_export.parity import check, cosine, max_abs, sqnr_db


def outputs(seed=0):
    rng = np.random.default_rng(seed)
    return {
        "visual": rng.standard_normal((8, 32)).astype(np.float32),
        "probabilities": rng.random((8, 12)).astype(np.float32),
        "classes": rng.integers(0, 90, (8, 200)).astype(np.int32),
    }


def noisy(reference, decibels, seed=1):
    """`reference` with white noise at an SQNR of exactly `decibels`, in f64."""
    signal = reference.astype(np.float64)
    noise = np.random.default_rng(seed).standard_normal(signal.shape)
    noise *= math.sqrt(np.square(signal).sum() / np.square(noise).sum()) * 10 ** (-decibels / 20)
    return signal + noise


def test_figures():
    a = np.array([3.0, 4.0])
    assert sqnr_db(a, a * 1.1) == pytest.approx(20)
    assert sqnr_db(a, a) == math.inf
    assert sqnr_db(a * 0, a) == -math.inf
    assert max_abs(a, a - [0, 0.5]) == 0.5
    assert cosine(a, a * 2) == pytest.approx(1)
    assert cosine(a, np.array([-4.0, 3.0])) == pytest.approx(0)
    assert cosine(a * 0, a * 0) == 1


def test_equal_outputs_pass_and_serialize():
    parity = check(outputs(), outputs())
    assert parity.passed
    assert not parity.failures()
    summary = json.loads(json.dumps(parity.summary()))
    assert summary["visual"] == {"sqnr_db": None, "max_abs": 0.0}


def test_the_bar_is_at_100_db():
    reference = {"x": np.random.default_rng(0).standard_normal(5000)}
    assert check(reference, {"x": noisy(reference["x"], 100.5)}).passed
    assert not check(reference, {"x": noisy(reference["x"], 99.5)}).passed


def test_f64_excuses_what_torch_itself_rounds():
    exact = {"x": np.random.default_rng(0).standard_normal(5000)}
    reference = {"x": noisy(exact["x"], 90, seed=1)}
    within = {"x": noisy(exact["x"], 85, seed=2)}
    beyond = {"x": noisy(exact["x"], 83, seed=2)}
    assert not check(reference, within).passed
    assert check(reference, within, exact).passed
    failed = check(reference, beyond, exact)
    assert not failed.passed
    assert "torch's own f32 90.0 dB" in failed.failures()[0]


def swapped(o):
    return o | {"visual": o["visual"][::-1].copy()}


def one_row_off(o):
    return o | {"probabilities": np.roll(o["probabilities"], 1, axis=1)}


def with_nan(o):
    visual = o["visual"].copy()
    visual[3, 4] = np.nan
    return o | {"visual": visual}


def with_infinity(o):
    visual = o["visual"].copy()
    visual[3, 4] = np.inf
    return o | {"visual": visual}


def few_classes_wrong(o):
    classes = o["classes"].copy()
    classes[0, :3] += 1
    return o | {"classes": classes}


FAULTS = [
    (swapped, "visual", "dB from torch in f32"),
    (one_row_off, "probabilities", "dB from torch in f32"),
    (with_nan, "visual", "the artifact holds NaN"),
    (with_infinity, "visual", "the artifact holds NaN or infinity"),
    (few_classes_wrong, "classes", "99.81% of the elements are equal"),
    (lambda o: o | {"visual": o["visual"] * np.float32(1.0001)}, "visual", "80.0 dB"),
    (lambda o: o | {"visual": o["visual"] * 0}, "visual", "0.0 dB"),
    (lambda o: o | {"visual": o["visual"].astype(np.float64)}, "visual", "got float64"),
    (lambda o: o | {"visual": o["visual"].T}, "visual", "got float32 (32, 8)"),
    (lambda o: o | {"extra": o["visual"]}, "extra", "no such output"),
    (lambda o: {k: v for k, v in o.items() if k != "classes"}, "classes", "lacks this output"),
]


@pytest.mark.parametrize(("fault", "tensor", "reason"), FAULTS)
def test_planted_faults_are_caught_and_named(fault, tensor, reason):
    parity = check(outputs(), fault(outputs()), outputs())
    assert not parity.passed
    assert [line.split(":")[0] for line in parity.failures()] == [tensor]
    assert reason in parity.failures()[0]
    with pytest.raises(ValueError, match=tensor):
        parity.summary()


def test_a_broken_reference_fails_too():
    broken = with_nan(outputs())
    assert "the reference holds NaN" in check(broken, broken).failures()[0]


def test_one_wrong_class_of_a_thousand_is_let_through():
    o = outputs()
    o["classes"] = np.zeros((1, 1000), np.int32)
    other = o["classes"].copy()
    other[0, 0] = 1
    assert check(o, o | {"classes": other}).passed


def test_no_output_is_no_parity():
    assert not check({}, {}).passed


def test_worst_keeps_the_failure_of_either_measurement():
    good, bad = check(outputs(), outputs()), check(outputs(), swapped(outputs()))
    for joined in (good.worst(bad), bad.worst(good)):
        assert not joined.passed
        assert joined.tensors["visual"].sqnr_db == bad.tensors["visual"].sqnr_db
        assert joined.tensors["classes"].passed
