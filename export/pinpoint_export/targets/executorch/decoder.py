"""The decoder in the operators of a delegate, so that no layer is cut into many calls of it.

XNNPACK takes no mean over the last axis, no split and no slice of dynamic tensors. Products with
constant matrices stand for them: a row of 1/width averages, and a matrix of 0, 1 and -1 swaps the
halves of a head, which is exact. What is left between two calls is the write into the cache.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pinpoint_export.targets.coreml.decode import IntegerDecoder
from pinpoint_models.decoder.attention import (
    MASKED,
    CachedAttention,
    LayerCache,
    ManualAttention,
    Projections,
)
from pinpoint_models.decoder.config import DecoderConfig
from pinpoint_models.decoder.model import Decoder, RMSNorm


class DelegatedNorm(nn.Module):
    """RMSNorm whose mean is a product; for float32 only, whose range needs no scaling."""

    average: Tensor

    def __init__(self, norm: RMSNorm) -> None:
        super().__init__()
        self.weight = norm.weight
        self.epsilon = norm.root_epsilon**2
        width = norm.weight.numel()
        self.register_buffer("average", torch.full((1, width), 1 / width), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.rsqrt(F.linear(x * x, self.average) + self.epsilon) * self.weight


class DelegatedAttention(CachedAttention):
    """Cached attention with the query heads of a KV head folded into the query length."""

    swap: Tensor

    def __init__(self, config: DecoderConfig, capacity: int) -> None:
        super().__init__(config, capacity)
        self.cosine = torch.cat([self.cosine, self.cosine], 1)
        self.sine = torch.cat([self.sine, self.sine], 1)
        half = config.head_size // 2
        one, zero = torch.eye(half), torch.zeros(half, half)
        # (first, second) -> (-second, first)
        swap = torch.cat([torch.cat([zero, -one], 1), torch.cat([one, zero], 1)])
        self.register_buffer("swap", swap, persistent=False)

    def prepare(self, position: Tensor, rows: int, capacity: int) -> tuple[Tensor, ...]:
        """Return i64 (q,) row indices, f32 (q, head_size) rotations, f32 (groups * q, C) bias."""
        index = position + torch.arange(rows)
        hidden = (torch.arange(capacity) > index[:, None]).to(torch.float32) * MASKED
        groups = self.config.heads // self.config.kv_heads
        bias = hidden.repeat(groups, 1)
        return index, F.embedding(index, self.cosine), F.embedding(index, self.sine), bias

    def attend(
        self, new: Projections, cache: LayerCache, shared: tuple[Tensor, ...]
    ) -> tuple[Tensor, LayerCache]:
        """Rotate, append to the cache and attend; see `CachedAttention.attend`."""
        index, cosine, sine, bias = shared
        heads, kv_heads, size = self.config.heads, self.config.kv_heads, self.config.head_size
        capacity = cache.keys.shape[2]
        # One free size a view, written -1: the only reshape of dynamic tensors in XNNPACK.
        query = self._rotate(new.query.view(-1, heads, size).permute(1, 0, 2), cosine, sine)
        key = self._rotate(new.key.view(1, -1, kv_heads, size).permute(0, 2, 1, 3), cosine, sine)
        value = new.value.view(1, -1, kv_heads, size).permute(0, 2, 1, 3)
        keys = torch.index_copy(cache.keys, 2, index, key)
        values = torch.index_copy(cache.values, 2, index, value)
        folded = (query * size**-0.5).reshape(kv_heads, -1, size)
        scores = torch.bmm(folded, keys.view(kv_heads, capacity, size).transpose(1, 2))
        weights = (scores + bias).softmax(-1)
        mixed = torch.bmm(weights, values.view(kv_heads, capacity, size))
        mixed = mixed.view(heads, -1, size).permute(1, 0, 2)
        return mixed.reshape(1, -1, heads * size), LayerCache(keys, values)

    def _rotate(self, x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
        return x * cosine + F.linear(x, self.swap) * sine


class PlacedAttention(ManualAttention):
    """Cached attention for the Core ML delegate, whose converter lacks an indexed write of rows.

    A product with a matrix of 0 and 1, which is exact, brings each new row to its place in a cache.
    """

    def write(self, cache: Tensor, rows: Tensor, *place: Tensor) -> Tensor:
        """Write rows (1, kv_heads, q, head_size) into a cache and return the whole."""
        (index,) = place
        matrix = (torch.arange(cache.shape[2])[:, None] == index).to(rows.dtype)
        written = matrix.sum(1, keepdim=True) > 0
        return torch.where(written, matrix @ rows, cache)


def placed(decoder: Decoder) -> Decoder:
    """Return a decoder with the same weights in operators that the Core ML delegate has."""
    own = IntegerDecoder.from_state(decoder.config, decoder.state_dict(), len(decoder.layers))
    own.cached_attention = PlacedAttention(decoder.config)
    return own.eval()


@contextlib.contextmanager
def delegated(decoder: Decoder, capacity: int) -> Iterator[None]:
    """Let a decoder with caches of `capacity` rows compute in XNNPACK's operators meanwhile."""
    attention = decoder.cached_attention
    norms = {name: part for name, part in decoder.named_modules() if isinstance(part, RMSNorm)}
    decoder.cached_attention = DelegatedAttention(decoder.config, capacity)
    for name, norm in norms.items():
        decoder.set_submodule(name, DelegatedNorm(norm))
    try:
        yield
    finally:
        decoder.cached_attention = attention
        for name, norm in norms.items():
            decoder.set_submodule(name, norm)
