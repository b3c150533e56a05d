"""Palettes: weights as indices into tables of values, which Core ML looks up when it loads.

Neighbouring rows share a table. Its values are the k-means of their weights (Lloyd 1982), computed
on the sorted weights, where a cluster is an interval and its mean a difference of running sums:
that takes seconds, coremltools' own palettes take minutes. Rows have no scales: for iOS 18
coremltools would turn a table with scales into a table for each row, which is as large as the
indices.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinpoint_quantization.recipe import PALETTE_BITS

Array = NDArray[Any]

SHORTEST = 16
"""Weights of a row; shorter rows, of depthwise convolutions, stay float: few and sensitive."""
SERVES = 8
"""Bytes of the indices for each byte of their table, at least."""
ROUNDS = 100
SETTLED = 1e-6  # share of the range that a value may still move


@dataclass(frozen=True)
class Palette:
    """The palette of a weight.

    Attributes:
        places: u8, of the weight's shape: indices into the table of a row's group.
        tables: f32 (groups, 2 ** bits); groups of rows have equal sizes.
        bits: 6 or 4.
    """

    places: Array
    tables: Array
    bits: int

    def size(self, dtype: Any) -> int:
        """Return the bytes in a package, with tables of a float type."""
        places = (self.places.size * self.bits + 7) // 8
        return int(places + self.tables.size * np.dtype(dtype).itemsize)

    def dequantize(self) -> Array:
        """Return the weight that the palette represents: f32, of its shape."""
        rows = self.places.reshape(len(self.tables), -1).astype(np.int64)
        return np.take_along_axis(self.tables, rows, 1).reshape(self.places.shape)

    def insert(self, operation: Any, dtype: Any) -> Any:
        """Put a `constexpr_lut_to_dense` of a float type before an operation."""
        from coremltools.converters.mil import Builder as mb
        from coremltools.converters.mil.mil import types

        kept = types.nptype_from_builtin(getattr(types, f"uint{self.bits}"))
        groups, values = self.tables.shape
        ones = [1] * (self.places.ndim - 1)
        return mb.constexpr_lut_to_dense(
            indices=self.places.astype(kept),
            lut=self.tables.reshape(groups, *ones, values, 1).astype(dtype),
            before_op=operation,
            name=f"{operation.name}_palette",
        )


def to_palette(values: Array, kind: str) -> Palette:
    """Give a weight f32 (N, ...) a table for each group of rows."""
    bits = PALETTE_BITS[kind]
    rows = values.reshape(len(values), -1).astype(np.float64)
    groups = len(rows) // _rows_of_a_table(*rows.shape, bits)
    tables = [means(part.ravel(), 1 << bits) for part in np.split(rows, groups)]
    places = [
        nearest(part.ravel(), table)
        for part, table in zip(np.split(rows, groups), tables, strict=True)
    ]
    return Palette(
        np.concatenate(places).astype(np.uint8).reshape(values.shape),
        np.stack(tables).astype(np.float32),
        bits,
    )


def _rows_of_a_table(rows: int, columns: int, bits: int) -> int:
    """Return the fewest rows of a group whose indices are large enough beside a table."""
    table = (1 << bits) * 16  # bits, of float16
    enough = SERVES * table / (columns * bits)
    dividing = (count for count in range(1, rows) if rows % count == 0)
    return next((count for count in dividing if count >= enough), rows)


def nearest(values: Array, table: Array) -> Array:
    """Return the index of the nearest value in a rising table, for each of f64 (n,)."""
    places: Array = np.searchsorted((table[1:] + table[:-1]) / 2, values)
    return places


def means(values: Array, count: int) -> Array:
    """Return `count` rising values, the k-means of f64 (n,)."""
    line = np.sort(values)
    sums = np.concatenate([[0.0], np.cumsum(line)])
    edges = _start(line, sums, count)
    table: Array = line[np.minimum(edges[:-1], len(line) - 1)]
    for _ in range(ROUNDS):
        sizes = np.diff(edges)
        # A value without weights does not move.
        moved = np.where(sizes > 0, np.diff(sums[edges]) / np.maximum(sizes, 1), table)
        settled = np.abs(moved - table).max() <= SETTLED * (line[-1] - line[0])
        table = moved
        if settled:
            break
        cuts = np.searchsorted(line, (table[1:] + table[:-1]) / 2)
        edges = np.concatenate([[0], cuts, [len(line)]])
    return table


def _start(line: Array, sums: Array, count: int) -> Array:
    """Cut a sorted line into `count` intervals: i64 (count + 1,), the best among some cuts.

    Lloyd's method ends near its start. The cuts are those into equal shares, which divide the many
    small weights, and those into equal lengths, which divide the few large ones.
    """
    shares = np.linspace(0, len(line), 2 * count + 1).astype(np.int64)
    lengths = np.searchsorted(line, np.linspace(line[0], line[-1], 2 * count + 1))
    places = np.unique(np.concatenate([shares, lengths]))
    squares = np.concatenate([[0.0], np.cumsum(line**2)])
    sizes = places[None] - places[:, None]
    within = squares[places][None] - squares[places][:, None]
    within -= np.square(sums[places][None] - sums[places][:, None]) / np.maximum(sizes, 1)
    cost = np.where(sizes > 0, within, np.where(sizes == 0, 0.0, np.inf))  # from a place to another
    best, cuts = cost[0], []
    for _ in range(count - 1):
        ways = best[:, None] + cost
        cuts.append(ways.argmin(0))
        best = ways.min(0)
    at = len(places) - 1
    chosen = [at]
    for cut in reversed(cuts):
        at = int(cut[at])
        chosen.append(at)
    edges: Array = places[[0, *reversed(chosen)]]
    return edges
