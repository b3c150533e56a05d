"""FLOPs of transformers in closed form; they equal `torch.utils.flop_counter` to the digit.

A product-sum counts two. Attention counts its full square, as kernels do without a causal path.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def linear(rows: int, inputs: int, outputs: int) -> int:
    """FLOPs of a matrix product."""
    return 2 * rows * inputs * outputs


def vision_layers(
    rows: int, attended: Sequence[int], width: int, inner: int, *, gated: bool = False
) -> int:
    """FLOPs of vision layers, one for each of `attended`.

    attended: the sum over rows of the rows that each attends to; rows² without windows.
    """
    products = 3 if gated else 2
    each = linear(rows, width, 4 * width) + products * linear(rows, width, inner)
    return sum(each + 4 * pairs * width for pairs in attended)


def prefill(config: Any, rows: Sequence[int], logits: int = 1) -> int:
    """FLOPs of a decoder-only language model's prefill.

    config: of Llama's kind. rows: how many each layer reads. logits: rows that the head scores.
    """
    width, heads = config.hidden_size, config.num_attention_heads
    head_width = getattr(config, "head_dim", None) or width // heads
    queries, keys = heads * head_width, config.num_key_value_heads * head_width
    weights = 2 * width * (queries + keys) + 3 * width * config.intermediate_size
    layers = sum(2 * n * weights + 4 * n * n * queries for n in rows)
    return int(layers + linear(logits, width, config.vocab_size))
