"""The `decode` stage around caches that the host owns: it returns the new rows, for LiteRT.

LiteRT has no state that outlives a run, and a graph that returned updated caches would copy all of
them at every step. Here the host writes the returned rows at `position` itself.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pinpoint_models.decoder.attention import (
    MASKED,
    CachedAttention,
    LayerCache,
    Projections,
    rotate,
)
from pinpoint_models.decoder.config import DecoderConfig
from pinpoint_models.decoder.model import Decoder


class HostCacheAttention(CachedAttention):
    """Attention over the cached rows before `position` and, causally, over the new ones.

    The two parts share one softmax; joining their scores is cheap, joining their keys would copy
    the cache. Query heads that share a KV head are folded into the query length, and the masks are
    added rather than selected by, so that no operator expands anything.
    """

    future: Tensor

    def __init__(self, config: DecoderConfig, rows: int, capacity: int) -> None:
        super().__init__(config)
        self.rows, self.capacity = rows, capacity
        future = torch.full((rows, rows), MASKED).triu(1)
        groups = config.heads // config.kv_heads
        self.register_buffer("future", future.repeat(groups, 1), persistent=False)

    def prepare(self, position: Tensor, rows: int, capacity: int) -> tuple[Tensor, ...]:
        """Return rotations of the new rows, two f32 (q, head_size / 2), and the bias f32 (C,).

        The bias hides the cached rows from `position` on.
        """
        index = position + torch.arange(rows, dtype=torch.int32)
        stale = torch.arange(capacity, dtype=torch.int32) >= position
        hidden = stale.to(self.cosine.dtype) * MASKED
        return F.embedding(index, self.cosine), F.embedding(index, self.sine), hidden

    def attend(
        self, new: Projections, cache: LayerCache, shared: tuple[Tensor, ...]
    ) -> tuple[Tensor, LayerCache]:
        """Rotate and attend; return the mixed values and the new rows, (1, kv_heads, q, size)."""
        cosine, sine, hidden = shared
        rows, kv_heads, size = self.rows, self.config.kv_heads, self.config.head_size
        query = rotate(new.query.view(rows, -1, size).transpose(0, 1), cosine, sine)
        key = rotate(new.key.view(1, rows, kv_heads, size).transpose(1, 2), cosine, sine)
        value = new.value.view(1, rows, kv_heads, size).transpose(1, 2)
        # Scaled before the product, which then stays small enough for fp16.
        folded = (query * size**-0.5).reshape(kv_heads, -1, size)
        # Without the batch axis: LiteRT then multiplies by the keys as they lie.
        past = torch.bmm(folded, cache.keys[0].transpose(1, 2)) + hidden
        present = torch.bmm(folded, key[0].transpose(1, 2)) + self.future
        shares = torch.cat((past, present), dim=-1).softmax(-1)
        mixed = torch.bmm(shares[..., : self.capacity], cache.values[0])
        mixed = mixed + torch.bmm(shares[..., self.capacity :], value[0])
        mixed = mixed.view(-1, rows, size).transpose(0, 1)
        return mixed.reshape(1, rows, -1), LayerCache(key, value)


class HostCacheDecoder(nn.Module):
    """A decoder for q rows at a time around caches of C rows; it shares the weights of `decoder`.

    rows: q; capacity: C.
    """

    def __init__(self, decoder: Decoder, rows: int, capacity: int) -> None:
        super().__init__()
        self.decoder = decoder
        weight = decoder.norm.weight
        attention = HostCacheAttention(decoder.config, rows, capacity)
        self.attention = attention.to(device=weight.device, dtype=weight.dtype)

    def forward(
        self, ids: Tensor, visual: Tensor, position: Tensor, valid: Tensor, *kv: Tensor
    ) -> tuple[Tensor, ...]:
        """Run q rows behind those of the caches and score what follows the last valid one.

        Args:
            ids: i32 (1, q); an id >= vocabulary picks the visual token `id - vocabulary`.
            visual: f32 (V, width), V >= 1.
            position: i32 (1,), rows in the caches; position + q <= the decoder's context.
            valid: i32 (1,), 1..q, rows that count.
            kv: key_0, value_0, key_1, ... each f32 (1, kv_heads, C, head_size). Rows from
                `position` on may hold any finite values.

        Returns:
            logits f32 (1, vocabulary), then the new rows of each cache, in the same order, f32
            (1, kv_heads, q, head_size).
        """
        x = self.decoder.embed(ids, visual)
        core = self.attention
        shared = core.prepare(position, core.rows, core.capacity)
        x, new_rows = self.decoder.run_layers(x, core, shared, kv)
        return self.decoder.score_row(x, valid), *new_rows
