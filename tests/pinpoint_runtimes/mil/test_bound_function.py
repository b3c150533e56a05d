"""The emulation of fp16: each value is rounded, so that it shows what fp16 cannot hold."""

from __future__ import annotations

from typing import Any

import numpy as np

BIG = np.array([[300.0, 1.0]], np.float16)


def test_overflow_becomes_infinite(evaluate: Any) -> None:
    (found,) = evaluate(lambda mb, x: mb.mul(x=x, y=x), BIG)
    np.testing.assert_array_equal(found, [[np.inf, 1.0]])


def test_it_spreads_as_it_would_on_the_device(evaluate: Any) -> None:
    """The mean square of a row overflows and takes the normalized row with it."""
    (found,) = evaluate(
        lambda mb, x: mb.real_div(x=x, y=mb.sqrt(x=mb.reduce_mean(x=mb.mul(x=x, y=x), axes=[1]))),
        BIG,
    )
    np.testing.assert_array_equal(found, [[0.0, 0.0]])


def test_every_operation_rounds(evaluate: Any) -> None:
    x = np.array([2048.0], np.float16)
    (found,) = evaluate(lambda mb, x: mb.sub(x=mb.add(x=x, y=np.float16(1)), y=x), x)
    assert found.tolist() == [0.0]  # 2049 is not an fp16 number


def test_small_values_lose_bits_and_vanish(evaluate: Any) -> None:
    x = np.array([1e-4, 1e-3], np.float16)
    (found,) = evaluate(lambda mb, x: mb.mul(x=x, y=x), x)
    expected = x * x  # numpy rounds fp16 products once, too
    assert expected[0] == 0
    np.testing.assert_array_equal(found, expected.astype(np.float32))


def test_sums_are_rounded_once(evaluate: Any) -> None:
    x = np.full((1, 4096), 1.0, np.float16)
    x[0, 0] = 2048
    (found,) = evaluate(lambda mb, x: mb.reduce_sum(x=x, axes=[1]), x)
    assert found.tolist() == [6144.0]  # added up in fp16, it would stay 2048


def test_it_can_be_switched_off(evaluate: Any) -> None:
    (found,) = evaluate(lambda mb, x: mb.mul(x=x, y=x), BIG, round_fp16=False)
    np.testing.assert_array_equal(found, [[90000.0, 1.0]])


def test_fp32_is_not_rounded(evaluate: Any) -> None:
    (found,) = evaluate(lambda mb, x: mb.add(x=x, y=1.0), np.array([2048.0], np.float32))
    assert found.tolist() == [2049.0]


def test_a_cast_rounds(evaluate: Any) -> None:
    (found,) = evaluate(
        lambda mb, x: mb.cast(x=mb.cast(x=x, dtype="fp16"), dtype="fp32"),
        np.array([2049.0, 1e6, -1e6], np.float32),
    )
    assert found.tolist() == [2048.0, np.inf, -np.inf]
