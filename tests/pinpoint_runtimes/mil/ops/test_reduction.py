from __future__ import annotations

from typing import Any

import numpy as np
import pytest

X = np.linspace(0.5, 3, 24, dtype=np.float32).reshape(2, 3, 4)
S = np.where(np.arange(24).reshape(2, 3, 4) % 2, X, -X)
WHOLE = np.arange(6, dtype=np.int32).reshape(2, 3)
CASES: dict[str, tuple[Any, ...]] = {
    "reduce_sum": (
        lambda mb, x: mb.reduce_sum(x=x, axes=[0, -1], keep_dims=True),
        (S,),
        S.sum((0, 2), keepdims=True),
    ),
    "reduce_sum all": (lambda mb, x: mb.reduce_sum(x=x), (S,), S.sum()),
    "reduce_sum whole": (lambda mb, x: mb.reduce_sum(x=x, axes=[1]), (WHOLE,), [3, 12]),
    "reduce_mean": (lambda mb, x: mb.reduce_mean(x=x, axes=[1]), (S,), S.mean(1)),
    "reduce_max": (lambda mb, x: mb.reduce_max(x=x, axes=[2]), (S,), S.max(2)),
    "reduce_min": (
        lambda mb, x: mb.reduce_min(x=x, axes=[0], keep_dims=True),
        (S,),
        S.min(0, keepdims=True),
    ),
    "reduce_prod": (lambda mb, x: mb.reduce_prod(x=x, axes=[0, 2]), (S,), S.prod((0, 2))),
    "reduce_sum_square": (
        lambda mb, x: mb.reduce_sum_square(x=x, axes=[2]),
        (S,),
        (S * S).sum(2),
    ),
    "reduce_l1_norm": (lambda mb, x: mb.reduce_l1_norm(x=x, axes=[1]), (S,), np.abs(S).sum(1)),
    "reduce_l2_norm": (
        lambda mb, x: mb.reduce_l2_norm(x=x, axes=[1]),
        (S,),
        np.sqrt((S * S).sum(1)),
    ),
    "reduce_log_sum": (lambda mb, x: mb.reduce_log_sum(x=x, axes=[2]), (X,), np.log(X.sum(2))),
    "reduce_log_sum_exp": (
        lambda mb, x: mb.reduce_log_sum_exp(x=x, axes=[0, 1]),
        (S,),
        np.log(np.exp(S).sum((0, 1))),
    ),
    "reduce_argmax": (
        lambda mb, x: mb.reduce_argmax(x=x, axis=1, keep_dims=True),
        (S,),
        S.argmax(1)[:, None],
    ),
    "reduce_argmax u16": (
        lambda mb, x: mb.cast(
            x=mb.reduce_argmax(x=x, axis=-1, output_dtype="uint16"), dtype="int32"
        ),
        (S,),
        S.argmax(-1),
    ),
    "reduce_argmin": (lambda mb, x: mb.reduce_argmin(x=x, axis=0), (S,), S.argmin(0)),
}


@pytest.fixture(scope="module")
def found(evaluate_all: Any) -> Any:
    return evaluate_all(CASES)


@pytest.mark.parametrize("name", CASES)
def test_reduction(name: str, found: Any, agree: Any) -> None:
    agree(found[name], *CASES[name][2:])
