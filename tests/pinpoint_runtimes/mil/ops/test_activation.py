from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

X = np.linspace(-4, 8, 24, dtype=np.float32).reshape(1, 3, 2, 4)


def sigmoid(x: np.ndarray) -> Any:
    return 1 / (1 + np.exp(-x))


CASES: dict[str, tuple[Any, ...]] = {
    "relu": (lambda mb, x: mb.relu(x=x), (X,), np.maximum(X, 0)),
    "thresholded_relu": (
        lambda mb, x: mb.thresholded_relu(x=x, alpha=2.0),
        (X,),
        np.where(X >= 2, X, 0),
    ),
    "gelu": (
        lambda mb, x: mb.gelu(x=x, mode="EXACT"),
        (X,),
        0.5 * X * (1 + np.vectorize(math.erf)(X / math.sqrt(2))),
    ),
    "gelu tanh": (
        lambda mb, x: mb.gelu(x=x, mode="TANH_APPROXIMATION"),
        (X,),
        0.5 * X * (1 + np.tanh(math.sqrt(2 / math.pi) * (X + 0.044715 * X**3))),
    ),
    "silu": (lambda mb, x: mb.silu(x=x), (X,), X * sigmoid(X)),
    "sigmoid": (lambda mb, x: mb.sigmoid(x=x), (X,), sigmoid(X)),
    "sigmoid_hard": (
        lambda mb, x: mb.sigmoid_hard(x=x, alpha=0.3, beta=0.4),
        (X,),
        np.clip(0.3 * X + 0.4, 0, 1),
    ),
    "tanh": (lambda mb, x: mb.tanh(x=x), (X,), np.tanh(X)),
    "softmax": (
        lambda mb, x: mb.softmax(x=x, axis=1),
        (X,),
        np.exp(X) / np.exp(X).sum(1, keepdims=True),
    ),
}


@pytest.fixture(scope="module")
def found(evaluate_all: Any) -> Any:
    return evaluate_all(CASES)


@pytest.mark.parametrize("name", CASES)
def test_activation(name: str, found: Any, agree: Any) -> None:
    agree(found[name], *CASES[name][2:])
