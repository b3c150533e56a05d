"""The attention that patches receive inside a vision tower, and their keys."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch import Tensor


@contextmanager
def observed(unit: Any) -> Iterator[list[Tensor]]:
    """Collect the input rows of a layer's self-attention while the tower runs."""
    rows: list[Tensor] = []

    def keep(_: Any, inputs: tuple[Tensor, ...], named: dict[str, Tensor]) -> None:
        rows.append(inputs[0] if inputs else named["hidden_states"])

    handle = unit.register_forward_pre_hook(keep, with_kwargs=True)
    try:
        yield rows
    finally:
        handle.remove()


def tower_salience(unit: Any, rows: Tensor, *, by_class: bool) -> tuple[Tensor, Tensor]:
    """Return the attention f32 (b,n) that rows receive in a layer of a tower, and keys (b,n,d).

    unit: its self-attention; rows: f32 (b,n,d), its input; by_class: from the first row, CLIP's
    class token, which is left out of the results; otherwise from all rows.
    """
    count, heads = rows.shape[1], unit.num_heads
    key = unit.k_proj(rows)
    query = unit.q_proj(rows[:, :1] if by_class else rows)
    q, k = (each.unflatten(-1, (heads, -1)).transpose(1, 2) for each in (query, key))
    weights = (q @ k.transpose(2, 3) * unit.scale).softmax(-1).mean((1, 2))
    skipped = int(by_class)
    return weights[:, skipped:count], key[:, skipped:]
