from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

X = np.linspace(-4, 8, 24, dtype=np.float32).reshape(1, 3, 2, 4)
PER_CHANNEL, STEEPNESS = np.float32([0.5, 1.0, 2.0]), np.float32([1.0, 0.25, 0.5])


def channels(values: np.ndarray) -> np.ndarray:
    return values[:, None, None]


def sigmoid(x: np.ndarray) -> Any:
    return 1 / (1 + np.exp(-x))


CASES: dict[str, tuple[Any, ...]] = {
    "relu": (lambda mb, x: mb.relu(x=x), (X,), np.maximum(X, 0)),
    "relu6": (lambda mb, x: mb.relu6(x=x), (X,), np.clip(X, 0, 6)),
    "clamped_relu": (
        lambda mb, x: mb.clamped_relu(x=x, alpha=0.5, beta=3.0),
        (X,),
        np.minimum(np.where(X >= 0, X, 0.5 * X), 3),
    ),
    "thresholded_relu": (
        lambda mb, x: mb.thresholded_relu(x=x, alpha=2.0),
        (X,),
        np.where(X >= 2, X, 0),
    ),
    "leaky_relu": (
        lambda mb, x: mb.leaky_relu(x=x, alpha=0.1),
        (X,),
        np.where(X > 0, X, 0.1 * X),
    ),
    "prelu": (
        lambda mb, x: mb.prelu(x=x, alpha=PER_CHANNEL),
        (X,),
        np.where(X > 0, X, X * channels(PER_CHANNEL)),
    ),
    "elu": (
        lambda mb, x: mb.elu(x=x, alpha=0.7),
        (X,),
        np.where(X > 0, X, 0.7 * (np.exp(X) - 1)),
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
    "gelu sigmoid": (
        lambda mb, x: mb.gelu(x=x, mode="SIGMOID_APPROXIMATION"),
        (X,),
        X * sigmoid(1.702 * X),
    ),
    "silu": (lambda mb, x: mb.silu(x=x), (X,), X * sigmoid(X)),
    "sigmoid": (lambda mb, x: mb.sigmoid(x=x), (X,), sigmoid(X)),
    "sigmoid_hard": (
        lambda mb, x: mb.sigmoid_hard(x=x, alpha=0.3, beta=0.4),
        (X,),
        np.clip(0.3 * X + 0.4, 0, 1),
    ),
    "tanh": (lambda mb, x: mb.tanh(x=x), (X,), np.tanh(X)),
    "scaled_tanh": (
        lambda mb, x: mb.scaled_tanh(x=x, alpha=2.0, beta=0.5),
        (X,),
        2 * np.tanh(0.5 * X),
    ),
    "softplus": (lambda mb, x: mb.softplus(x=x), (X,), np.log1p(np.exp(X))),
    "softplus_parametric": (
        lambda mb, x: mb.softplus_parametric(x=x, alpha=PER_CHANNEL, beta=STEEPNESS),
        (X,),
        channels(PER_CHANNEL) * np.log1p(np.exp(channels(STEEPNESS) * X)),
    ),
    "softsign": (lambda mb, x: mb.softsign(x=x), (X,), X / (1 + np.abs(X))),
    "linear_activation": (
        lambda mb, x: mb.linear_activation(x=x, alpha=-2.0, beta=0.5),
        (X,),
        -2 * X + 0.5,
    ),
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
