from __future__ import annotations

from typing import Any

import numpy as np
import pytest

X = np.random.default_rng(2).standard_normal((1, 2, 5, 7)).astype(np.float32) - 1
NOTHING = np.nan


def windows(pads: tuple[tuple[int, int], tuple[int, int]], size: int, stride: int) -> np.ndarray:
    """All windows as the last axis, what was padded being NaN."""
    padded = np.pad(X, ((0, 0), (0, 0), *pads), constant_values=NOTHING)
    view = np.lib.stride_tricks.sliding_window_view(padded, (size, size), axis=(2, 3))
    return view[:, :, ::stride, ::stride].reshape(*view[:, :, ::stride, ::stride].shape[:4], -1)


EVEN, UNEVEN = windows(((1, 1), (1, 1)), 3, 2), windows(((0, 1), (0, 2)), 3, 1)
BARE = windows(((0, 0), (0, 0)), 2, 2)
TO_THE_END = windows(((0, 1), (0, 1)), 2, 2)
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
    "max_pool ceil": (
        lambda mb, x: mb.max_pool(
            x=x, kernel_sizes=[2, 2], strides=[2, 2], pad_type="valid", ceil_mode=True
        ),
        (X,),
        np.nanmax(TO_THE_END, -1),
    ),
    "avg_pool": (
        lambda mb, x: mb.avg_pool(
            x=x, kernel_sizes=[3, 3], strides=[2, 2], pad_type="custom", pad=[1, 1, 1, 1]
        ),
        (X,),
        np.nansum(EVEN, -1) / 9,
    ),
    "avg_pool of what is there": (
        lambda mb, x: mb.avg_pool(
            x=x,
            kernel_sizes=[3, 3],
            strides=[2, 2],
            pad_type="custom",
            pad=[1, 1, 1, 1],
            exclude_padding_from_average=True,
        ),
        (X,),
        np.nanmean(EVEN, -1),
    ),
    "avg_pool unevenly padded": (
        lambda mb, x: mb.avg_pool(
            x=x,
            kernel_sizes=[3, 3],
            strides=[1, 1],
            pad_type="custom",
            pad=[0, 1, 0, 2],
            exclude_padding_from_average=True,
        ),
        (X,),
        np.nanmean(UNEVEN, -1),
    ),
    "l2_pool": (
        lambda mb, x: mb.l2_pool(x=x, kernel_sizes=[2, 2], strides=[2, 2], pad_type="valid"),
        (X,),
        np.sqrt((BARE**2).sum(-1)),
    ),
}


@pytest.fixture(scope="module")
def found(evaluate_all: Any) -> Any:
    return evaluate_all(CASES)


@pytest.mark.parametrize("name", CASES)
def test_pool(name: str, found: Any, agree: Any) -> None:
    agree(found[name], *CASES[name][2:], rtol=2e-5)
