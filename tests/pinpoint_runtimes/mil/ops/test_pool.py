from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pinpoint_runtimes import SessionError

X = np.random.default_rng(2).standard_normal((1, 2, 5, 7)).astype(np.float32) - 1
NOTHING = np.nan


def windows(pads: tuple[tuple[int, int], tuple[int, int]], size: int, stride: int) -> np.ndarray:
    """All windows as the last axis, what was padded being NaN."""
    padded = np.pad(X, ((0, 0), (0, 0), *pads), constant_values=NOTHING)
    view = np.lib.stride_tricks.sliding_window_view(padded, (size, size), axis=(2, 3))
    return view[:, :, ::stride, ::stride].reshape(*view[:, :, ::stride, ::stride].shape[:4], -1)


EVEN, UNEVEN = windows(((1, 1), (1, 1)), 3, 2), windows(((0, 1), (0, 2)), 3, 1)
CASES: dict[str, tuple[Any, ...]] = {
    "max_pool": (
        lambda mb, x: mb.max_pool(
            x=x, kernel_sizes=[3, 3], strides=[2, 2], pad_type="custom", pad=[1, 1, 1, 1]
        ),
        (X,),
        np.nanmax(EVEN, -1),
    ),
    "max_pool unevenly padded": (
        lambda mb, x: mb.max_pool(
            x=x, kernel_sizes=[3, 3], strides=[1, 1], pad_type="custom", pad=[0, 1, 0, 2]
        ),
        (X,),
        np.nanmax(UNEVEN, -1),
    ),
    "avg_pool": (
        lambda mb, x: mb.avg_pool(
            x=x, kernel_sizes=[3, 3], strides=[2, 2], pad_type="custom", pad=[1, 1, 1, 1]
        ),
        (X,),
        np.nansum(EVEN, -1) / 9,
    ),
    "avg_pool unevenly padded": (
        lambda mb, x: mb.avg_pool(
            x=x,
            kernel_sizes=[3, 3],
            strides=[1, 1],
            pad_type="custom",
            pad=[0, 1, 0, 2],
        ),
        (X,),
        np.nansum(UNEVEN, -1) / 9,
    ),
}


@pytest.fixture(scope="module")
def found(evaluate_all: Any) -> Any:
    return evaluate_all(CASES)


@pytest.mark.parametrize("name", CASES)
def test_pool(name: str, found: Any, agree: Any) -> None:
    agree(found[name], *CASES[name][2:], rtol=2e-5)


@pytest.mark.parametrize(
    ("reason", "pool", "how"),
    [
        ("ceil_mode", "max_pool", {"pad_type": "valid", "ceil_mode": True}),
        (
            "leaves padding out",
            "avg_pool",
            {"pad_type": "custom", "pad": [1] * 4, "exclude_padding_from_average": True},
        ),
    ],
)
def test_other_forms_are_refused(reason: str, pool: str, how: Any, evaluate: Any) -> None:
    with pytest.raises(SessionError, match=reason):
        evaluate(lambda mb, x: getattr(mb, pool)(x=x, kernel_sizes=[2, 2], **how), X)
