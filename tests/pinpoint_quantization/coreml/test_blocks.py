"""Integers for Core ML: what lies on their grid stays, and scales have a place for each block."""

from __future__ import annotations

import numpy as np
import pytest

from pinpoint_edge.errors import OptionError
from pinpoint_quantization.coreml.blocks import Integers, to_integers
from pinpoint_quantization.recipe import StageRecipe

RNG = np.random.default_rng(0)


def on_grid(rows: int, columns: int, top: int, block: int = 32) -> np.ndarray:
    """Weights f32 that are a float16 scale a block times integers, the largest among them."""
    scales = (RNG.random((rows, columns // block, 1)) * 0.03 + 0.001).astype(np.float16)
    integers = RNG.integers(-top, top + 1, (rows, columns // block, block))
    integers[..., 5] = top * RNG.choice([-1, 1], integers.shape[:2])
    return (integers * scales.astype(np.float32)).reshape(rows, columns).astype(np.float32)


def expanded(stored: Integers) -> np.ndarray:
    data = stored.data.astype(np.float32)
    for axis, count in enumerate(stored.scales.shape):
        assert data.shape[axis] % count == 0
    repeats = [have // count for have, count in zip(data.shape, stored.scales.shape, strict=True)]

    def spread(values: np.ndarray) -> np.ndarray:
        for axis, times in enumerate(repeats):
            values = values.repeat(times, axis)
        return values

    offsets = 0 if stored.offsets is None else spread(stored.offsets.astype(np.float32))
    return (data - offsets) * spread(stored.scales)


@pytest.mark.parametrize(("kind", "top"), [("int4", 7), ("int8", 127)])
def test_weights_on_the_grid_are_kept_to_the_bit(kind: str, top: int) -> None:
    weights = on_grid(24, 96, top)
    stored = to_integers(weights, kind, StageRecipe(kind), "here")
    np.testing.assert_array_equal(expanded(stored), weights)
    assert abs(stored.data).max() == top
    assert stored.offsets is None
    scales = stored.scales
    np.testing.assert_array_equal(scales.astype(np.float16).astype(np.float32), scales)
    bits = {"int4": 4, "int8": 8}[kind]
    assert stored.size(np.float16) == 24 * 96 * bits // 8 + 24 * 3 * 2


@pytest.mark.parametrize(
    ("shape", "granularity", "scales", "least_db"),
    [
        ((40, 64), "channel", (40, 1), 40),
        ((40, 64), "tensor", (1, 1), 34),
        ((40, 64), "block", (40, 2), 42),
        ((40, 6, 3, 3), "channel", (40, 1, 1, 1), 40),
        ((40, 1, 3, 3), "tensor", (1, 1, 1, 1), 34),
        ((40, 64, 1, 1), "block", (40, 2, 1, 1), 42),
    ],
)
@pytest.mark.parametrize("symmetric", [True, False])
def test_each_granularity(
    shape: tuple[int, ...],
    granularity: str,
    scales: tuple[int, ...],
    least_db: float,
    symmetric: bool,
) -> None:
    weights = RNG.normal(size=shape).astype(np.float32)
    recipe = StageRecipe("int8", symmetric=symmetric, granularity=granularity)
    stored = to_integers(weights, "int8", recipe, "here")
    assert stored.scales.shape == scales
    assert (stored.offsets is None) == symmetric
    noise = np.square(expanded(stored) - weights).sum() / np.square(weights).sum()
    assert -10 * np.log10(noise) > least_db


def test_odd_rows_of_halves() -> None:
    """Rows of 27 weights do not fill their last byte."""
    weights = RNG.normal(size=(16, 3, 3, 3)).astype(np.float32)
    stored = to_integers(weights, "int4", StageRecipe("int4", granularity="channel"), "here")
    assert np.abs(expanded(stored) - weights).max() <= stored.scales.max() * 0.51


def test_what_cannot_be_cut_is_said() -> None:
    with pytest.raises(OptionError, match="here: its rows of 40 weights cannot be cut"):
        to_integers(np.ones((4, 40), np.float32), "int8", StageRecipe("int8"), "here")
    with pytest.raises(OptionError, match=r"here: its windows of 3 x 3 .* choose granularity"):
        to_integers(np.ones((4, 32, 3, 3), np.float32), "int8", StageRecipe("int8"), "here")
