"""How the `decode` stage attends over its KV cache, in the operators of each target.

Every layer calls the same object. `ManualAttention` is the plain form; a target whose cache is
written in another way overrides `write`. Three forms have nothing but the signature in common with
it, because they are made of other operators: ONNX Runtime's own (one operator), XNNPACK's (products
in place of slices) and LiteRT's (caches and new rows apart).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pinpoint_models.decoder.config import DecoderConfig

MASKED = -30000.0  # fits fp16; exp() of it is 0 in every float type


class Projections(NamedTuple):
    """Projections of q new rows, not rotated.

    query (1, q, heads * head_size), key and value (1, q, kv_heads * head_size).
    """

    query: Tensor
    key: Tensor
    value: Tensor


class LayerCache(NamedTuple):
    """The cache of a layer: keys and values (1, kv_heads, C, head_size)."""

    keys: Tensor
    values: Tensor


def rotary_table(config: DecoderConfig) -> tuple[Tensor, Tensor]:
    """Return the cosines and sines of the rotary embedding, two f32 (context, head_size / 2)."""
    exponents = torch.arange(0, config.head_size, 2, dtype=torch.float32) / config.head_size
    positions = torch.arange(config.context, dtype=torch.float32)
    angles = torch.outer(positions, config.rope_theta**-exponents)
    return angles.cos(), angles.sin()


def rotate(x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    """Rotate the halves of the last axis of `x` (Su et al. 2021, the half-split form)."""
    first, second = x.chunk(2, dim=-1)
    return torch.cat((first * cosine - second * sine, second * cosine + first * sine), dim=-1)


class CachedAttention(nn.Module):
    """Attention of new rows over a KV cache; it holds the rotary tables of the first `rows`.

    A module, so that its tables follow the decoder's device.
    """

    cosine: Tensor
    sine: Tensor

    def __init__(self, config: DecoderConfig, rows: int | None = None) -> None:
        super().__init__()
        self.config = config
        for name, table in zip(("cosine", "sine"), rotary_table(config), strict=True):
            kept = table if rows is None else table[:rows].clone()
            self.register_buffer(name, kept, persistent=False)

    def prepare(self, position: Tensor, rows: int, capacity: int) -> tuple[Tensor, ...]:
        """Compute once a forward pass what all layers share."""
        raise NotImplementedError

    def attend(
        self, new: Projections, cache: LayerCache, shared: tuple[Tensor, ...]
    ) -> tuple[Tensor, LayerCache]:
        """Rotate, append to the cache and attend.

        Returns the mixed values, shaped like the query, and the updated cache.
        """
        raise NotImplementedError


class ManualAttention(CachedAttention):
    """Cached attention in plain operators: every exporter and every runtime has them.

    The query heads that share a KV head are folded into the query length, so that no operator
    expands the cache. capacity: that of the caches, where it is a constant of the program.
    """

    def __init__(self, config: DecoderConfig, capacity: int | None = None) -> None:
        super().__init__(config)
        self.capacity = capacity

    def prepare(self, position: Tensor, rows: int, capacity: int) -> tuple[Tensor, ...]:
        """Return i64 (q,) indices, which say where to write, rotations, and bool (q, C) mask."""
        index = position + torch.arange(rows, device=position.device)
        visible = torch.arange(capacity, device=position.device) <= index[:, None]
        cosine, sine = F.embedding(index, self.cosine), F.embedding(index, self.sine)
        return index, cosine, sine, visible

    def attend(
        self, new: Projections, cache: LayerCache, shared: tuple[Tensor, ...]
    ) -> tuple[Tensor, LayerCache]:
        """Rotate, append to the cache and attend; see `CachedAttention.attend`."""
        *place, cosine, sine, visible = shared
        heads, kv_heads, size = self.config.heads, self.config.kv_heads, self.config.head_size
        capacity = cache.keys.shape[2] if self.capacity is None else self.capacity
        # At most one size is free, written -1: Core ML then needs no operators for shapes.
        query = rotate(new.query.view(1, -1, heads, size).transpose(1, 2), cosine, sine)
        key = rotate(new.key.view(1, -1, kv_heads, size).transpose(1, 2), cosine, sine)
        value = new.value.view(1, -1, kv_heads, size).transpose(1, 2)
        keys = self.write(cache.keys, key, *place)
        values = self.write(cache.values, value, *place)
        # Scaled before the product, which then stays small enough for fp16.
        folded = (query * size**-0.5).reshape(1, kv_heads, -1, size)
        scores = (folded @ keys.transpose(2, 3)).view(1, heads, -1, capacity)
        weights = torch.where(visible, scores, MASKED).softmax(-1)
        mixed = weights.view(1, kv_heads, -1, capacity) @ values
        mixed = mixed.view(1, heads, -1, size).transpose(1, 2)
        return mixed.reshape(1, -1, heads * size), LayerCache(keys, values)

    def write(self, cache: Tensor, rows: Tensor, *place: Any) -> Tensor:
        """Write rows (1, kv_heads, q, head_size) into a cache and return the whole."""
        (index,) = place
        return torch.index_copy(cache, 2, index, rows)
