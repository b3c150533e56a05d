from __future__ import annotations

from typing import Any

import numpy as np
import pytest

X = np.array([[-2.5, -0.5, 0.0], [0.5, 1.5, 3.0]], np.float32)
Y = np.array([2.0, -3.0, 0.5], np.float32)
WHOLE = np.array([[7, -7, 4], [0, 5, -3]], np.int32)
DIVISORS = np.array([3, 3, -2], np.int32)

P = np.abs(X)
FRACTIONS = np.array([-2.5, -0.5, 0.0, 1.5, 300.3], np.float32)
# x and y with an equal pair in every row
A, B = np.array([[1.0, 2.0], [3.0, 0.0]], np.float32), np.array([1.0, 0.0], np.float32)


def whole(mb: Any, truth: Any) -> Any:
    """A package cannot return truth values."""
    return mb.cast(x=truth, dtype="int32")


def through(dtype: str, back: str = "int32") -> Any:
    return lambda mb, x: mb.cast(x=mb.cast(x=x, dtype=dtype), dtype=back)


CASES: dict[str, tuple[Any, tuple[np.ndarray, ...], Any]] = {
    "add": (lambda mb, x, y: mb.add(x=x, y=y), (X, Y), X + Y),
    "add whole": (lambda mb, x, y: mb.add(x=x, y=y), (WHOLE, DIVISORS), WHOLE + DIVISORS),
    "sub": (lambda mb, x, y: mb.sub(x=x, y=y), (X, Y), X - Y),
    "mul": (lambda mb, x, y: mb.mul(x=x, y=y), (X, Y), X * Y),
    "real_div": (lambda mb, x, y: mb.real_div(x=x, y=y), (X, Y), X / Y),
    "floor_div": (lambda mb, x, y: mb.floor_div(x=x, y=y), (X, Y), X // Y),
    "floor_div whole": (
        lambda mb, x, y: mb.floor_div(x=x, y=y),
        (WHOLE, DIVISORS),
        WHOLE // DIVISORS,
    ),
    "maximum": (lambda mb, x, y: mb.maximum(x=x, y=y), (X, Y), np.maximum(X, Y)),
    "minimum": (
        lambda mb, x, y: mb.minimum(x=x, y=y),
        (WHOLE, DIVISORS),
        np.minimum(WHOLE, DIVISORS),
    ),
    "greater": (lambda mb, x, y: whole(mb, mb.greater(x=x, y=y)), (A, B), [[0, 1], [1, 0]]),
    "greater_equal": (
        lambda mb, x, y: whole(mb, mb.greater_equal(x=x, y=y)),
        (A, B),
        [[1, 1], [1, 1]],
    ),
    "less": (lambda mb, x, y: whole(mb, mb.less(x=x, y=y)), (B, A), [[0, 1], [1, 0]]),
    "less_equal": (lambda mb, x, y: whole(mb, mb.less_equal(x=x, y=y)), (A, B), [[1, 0], [0, 1]]),
    "select": (
        lambda mb, x, y: mb.select(cond=mb.greater(x=x, y=0.0), a=x, b=y),
        (X, np.tile(Y, (2, 1))),
        np.where(X > 0, X, Y),
    ),
    "abs": (lambda mb, x: mb.abs(x=x), (X,), np.abs(X)),
    "ceil": (lambda mb, x: mb.ceil(x=x), (X,), np.ceil(X)),
    "sqrt": (lambda mb, x: mb.sqrt(x=x), (P,), np.sqrt(P)),
    "rsqrt": (lambda mb, x: mb.rsqrt(x=x, epsilon=0.25), (P,), 1 / np.sqrt(P + 0.25)),
    "clip": (lambda mb, x: mb.clip(x=x, alpha=-1.0, beta=1.0), (X,), np.clip(X, -1, 1)),
    "sin": (lambda mb, x: mb.sin(x=x), (X,), np.sin(X)),
    "cos": (lambda mb, x: mb.cos(x=x), (X,), np.cos(X)),
    "cast int32": (through("int32"), (FRACTIONS,), [-2, 0, 0, 1, 300]),
    "cast int8": (through("int8"), (FRACTIONS,), [-2, 0, 0, 1, 44]),
    "cast uint8": (through("uint8"), (FRACTIONS,), [254, 0, 0, 1, 44]),
    "cast int16": (through("int16"), (FRACTIONS,), [-2, 0, 0, 1, 300]),
    "cast uint16": (through("uint16"), (FRACTIONS,), [65534, 0, 0, 1, 300]),
    "cast bool": (through("bool"), (FRACTIONS,), [1, 1, 0, 1, 1]),
    "cast fp16": (through("fp16", "fp32"), (FRACTIONS,), np.float32([-2.5, -0.5, 0, 1.5, 300.25])),
}


@pytest.fixture(scope="module")
def found(evaluate_all: Any) -> Any:
    return evaluate_all(CASES)


@pytest.mark.parametrize("name", CASES)
def test_elementwise(name: str, found: Any, agree: Any) -> None:
    agree(found[name], CASES[name][2])
