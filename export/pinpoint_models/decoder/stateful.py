"""The `decode` stage with its keys and values inside, for runtimes whose programs keep state.

ExecuTorch holds them as mutable buffers, Core ML as states. The capacity is fixed, and so may be
the number of rows: a caller with fewer fills them up and says how many are valid. What filling rows
leave in the cache lies behind every valid row; the mask hides it until the next rows overwrite it.
"""

from __future__ import annotations

from torch import Tensor, nn

from pinpoint_models.decoder.model import Decoder


class StatefulDecoder(nn.Module):
    """A decoder around its own caches, buffers `key_i` and `value_i` (1, kv_heads, C, head_size).

    It shares the weights of `decoder`. Rows at and behind `position` may hold anything.
    """

    def __init__(self, decoder: Decoder, capacity: int) -> None:
        super().__init__()
        self.decoder = decoder
        self.capacity = capacity
        for number, cache in enumerate(decoder.empty_cache(capacity)):
            self.register_buffer(self._name(number), cache, persistent=False)

    @staticmethod
    def _name(number: int) -> str:
        return f"{'value' if number % 2 else 'key'}_{number // 2}"

    def forward(self, ids: Tensor, visual: Tensor, position: Tensor, valid: Tensor) -> Tensor:
        """Append q rows and score what follows the last valid one.

        Args:
            ids: i32 (1, q); an id >= vocabulary picks the visual token `id - vocabulary`.
            visual: f32 (V, width), V >= 1.
            position: i32 (1,), rows already in the cache; position + q <= C.
            valid: i32 (1,), 1..q, rows that count.

        Returns:
            logits f32 (1, vocabulary).
        """
        names = [self._name(number) for number in range(2 * len(self.decoder.layers))]
        caches = [self.get_buffer(name) for name in names]
        x, updated = self.decoder.append(ids, visual, position, *caches)
        for cache, rows in zip(caches, updated, strict=True):
            cache.copy_(rows)
        return self.decoder.score_row(x, valid)
