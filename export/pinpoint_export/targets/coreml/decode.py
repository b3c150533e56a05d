"""The `decode` stage as Core ML wants it: keys and values in states that a slice update writes.

Core ML states are float16, whatever the program computes in (coremltools refuses others). Half
precision programs keep one number a value. Single precision ones keep two, the value rounded and
what rounding left, so that a value comes back to 22 bits and answers equal torch's; the state is as
large as the float32 one would be, and the runtime, the graph contract and `truncate` are the same.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pinpoint_models.decoder.attention import ManualAttention
from pinpoint_models.decoder.model import Decoder

REST_SCALE = 2048.0
"""Scale of the second number: 2 ** 11 lifts what rounding to float16 left out of the subnormals."""


def state_names(layers: int) -> list[str]:
    """Return the names of the states: key_0, value_0, key_1, ..."""
    return [f"{kind}_{layer}" for layer in range(layers) for kind in ("key", "value")]


class SliceAttention(ManualAttention):
    """Cached attention that writes the new rows into its caches in place.

    A cache is a float16 state (parts, kv_heads, C, head_size), parts 1 or 2, of known capacity.
    """

    def prepare(self, position: Tensor, rows: int, capacity: int) -> tuple[Tensor, ...]:
        """Return the places where the rows begin and end, i32 (), in place of their indices."""
        index, *rest = super().prepare(position, rows, capacity)
        begin = position[0]
        return begin, begin + index.shape[0], *rest

    def write(self, cache: Tensor, rows: Tensor, *place: Tensor) -> Tensor:
        """Write rows (1, kv_heads, q, size) into a cache; return it as (1, kv_heads, C, size).

        Integral tensors as bounds of a slice: the trace records them, and Core ML gets a slice
        update.
        """
        begin, end = place
        rounded = rows.half()
        if cache.shape[0] == 1:
            cache[:, :, begin:end] = rounded
            return cache.to(rows.dtype)
        rest = ((rows - rounded.to(rows.dtype)) * REST_SCALE).half()
        cache[:, :, begin:end] = torch.cat((rounded, rest))
        return cache[:1].to(rows.dtype) + cache[1:].to(rows.dtype) * (1 / REST_SCALE)


class IntegerDecoder(Decoder):
    """A decoder that looks tokens up without clamping.

    Core ML clamps floating-point numbers only, and ids above 2048 do not survive float16.
    """

    def embed(self, ids: Tensor, visual: Tensor) -> Tensor:
        """Look up tokens; see `Decoder.embed`. An id must be below `vocabulary + V`."""
        slot = ids - self.config.vocabulary
        is_visual = slot >= 0
        text = self.embedding(torch.where(is_visual, 0, ids))
        seen = F.embedding(torch.where(is_visual, slot, 0), visual)
        return torch.where(is_visual.unsqueeze(-1), seen, text)


class SliceDecoder(nn.Module):
    """The program that is traced: `StatefulDecoder` with float16 caches that are written in place.

    parts: numbers that a state keeps a value, 1 or 2; the weights are those of `decoder`.
    """

    def __init__(self, decoder: Decoder, capacity: int, parts: int) -> None:
        super().__init__()
        layers = len(decoder.layers)
        self.decoder = IntegerDecoder.from_state(decoder.config, decoder.state_dict(), layers)
        self.decoder.cached_attention = SliceAttention(decoder.config, capacity)
        self.states = state_names(layers)
        shape = (parts, decoder.config.kv_heads, capacity, decoder.config.head_size)
        for name in self.states:
            self.register_buffer(name, torch.zeros(shape, dtype=torch.float16))

    def forward(self, ids: Tensor, visual: Tensor, position: Tensor, valid: Tensor) -> Tensor:
        """Append q rows and score what follows the last valid one; see `StatefulDecoder`."""
        caches = [self.get_buffer(name) for name in self.states]
        x, _ = self.decoder.append(ids, visual, position, *caches)
        return self.decoder.score_row(x, valid)
