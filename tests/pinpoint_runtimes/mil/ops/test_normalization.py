from __future__ import annotations

from typing import Any

import numpy as np
import pytest

RNG = np.random.default_rng(5)
X = RNG.standard_normal((2, 3, 4, 5)).astype(np.float32)
MEAN, VARIANCE, GAMMA, BETA = RNG.random((4, 3)).astype(np.float32) + 0.1
WIDE = RNG.random((2, 5)).astype(np.float32)


def channels(values: np.ndarray) -> np.ndarray:
    return values[:, None, None]


def normal(axes: tuple[int, ...], epsilon: float) -> np.ndarray:
    mean, variance = X.mean(axes, keepdims=True), X.var(axes, keepdims=True)
    return np.asarray((X - mean) / np.sqrt(variance + epsilon))


CASES: dict[str, tuple[Any, ...]] = {
    "batch_norm": (
        lambda mb, x: mb.batch_norm(
            x=x, mean=MEAN, variance=VARIANCE, gamma=GAMMA, beta=BETA, epsilon=0.01
        ),
        (X,),
        (X - channels(MEAN)) / np.sqrt(channels(VARIANCE) + 0.01) * channels(GAMMA)
        + channels(BETA),
    ),
    "layer_norm": (
        lambda mb, x: mb.layer_norm(x=x, axes=[-1], gamma=WIDE[0], beta=WIDE[1], epsilon=0.01),
        (X,),
        normal((3,), 0.01) * WIDE[0] + WIDE[1],
    ),
    "layer_norm over channels": (
        lambda mb, x: mb.layer_norm(x=x, axes=[1], gamma=GAMMA, beta=BETA, epsilon=0.01),
        (X,),
        normal((1,), 0.01) * channels(GAMMA) + channels(BETA),
    ),
}


@pytest.fixture(scope="module")
def found(evaluate_all: Any) -> Any:
    return evaluate_all(CASES)


@pytest.mark.parametrize("name", CASES)
def test_normalization(name: str, found: Any, agree: Any) -> None:
    agree(found[name], *CASES[name][2:], rtol=2e-5)
