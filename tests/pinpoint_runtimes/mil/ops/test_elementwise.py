from __future__ import annotations

import math
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
    "mod": (lambda mb, x, y: mb.mod(x=x, y=y), (X, Y), X % Y),
    "mod whole": (lambda mb, x, y: mb.mod(x=x, y=y), (WHOLE, DIVISORS), WHOLE % DIVISORS),
    "pow": (lambda mb, x, y: mb.pow(x=x, y=y), (P + 1, Y), (P + 1) ** Y),
    "maximum": (lambda mb, x, y: mb.maximum(x=x, y=y), (X, Y), np.maximum(X, Y)),
    "minimum": (
        lambda mb, x, y: mb.minimum(x=x, y=y),
        (WHOLE, DIVISORS),
        np.minimum(WHOLE, DIVISORS),
    ),
    "equal": (lambda mb, x, y: whole(mb, mb.equal(x=x, y=y)), (A, B), [[1, 0], [0, 1]]),
    "not_equal": (lambda mb, x, y: whole(mb, mb.not_equal(x=x, y=y)), (A, B), [[0, 1], [1, 0]]),
    "greater": (lambda mb, x, y: whole(mb, mb.greater(x=x, y=y)), (A, B), [[0, 1], [1, 0]]),
    "greater_equal": (
        lambda mb, x, y: whole(mb, mb.greater_equal(x=x, y=y)),
        (A, B),
        [[1, 1], [1, 1]],
    ),
    "less": (lambda mb, x, y: whole(mb, mb.less(x=x, y=y)), (B, A), [[0, 1], [1, 0]]),
    "less_equal": (lambda mb, x, y: whole(mb, mb.less_equal(x=x, y=y)), (A, B), [[1, 0], [0, 1]]),
    "logical_and": (
        lambda mb, x, y: whole(
            mb, mb.logical_and(x=mb.greater(x=x, y=0.0), y=mb.greater(x=y, y=0.0))
        ),
        (X, Y),
        ((X > 0) & (Y > 0)).astype(np.int32),
    ),
    "logical_or": (
        lambda mb, x, y: whole(
            mb, mb.logical_or(x=mb.greater(x=x, y=0.0), y=mb.greater(x=y, y=0.0))
        ),
        (X, Y),
        ((X > 0) | (Y > 0)).astype(np.int32),
    ),
    "logical_xor": (
        lambda mb, x, y: whole(
            mb, mb.logical_xor(x=mb.greater(x=x, y=0.0), y=mb.greater(x=y, y=0.0))
        ),
        (X, Y),
        ((X > 0) ^ (Y > 0)).astype(np.int32),
    ),
    "logical_not": (
        lambda mb, x, y: whole(mb, mb.logical_not(x=mb.greater(x=x, y=y))),
        (X, Y),
        (X <= Y).astype(np.int32),
    ),
    "select": (
        lambda mb, x, y: mb.select(cond=mb.greater(x=x, y=0.0), a=x, b=y),
        (X, np.tile(Y, (2, 1))),
        np.where(X > 0, X, Y),
    ),
    "abs": (lambda mb, x: mb.abs(x=x), (X,), np.abs(X)),
    "sign": (lambda mb, x: mb.sign(x=x), (X,), np.sign(X)),
    "ceil": (lambda mb, x: mb.ceil(x=x), (X,), np.ceil(X)),
    "floor": (lambda mb, x: mb.floor(x=x), (X,), np.floor(X)),
    "round": (lambda mb, x: mb.round(x=x), (X,), np.round(X)),
    "exp": (lambda mb, x: mb.exp(x=x), (X,), np.exp(X)),
    "exp2": (lambda mb, x: mb.exp2(x=x), (X,), np.exp2(X)),
    "log": (lambda mb, x: mb.log(x=x, epsilon=0.5), (P,), np.log(P + 0.5)),
    "sqrt": (lambda mb, x: mb.sqrt(x=x), (P,), np.sqrt(P)),
    "rsqrt": (lambda mb, x: mb.rsqrt(x=x, epsilon=0.25), (P,), 1 / np.sqrt(P + 0.25)),
    "inverse": (lambda mb, x: mb.inverse(x=x, epsilon=0.25), (X,), 1 / (X + 0.25)),
    "square": (lambda mb, x: mb.square(x=x), (X,), X * X),
    "erf": (lambda mb, x: mb.erf(x=x), (X,), np.vectorize(math.erf)(X)),
    "clip": (lambda mb, x: mb.clip(x=x, alpha=-1.0, beta=1.0), (X,), np.clip(X, -1, 1)),
    "threshold": (lambda mb, x: mb.threshold(x=x, alpha=0.5), (X,), np.maximum(X, 0.5)),
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
