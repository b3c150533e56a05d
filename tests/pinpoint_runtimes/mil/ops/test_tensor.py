from __future__ import annotations

from typing import Any

import numpy as np
import pytest

X = np.array([[3.0, 1.0, 2.0, 5.0], [0.0, 7.0, -1.0, 4.0]], np.float32)
SQUARE = np.arange(1, 17, dtype=np.float32).reshape(4, 4)
CASES: dict[str, tuple[Any, ...]] = {
    "fill": (
        lambda mb, x: mb.fill(shape=mb.shape(x=x), value=np.float32(1.5)),
        (X,),
        np.full((2, 4), 1.5),
    ),
    "fill_like": (
        lambda mb, x: mb.fill_like(ref_tensor=x, value=np.int32(3)),
        (X,),
        np.full((2, 4), 3),
    ),
    "range_1d": (
        lambda mb, x: mb.range_1d(start=2, end=mb.squeeze(x=x), step=3),
        (np.array([10], np.int32),),
        [2, 5, 8],
    ),
    "range_1d of fractions": (
        lambda mb, x: mb.range_1d(start=0.5, end=mb.squeeze(x=x), step=0.25),
        (np.array([1.25], np.float32),),
        [0.5, 0.75, 1.0],
    ),
    "tile": (lambda mb, x: mb.tile(x=x, reps=[2, 1]), (X,), np.tile(X, (2, 1))),
    "pad": (
        lambda mb, x: mb.pad(x=x, pad=[1, 2], mode="constant", constant_val=9.0),
        (X,),
        np.pad(X, ((0, 0), (1, 2)), constant_values=9),
    ),
    "pad all axes": (
        lambda mb, x: mb.pad(x=x, pad=[1, 0, 0, 2], mode="constant", constant_val=0.0),
        (X,),
        np.pad(X, ((1, 0), (0, 2))),
    ),
    "pad reflecting": (
        lambda mb, x: mb.pad(x=x, pad=[0, 0, 1, 2], mode="reflect"),
        (X,),
        np.pad(X, ((0, 0), (1, 2)), mode="reflect"),
    ),
    "pad replicating": (
        lambda mb, x: mb.pad(x=x, pad=[1, 0, 1, 2], mode="replicate"),
        (X,),
        np.pad(X, ((1, 0), (1, 2)), mode="edge"),
    ),
    "topk": (
        lambda mb, x: mb.topk(x=x, k=2, axis=1),
        (X,),
        [[5.0, 3.0], [7.0, 4.0]],
        [[3, 0], [1, 3]],
    ),
    "topk ascending": (
        lambda mb, x: mb.topk(x=x, k=1, axis=0, ascending=True),
        (X,),
        [[0.0, 1.0, -1.0, 4.0]],
        [[1, 0, 1, 1]],
    ),
    "argsort": (lambda mb, x: mb.argsort(x=x, axis=1), (X,), np.argsort(-X, 1)),
    "argsort ascending": (
        lambda mb, x: mb.argsort(x=x, axis=0, ascending=True),
        (X,),
        np.argsort(X, 0),
    ),
    "cumsum": (lambda mb, x: mb.cumsum(x=x, axis=1), (X,), X.cumsum(1)),
    "cumsum of what precedes": (
        lambda mb, x: mb.cumsum(x=x, axis=1, exclusive=True),
        (X,),
        X.cumsum(1) - X,
    ),
    "cumsum from the end": (
        lambda mb, x: mb.cumsum(x=x, axis=1, reverse=True),
        (X,),
        X[:, ::-1].cumsum(1)[:, ::-1],
    ),
    "band_part": (
        lambda mb, x: mb.band_part(x=x, lower=1, upper=0),
        (SQUARE,),
        np.tril(SQUARE) - np.tril(SQUARE, -2),
    ),
    "band_part above": (
        lambda mb, x: mb.band_part(x=x, lower=0, upper=-1),
        (SQUARE,),
        np.triu(SQUARE),
    ),
    "one_hot": (
        lambda mb, x: mb.one_hot(
            indices=x, one_hot_vector_size=3, axis=0, on_value=2.0, off_value=-1.0
        ),
        (np.array([2, 0], np.int32),),
        [[-1.0, 2.0], [-1.0, -1.0], [2.0, -1.0]],
    ),
    "non_zero": (
        lambda mb, x: mb.non_zero(x=x),
        (np.array([[0.0, 2.0], [3.0, 0.0]], np.float32),),
        [[0, 1], [1, 0]],
    ),
}


@pytest.fixture(scope="module")
def found(evaluate_all: Any) -> Any:
    return evaluate_all(CASES)


@pytest.mark.parametrize("name", CASES)
def test_tensor(name: str, found: Any, agree: Any) -> None:
    agree(found[name], *CASES[name][2:])
