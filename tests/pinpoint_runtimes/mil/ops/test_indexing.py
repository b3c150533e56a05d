from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pinpoint_runtimes import SessionError

X = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
PICK = np.array([[2, 0], [1, 1]], np.int32)
ROWS = np.array([[3.0, 1.0, 2.0, 5.0], [0.0, 7.0, -1.0, 4.0]], np.float32)
MAP = np.arange(24, dtype=np.float32).reshape(1, 4, 2, 3) ** 1.5
CASES: dict[str, tuple[Any, ...]] = {
    "gather": (
        lambda mb, x, i: mb.gather(x=x, indices=i, axis=1),
        (X, PICK),
        X.take(PICK, 1),
    ),
    "topk": (
        lambda mb, x: mb.topk(x=x, k=2, axis=1),
        (ROWS,),
        [[5.0, 3.0], [7.0, 4.0]],
        [[3, 0], [1, 3]],
    ),
    "topk ascending": (
        lambda mb, x: mb.topk(x=x, k=1, axis=0, ascending=True),
        (ROWS,),
        [[0.0, 1.0, -1.0, 4.0]],
        [[1, 0, 1, 1]],
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
    "pad": (
        lambda mb, x: mb.pad(x=x, pad=[1, 2], mode="constant", constant_val=9.0),
        (ROWS,),
        np.pad(ROWS, ((0, 0), (1, 2)), constant_values=9),
    ),
    "pad all axes": (
        lambda mb, x: mb.pad(x=x, pad=[1, 0, 0, 2], mode="constant", constant_val=0.0),
        (ROWS,),
        np.pad(ROWS, ((1, 0), (0, 2))),
    ),
    "upsample_nearest_neighbor": (
        lambda mb, x: mb.upsample_nearest_neighbor(
            x=x, scale_factor_height=2, scale_factor_width=3
        ),
        (MAP,),
        MAP.repeat(2, -2).repeat(3, -1),
    ),
}


@pytest.fixture(scope="module")
def found(evaluate_all: Any) -> Any:
    return evaluate_all(CASES)


@pytest.mark.parametrize("name", CASES)
def test_indexing(name: str, found: Any, agree: Any) -> None:
    agree(found[name], *CASES[name][2:], rtol=2e-5)


def test_an_index_out_of_bounds_is_an_error_never_memory(evaluate: Any) -> None:
    def build(mb: Any, x: Any, i: Any) -> Any:
        return mb.gather(x=x, indices=i, axis=1)

    with pytest.raises(SessionError, match=r"gather .* index -1 lies outside 0\.\.2"):
        evaluate(build, X, np.array([-1, 0], np.int32))
    with pytest.raises(SessionError, match=r"gather .* index 3 lies outside 0\.\.2"):
        evaluate(build, X, np.array([0, 3], np.int32))


REFUSED: dict[str, tuple[Any, np.ndarray]] = {
    "in batches": (
        lambda mb, x: mb.gather(x=x, indices=np.zeros((2, 1), np.int32), axis=2, batch_dims=1),
        X,
    ),
    "mode reflect": (lambda mb, x: mb.pad(x=x, pad=[1, 1], mode="reflect"), X),
    "whole factors": (
        lambda mb, x: mb.upsample_nearest_neighbor(
            x=x, scale_factor_height=1.5, scale_factor_width=2.0
        ),
        MAP,
    ),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_other_forms_are_refused(reason: str, evaluate: Any) -> None:
    build, x = REFUSED[reason]
    with pytest.raises(SessionError, match=reason):
        evaluate(build, x)
