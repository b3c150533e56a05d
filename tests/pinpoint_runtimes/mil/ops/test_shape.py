from __future__ import annotations

from typing import Any

import numpy as np
import pytest

X = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
ROW = np.arange(8, dtype=np.float32)
REVERSED = X.copy()
REVERSED[0, :2], REVERSED[1, :3] = X[0, 1::-1], X[1, ::-1]
UPDATED = X.copy()
UPDATED[:, 1:3, ::2] = -1
COLUMN = X.copy()
COLUMN[:, 1, :] = -1
CASES: dict[str, tuple[Any, ...]] = {
    "reshape": (lambda mb, x: mb.reshape(x=x, shape=[4, -1]), (X,), X.reshape(4, 6)),
    "reshape keeping sizes": (
        lambda mb, x: mb.reshape(x=x, shape=[1, -1, 0]),
        (X,),
        X.reshape(1, 6, 4),
    ),
    "transpose": (lambda mb, x: mb.transpose(x=x, perm=[2, 0, 1]), (X,), X.transpose(2, 0, 1)),
    "expand_dims": (
        lambda mb, x: mb.expand_dims(x=x, axes=[0, -1]),
        (X,),
        X[None, ..., None],
    ),
    "squeeze": (lambda mb, x: mb.squeeze(x=x, axes=[0]), (X[None, :, :1],), X[:, :1]),
    "concat": (
        lambda mb, x, y: mb.concat(values=(x, y), axis=1),
        (X, -X),
        np.concatenate([X, -X], 1),
    ),
    "concat interleaved": (
        lambda mb, x, y: mb.concat(values=(x, y), axis=0, interleave=True),
        (X, -X),
        np.stack([X[0], -X[0], X[1], -X[1]]),
    ),
    "stack": (lambda mb, x, y: mb.stack(values=(x, y), axis=1), (X, -X), np.stack([X, -X], 1)),
    "split": (
        lambda mb, x: mb.split(x=x, axis=2, split_sizes=[1, 3]),
        (X,),
        X[..., :1],
        X[..., 1:],
    ),
    "split evenly": (lambda mb, x: mb.split(x=x, axis=0, num_splits=2), (X,), X[:1], X[1:]),
    "slice_by_index": (
        lambda mb, x: mb.slice_by_index(
            x=x,
            begin=[1, 0, -2],
            end=[0, 2, 0],
            stride=[1, 1, 1],
            begin_mask=[False, True, False],
            end_mask=[False, False, True],
            squeeze_mask=[True, False, False],
        ),
        (X,),
        X[1, :2, -2:],
    ),
    "slice_by_index backwards": (
        lambda mb, x: mb.slice_by_index(x=x, begin=[6], end=[1], stride=[-2]),
        (ROW,),
        ROW[6:1:-2],
    ),
    "slice_update": (
        lambda mb, x, y: mb.slice_update(
            x=x,
            update=y,
            begin=[0, 1, 0],
            end=[0, 3, 4],
            stride=[1, 1, 2],
            end_mask=[True, False, False],
        ),
        (X, np.full((2, 2, 2), -1, np.float32)),
        UPDATED,
    ),
    "slice_update of an index": (
        lambda mb, x, y: mb.slice_update(
            x=x,
            update=y,
            begin=[0, 1, 0],
            end=[2, 2, 4],
            squeeze_mask=[False, True, False],
        ),
        (X, np.full((2, 4), -1, np.float32)),
        COLUMN,
    ),
    "shape": (lambda mb, x: mb.shape(x=x), (X,), [2, 3, 4]),
}


@pytest.fixture(scope="module")
def found(evaluate_all: Any) -> Any:
    return evaluate_all(CASES)


@pytest.mark.parametrize("name", CASES)
def test_shape(name: str, found: Any, agree: Any) -> None:
    agree(found[name], *CASES[name][2:])
