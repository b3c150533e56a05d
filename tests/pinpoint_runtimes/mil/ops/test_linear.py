from __future__ import annotations

from typing import Any

import numpy as np
import pytest

RNG = np.random.default_rng(3)


def random(*shape: int) -> np.ndarray:
    return RNG.standard_normal(shape).astype(np.float32)


X, WEIGHT, BIAS = random(2, 3, 4), random(5, 4), random(5)
Y, Z = random(2, 5, 4), random(2, 3, 2)


CASES: dict[str, tuple[Any, ...]] = {
    "linear": (
        lambda mb, x: mb.linear(x=x, weight=WEIGHT, bias=BIAS),
        (X,),
        X @ WEIGHT.T + BIAS,
    ),
    "linear without a bias": (lambda mb, x: mb.linear(x=x, weight=WEIGHT), (X,), X @ WEIGHT.T),
    "matmul": (
        lambda mb, x, y: mb.matmul(x=x, y=y, transpose_y=True),
        (X, Y),
        X @ Y.swapaxes(1, 2),
    ),
    "matmul transposed": (
        lambda mb, x, y: mb.matmul(x=x, y=y, transpose_x=True),
        (X, Z),
        X.swapaxes(1, 2) @ Z,
    ),
}


@pytest.fixture(scope="module")
def found(evaluate_all: Any) -> Any:
    return evaluate_all(CASES)


@pytest.mark.parametrize("name", CASES)
def test_linear(name: str, found: Any, agree: Any) -> None:
    agree(found[name], *CASES[name][2:], rtol=1e-4)
