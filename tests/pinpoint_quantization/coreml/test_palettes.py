"""Palettes: tables that lie as near to the weights as tables of their size can."""

from __future__ import annotations

import numpy as np
import pytest

from pinpoint_quantization.coreml.palettes import SERVES, means, nearest, to_palette

RNG = np.random.default_rng(0)


def best_error(values: np.ndarray, count: int) -> float:
    """The least squared error of any table: by dynamic programming over the sorted line."""
    line = np.sort(values)
    sums = np.concatenate([[0.0], np.cumsum(line)])
    squares = np.concatenate([[0.0], np.cumsum(line**2)])
    number = len(line)
    begin, end = np.arange(number)[:, None], np.arange(1, number + 1)[None]
    size = np.maximum(end - begin, 1)
    cost = squares[end] - squares[begin] - (sums[end] - sums[begin]) ** 2 / size
    cost = np.where(end > begin, cost, np.inf)
    best = cost[0]
    for _ in range(count - 1):
        before = np.concatenate([[np.inf], best[:-1]])
        best = np.minimum(best, (before[:, None] + cost).min(0))
    return float(best[-1])


@pytest.mark.parametrize("name", ["normal", "heavy tails", "two heaps"])
def test_tables_are_nearly_the_best_there_are(name: str) -> None:
    values = {
        "normal": RNG.normal(size=400),
        "heavy tails": RNG.standard_t(3, size=400),
        "two heaps": np.concatenate([RNG.normal(-5, 0.1, 200), RNG.normal(5, 0.1, 200)]),
    }[name]
    table = means(values, 16)
    assert (np.diff(table) >= 0).all()
    found = np.square(values - table[nearest(values, table)]).sum()
    assert found <= 1.15 * best_error(values, 16)


def test_weights_of_few_values_are_kept_exactly() -> None:
    few = np.float32([-0.5, -0.25, 0.0, 0.125, 2.0])
    weight = few[RNG.integers(0, 5, (32, 40))]
    palette = to_palette(weight, "palette4")
    assert palette.places.dtype == np.uint8
    assert palette.places.max() < 16
    np.testing.assert_array_equal(palette.dequantize(), weight)


@pytest.mark.parametrize(
    ("shape", "kind", "groups"),
    [
        ((64, 128), "palette4", 16),  # 4 rows of 128: 256 bytes beside 32
        ((64, 128), "palette6", 4),
        ((6906, 80), "palette6", 6),  # a prime in it: 1,151 rows a table
        ((48, 12, 1, 1), "palette6", 1),  # too few places for any table
        ((96, 1, 3, 3), "palette4", 1),
    ],
)
def test_a_table_is_shared_by_enough_rows(shape: tuple[int, ...], kind: str, groups: int) -> None:
    weight = RNG.normal(size=shape).astype(np.float32)
    palette = to_palette(weight, kind)
    assert palette.places.shape == shape
    assert len(palette.tables) == groups
    places = weight.size * palette.bits / 8
    tables = palette.size(np.float16) - places
    assert groups == 1 or tables <= places / SERVES
    noise = np.square(palette.dequantize() - weight).sum() / np.square(weight).sum()
    assert -10 * np.log10(noise) > {"palette4": 19, "palette6": 29}[kind]


def test_weights_that_are_all_alike() -> None:
    palette = to_palette(np.full((16, 64), 0.5, np.float32), "palette4")
    np.testing.assert_array_equal(palette.dequantize(), 0.5)
    np.testing.assert_array_equal(to_palette(np.zeros((4, 64)), "palette6").dequantize(), 0)
