from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pinpoint_runtimes import SessionError

X = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
DATA = np.array([[1.0, 2.0, 4.0], [8.0, 16.0, 32.0]], np.float32)
PICK = np.array([[2, 0], [1, 1]], np.int32)
PAIRS = np.array([[0, 2], [1, 0]], np.int32)
CHANGE = np.array([[3.0, 5.0], [2.0, 4.0]], np.float32)
MODES: dict[str, Any] = {
    "update": lambda old, new: new,
    "add": lambda old, new: old + new,
    "sub": lambda old, new: old - new,
    "mul": lambda old, new: old * new,
    "div": lambda old, new: old / new,
    "max": max,
    "min": min,
}


def put(mode: str, places: list[tuple[Any, float]]) -> np.ndarray:
    out = DATA.copy()
    for place, value in places:
        out[place] = MODES[mode](out[place], value)
    return out


def scattered(mode: str) -> dict[str, tuple[Any, ...]]:
    """Each way to put values, in one mode; elements that are put twice only where order is moot."""
    along = PICK if mode != "update" else np.array([[2, 0], [1, 0]], np.int32)
    columns = np.array([2, 0], np.int32)
    pairs = [((0, 2), 3.0), ((1, 0), 5.0)]
    return {
        f"scatter {mode}": (
            lambda mb, x, i, u: mb.scatter(data=x, indices=i, updates=u, axis=1, mode=mode),
            (DATA, columns, CHANGE),
            put(mode, [((r, columns[c]), CHANGE[r, c]) for r in (0, 1) for c in (0, 1)]),
        ),
        f"scatter_along_axis {mode}": (
            lambda mb, x, i, u: mb.scatter_along_axis(
                data=x, indices=i, updates=u, axis=1, mode=mode
            ),
            (DATA, along, CHANGE),
            put(mode, [((r, along[r, c]), CHANGE[r, c]) for r in (0, 1) for c in (0, 1)]),
        ),
        f"scatter_nd {mode}": (
            lambda mb, x, i, u: mb.scatter_nd(data=x, indices=i, updates=u, mode=mode),
            (DATA, PAIRS, np.array([3.0, 5.0], np.float32)),
            put(mode, pairs),
        ),
    }


CASES: dict[str, tuple[Any, ...]] = {
    "gather": (
        lambda mb, x, i: mb.gather(x=x, indices=i, axis=1),
        (X, PICK),
        X.take(PICK, 1),
    ),
    "gather in batches": (
        lambda mb, x, i: mb.gather(x=x, indices=i, axis=2, batch_dims=1),
        (X, PICK),
        np.stack([X[0].take(PICK[0], 1), X[1].take(PICK[1], 1)]),
    ),
    "gather_along_axis": (
        lambda mb, x, i: mb.gather_along_axis(x=x, indices=i, axis=1),
        (DATA, PICK),
        np.take_along_axis(DATA, PICK, 1),
    ),
    "gather_nd": (
        lambda mb, x, i: mb.gather_nd(x=x, indices=i),
        (X, PAIRS),
        np.stack([X[0, 2], X[1, 0]]),
    ),
    "gather_nd in batches": (
        lambda mb, x, i: mb.gather_nd(x=x, indices=i, batch_dims=1),
        (X, np.array([[[2, 3]], [[0, 1]]], np.int32)),
        [[X[0, 2, 3]], [X[1, 0, 1]]],
    ),
    "scatter_nd of rows": (
        lambda mb, x, i, u: mb.scatter_nd(data=x, indices=i, updates=u, mode="update"),
        (DATA, np.array([[1]], np.int32), np.array([[7.0, 7.0, 7.0]], np.float32)),
        [[1.0, 2.0, 4.0], [7.0, 7.0, 7.0]],
    ),
}
for _mode in MODES:
    CASES |= scattered(_mode)


@pytest.fixture(scope="module")
def found(evaluate_all: Any) -> Any:
    return evaluate_all(CASES)


@pytest.mark.parametrize("name", CASES)
def test_scatter_gather(name: str, found: Any, agree: Any) -> None:
    agree(found[name], *CASES[name][2:])


def test_before_ios_17_negative_indices_count_from_the_end(evaluate: Any, agree: Any) -> None:
    def build(mb: Any, x: Any, i: Any) -> Any:
        return mb.gather(x=x, indices=i, axis=1)

    indices = np.array([-1, 0], np.int32)
    agree(evaluate(build, X, indices, target="iOS16"), X.take([-1, 0], 1))
    with pytest.raises(SessionError, match=r"gather .* index -1 lies outside 0\.\.2"):
        evaluate(build, X, indices)


def test_an_index_out_of_bounds_is_an_error_never_memory(evaluate: Any) -> None:
    with pytest.raises(SessionError, match=r"scatter_nd .* index 3 lies outside 0\.\.2"):
        evaluate(
            lambda mb, x, i, u: mb.scatter_nd(data=x, indices=i, updates=u, mode="update"),
            DATA,
            np.array([[0, 3]], np.int32),
            np.array([1.0], np.float32),
        )
