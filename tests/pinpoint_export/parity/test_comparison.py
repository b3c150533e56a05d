import math

import numpy as np
import pytest

from pinpoint_edge.errors import OptionError
from pinpoint_export.parity.comparison import HALF, UNLIKE_DB, check, tier_of
from pinpoint_quantization.recipe import WEIGHTS


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


def passed(tensors):
    return all(tensor.passed for tensor in tensors.values())


def test_equal_outputs_pass():
    tensors = check(outputs(), outputs())
    assert passed(tensors)
    assert tensors["visual"].sqnr_db == math.inf


def test_the_bar_is_at_100_db():
    reference = {"x": np.random.default_rng(0).standard_normal(5000)}
    assert passed(check(reference, {"x": noisy(reference["x"], 100.5)}))
    assert not passed(check(reference, {"x": noisy(reference["x"], 99.5)}))


def test_half_needs_45_db_and_more_of_the_integers():
    reference = {"x": np.random.default_rng(0).standard_normal(5000)}
    assert passed(check(reference, {"x": noisy(reference["x"], 45.5)}, HALF))
    assert not passed(check(reference, {"x": noisy(reference["x"], 44.5)}, HALF))
    classes = {"c": np.arange(1, 1001, dtype=np.int32)}
    for wrong, right in ((39, True), (41, False)):
        other = classes["c"].copy()
        other[:wrong] += 5000
        assert passed(check(classes, {"c": other}, HALF)) is right
        assert not passed(check(classes, {"c": other}))


def test_f64_excuses_what_torch_itself_rounds():
    exact = {"x": np.random.default_rng(0).standard_normal(5000)}
    reference = {"x": noisy(exact["x"], 90, seed=1)}
    within = {"x": noisy(exact["x"], 85, seed=2)}
    beyond = {"x": noisy(exact["x"], 83, seed=2)}
    assert not passed(check(reference, within))
    assert passed(check(reference, within, own=lambda: exact))
    failed = check(reference, beyond, own=lambda: exact)
    assert "torch's own f32 90.0 dB" in (failed["x"].failure or "")


def test_f16_excuses_what_rounded_torch_loses():
    reference = {"x": np.random.default_rng(0).standard_normal(5000)}
    rounded = {"x": noisy(reference["x"], 43, seed=1)}
    assert passed(check(reference, {"x": noisy(reference["x"], 41)}, HALF, lambda: rounded))
    failed = check(reference, {"x": noisy(reference["x"], 39)}, HALF, lambda: rounded)
    assert "torch rounded to f16 reaches 43.0 dB" in (failed["x"].failure or "")


def test_the_other_precision_is_run_only_where_a_bar_is_missed():
    reference = {"x": np.random.default_rng(0).standard_normal(5000)}

    def never():
        raise AssertionError("nothing missed its bar")

    assert passed(check(reference, {"x": noisy(reference["x"], 101)}, own=never))


def test_padding_does_not_hide_the_error_of_real_logits():
    reference = {"relevance": np.random.default_rng(0).standard_normal(64).astype(np.float32)}
    reference["relevance"][48:] = -1e4
    other = {"relevance": reference["relevance"].copy()}
    other["relevance"][:48] *= 1.001
    assert check(reference, other)["relevance"].sqnr_db == pytest.approx(60, abs=0.1)
    unmasked = {"relevance": reference["relevance"].copy()}
    unmasked["relevance"][50] = 3.0
    assert "padding" in (check(reference, unmasked)["relevance"].failure or "")


def test_filling_does_not_hide_wrong_classes():
    reference = {"classes": np.zeros((1, 10_000), np.int32)}
    reference["classes"][0, :10] = 7
    other = {"classes": reference["classes"].copy()}
    other["classes"][0, 0] = 8
    assert "90.00% of the elements" in (check(reference, other)["classes"].failure or "")


def test_the_later_measurement_adds_its_worse_figures():
    good, bad = check(outputs(), outputs()), check(outputs(), swapped(outputs()), where="w64")
    worst = check(outputs(), with_nan(outputs()), where="w128")
    joined = good["visual"].worse(bad["visual"]).worse(worst["visual"])
    assert joined.sqnr_db == UNLIKE_DB
    assert joined.cosine == 0
    assert (joined.failure or "").startswith("w64: ")


def test_tiers_by_the_type_of_the_weights():
    names = [tier_of(weights).name for weights in WEIGHTS]
    assert names == ["exact", "half", *WEIGHTS[2:]]
    with pytest.raises(OptionError, match="int3; known are float32, float16, int8, palette6"):
        tier_of("int3")


def test_stages_that_see_the_page_have_bars_of_their_own_in_int8():
    bars = {stage: tier_of("int8", stage) for stage in ("detect", "glance", "align", "refine")}
    assert {bar.name for bar in bars.values()} == {"int8"}
    assert bars["align"].least_sqnr_db > bars["refine"].least_sqnr_db
    assert tier_of("int8", "decode") == tier_of("int8")
    assert tier_of("float16", "refine") == tier_of("float16")
    relevance = {"relevance": np.linspace(-3, 5, 65, dtype=np.float32)}
    noise = np.random.default_rng(0).standard_normal(65).astype(np.float32)
    for scale, passes in ((0.03, True), (0.15, False)):  # about 39 and 25 dB
        found = {"relevance": relevance["relevance"] + scale * noise}
        assert check(relevance, found, bars["align"])["relevance"].passed == passes


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
def test_faults_are_caught_and_named(fault, tensor, reason):
    tensors = check(outputs(), fault(outputs()), own=outputs)
    assert [name for name, found in tensors.items() if not found.passed] == [tensor]
    assert reason in (tensors[tensor].failure or "")
    assert math.isfinite(tensors[tensor].sqnr_db)
    assert math.isfinite(tensors[tensor].max_abs)


def test_a_broken_reference_fails_too():
    broken = with_nan(outputs())
    assert "the reference holds NaN" in (check(broken, broken)["visual"].failure or "")


def test_one_wrong_class_of_a_thousand_is_let_through():
    reference = {"classes": np.ones((1, 1000), np.int32)}
    other = {"classes": reference["classes"].copy()}
    other["classes"][0, 0] = 2
    assert passed(check(reference, other))
