"""Greedy decoding layer by layer, with a plan that may drop visual rows on the way.

Without a plan it equals the model's own `generate`. All pruning methods run in this loop.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import torch
from torch import Tensor

from pinpoint_hosts.host import Prompt

Rope = tuple[Tensor, Tensor]


@dataclass
class State:
    """What a plan sees before layer `layer`.

    rows: f32 (1,n,d) that enter it, `visual` bool (n,), rope (1,n,w) each; `before` are the rows
    and the rope of the layer before.
    """

    layers: Any
    layer: int
    rows: Tensor
    visual: Tensor
    rope: Rope
    before: tuple[Tensor, Rope] | None = None


class Plan(Protocol):
    """Which rows go on."""

    def keep(self, state: State) -> Tensor | None:
        """Return the sorted indices of the rows that enter the layer; None for all."""
        ...


@dataclass
class Decoded:
    """Generated ids, and how many rows each layer read in the prefill."""

    ids: list[int] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)


def attention(layer: Any, rows: Tensor, rope: Rope, queries: Sequence[int]) -> Tensor:
    """Return the attention weights f32 (heads,queries,n) of a layer by hand.

    The fused kernels give none.
    """
    unit = layer.self_attn
    count, device = rows.shape[1], rows.device
    at = torch.as_tensor(queries, device=device)
    x = layer.input_layernorm(rows)
    query = unit.q_proj(x[:, at]).view(1, len(at), -1, unit.head_dim).transpose(1, 2)
    key = unit.k_proj(x).view(1, count, -1, unit.head_dim).transpose(1, 2)
    rotate = sys.modules[type(unit).__module__].apply_rotary_pos_emb
    cos, sin = rope
    query, _ = rotate(query, query, cos[:, at], sin[:, at])
    key, _ = rotate(key, key, cos, sin)
    key = key.repeat_interleave(query.shape[1] // key.shape[1], 1)
    later = torch.arange(count, device=device) > at[:, None]
    weights = (query @ key.transpose(2, 3) * unit.scaling).masked_fill(later, -1e30)
    found: Tensor = weights.softmax(-1)[0]
    return found


@torch.no_grad()
def decode(
    language: Any, head: Any, prompt: Prompt, limit: int, ends: set[int], plan: Plan | None = None
) -> Decoded:
    """Decode up to `limit` ids greedily.

    language: a decoder of Llama's kind with `layers`, `norm`, `rotary_emb`, `embed_tokens`;
    head: its scores. Rows that a plan keeps keep their positions.
    """
    from transformers import DynamicCache

    cache = DynamicCache(config=language.config)
    rows, positions, visual = prompt.embeds, prompt.positions, prompt.visual
    following = int(positions.max()) + 1
    rope = language.rotary_emb(rows, positions)
    done, before = Decoded(), None
    for number, layer in enumerate(language.layers):
        state = State(language.layers, number, rows, visual, rope, before)
        kept = plan.keep(state) if plan is not None else None
        if kept is not None:
            rows, visual, positions = rows[:, kept], visual[kept], positions[..., kept]
            rope = (rope[0][..., kept, :], rope[1][..., kept, :])
        done.rows.append(rows.shape[1])
        before = (rows, rope)
        rows = layer(
            rows, attention_mask=_causal(rows), position_ids=positions, past_key_values=cache,
            use_cache=True, position_embeddings=rope,
        )  # fmt: skip
    rows = rows[:, -1:]
    for step in range(limit):
        chosen = head(language.norm(rows))[:, -1].argmax(-1, keepdim=True)
        if int(chosen) in ends:
            break
        done.ids.append(int(chosen))
        if step + 1 == limit:
            break
        at = torch.full_like(positions[..., :1], following + step)
        rows = language.embed_tokens(chosen)
        rope = language.rotary_emb(rows, at)
        for layer in language.layers:
            rows = layer(
                rows, attention_mask=None, position_ids=at, past_key_values=cache, use_cache=True,
                position_embeddings=rope,
            )  # fmt: skip
    return done


def _causal(rows: Tensor) -> Tensor:
    count = rows.shape[1]
    lowest = torch.finfo(rows.dtype).min
    return torch.full((count, count), lowest, dtype=rows.dtype, device=rows.device).triu(1)[
        None, None
    ]
