"""Rows cut into runs of fixed sizes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinpoint_runtimes.chunks import FILL_FROM, chunks

VOCABULARY, WIDTH, SIZES = 100, 3, (1, 64)


def cut(count: int, free: int, visual_count: int = 7, seed: int = 0):
    generator = np.random.default_rng(seed)
    ids = generator.integers(0, VOCABULARY + visual_count, count).astype(np.int32)
    visual = generator.normal(size=(visual_count, WIDTH)).astype(np.float32)
    made = list(chunks(ids, visual, vocabulary=VOCABULARY, sizes=SIZES, free=free))
    return ids, visual, made


@given(st.integers(1, 300), st.integers(0, 100), st.integers(0, 9))
def test_the_valid_rows_are_the_ids_in_order_and_every_run_fits(count, spare, seed):
    ids, visual, made = cut(count, count + spare, seed=seed)
    embedded, used = [], 0
    for chunk in made:
        assert chunk.size in SIZES
        assert used + chunk.size <= count + spare
        assert chunk.visual.shape == (chunk.size, WIDTH)
        for row in chunk.ids[0, : chunk.valid]:
            text = row < VOCABULARY
            embedded.append(int(row) if text else tuple(chunk.visual[row - VOCABULARY]))
        used += chunk.valid
    expected = [int(i) if i < VOCABULARY else tuple(visual[i - VOCABULARY]) for i in ids]
    assert embedded == expected


@pytest.mark.parametrize(
    ("count", "free", "expected"),
    [
        (1, 500, [1]),
        (FILL_FROM - 1, 500, [1] * (FILL_FROM - 1)),
        (FILL_FROM, 500, [64]),
        (64, 64, [64]),
        (130, 500, [64, 64, 1, 1]),
        (140, 500, [64, 64, 64]),
        (10, 20, [1] * 10),  # a filled-up run would not fit
    ],
)
def test_short_ends_are_single_steps_and_longer_ones_filled_up(count, free, expected):
    assert [chunk.size for chunk in cut(count, free)[2]] == expected
