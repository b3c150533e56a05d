from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

RNG = np.random.default_rng(3)


def random(*shape: int) -> np.ndarray:
    return RNG.standard_normal(shape).astype(np.float32)


X, WEIGHT, BIAS = random(2, 3, 4), random(5, 4), random(5)
Y, Z = random(2, 5, 4), random(2, 3, 2)
QUERY, KEY, VALUE = random(1, 2, 3, 4), random(1, 2, 5, 4), random(1, 2, 5, 6)
MASK = np.where(RNG.random((3, 5)) < 0.7, 1.0, -1.0).astype(np.float32)
MASK[:, 0] = 1
LEFT, RIGHT = random(2, 3, 4, 5), random(2, 5, 4, 6)


def attention(bias: np.ndarray | float) -> np.ndarray:
    scores = QUERY @ KEY.swapaxes(-1, -2) / math.sqrt(4) + bias
    weights = np.exp(scores)
    return np.asarray(weights / weights.sum(-1, keepdims=True) @ VALUE)


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
    "einsum": (
        lambda mb, x, y: mb.einsum(values=(x, y), equation="nchw,nwhu->nchu"),
        (LEFT, RIGHT),
        np.einsum("nchw,nwhu->nchu", LEFT, RIGHT),
    ),
    "scaled_dot_product_attention": (
        lambda mb, q, k, v: mb.scaled_dot_product_attention(query=q, key=k, value=v),
        (QUERY, KEY, VALUE),
        attention(0.0),
    ),
    "attention with a bias": (
        lambda mb, q, k, v, m: mb.scaled_dot_product_attention(
            query=q, key=k, value=v, attn_mask=m
        ),
        (QUERY, KEY, VALUE, MASK),
        attention(MASK),
    ),
    "attention with a mask": (
        lambda mb, q, k, v, m: mb.scaled_dot_product_attention(
            query=q, key=k, value=v, attn_mask=mb.greater(x=m, y=0.0)
        ),
        (QUERY, KEY, VALUE, MASK),
        attention(np.where(MASK > 0, 0, -np.inf)),
    ),
}


@pytest.fixture(scope="module")
def found(evaluate_all: Any) -> Any:
    return evaluate_all(CASES)


@pytest.mark.parametrize("name", CASES)
def test_linear(name: str, found: Any, agree: Any) -> None:
    agree(found[name], *CASES[name][2:], rtol=1e-4)
