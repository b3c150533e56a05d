from __future__ import annotations

from typing import Any

import numpy as np
import pytest

S = np.linspace(0.5, 3, 24, dtype=np.float32).reshape(2, 3, 4)
S *= np.where(np.arange(24) % 2, 1, -1).astype(np.float32).reshape(2, 3, 4)
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
}


@pytest.fixture(scope="module")
def found(evaluate_all: Any) -> Any:
    return evaluate_all(CASES)


@pytest.mark.parametrize("name", CASES)
def test_reduction(name: str, found: Any, agree: Any) -> None:
    agree(found[name], *CASES[name][2:])
