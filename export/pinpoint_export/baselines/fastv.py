"""Attention pruning in the manner of FastV, as a KV cache of the torch decoder.

FastV (Chen et al., "An Image is Worth 1/2 Tokens After Layer 2", ECCV 2024, arXiv 2403.06764) reads
everything in the first layers and then drops the tokens that received the least attention in the
last of them. As in its released code, attention is that of the prompt's last token, averaged over
the heads: it is the row that the answer is read off, and it stands behind evidence and question.
Kept tokens keep their positions. SparseVLM (arXiv 2410.04417) and PyramidDrop (arXiv 2410.17247)
are relatives that choose by the question's tokens or drop in several steps.
"""

from __future__ import annotations

import math
from typing import Any, cast

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from pinpoint_edge.errors import OptionError
from pinpoint_models.decoder.attention import rotate
from pinpoint_models.decoder.model import Decoder, Layer
from pinpoint_runtimes.session import check_rows, check_truncation

CHUNK = 256  # rows at a time, as the pipeline reads a prompt


class FastVCache:
    """A `KVCache` whose layers behind the first `after` may hold fewer rows than those.

    `run` appends rows to all layers, as any cache does; `read_pruned` reads a prompt and drops.
    after: layers that see all tokens, 1 to one less than there are.
    """

    def __init__(self, decoder: Decoder, capacity: int, after: int) -> None:
        layers = len(decoder.layers)
        if not 1 <= after < layers:
            raise OptionError(
                f"Pruning after layer {after} is not possible: this model takes 1 to {layers - 1}."
            )
        self.capacity, self.length = capacity, 0
        self.after = after
        self.kept: NDArray[np.int64] = np.zeros(0, np.int64)
        self._decoder: Decoder | None = decoder
        self._kv = decoder.empty_cache(capacity)
        # Positions of the rows that the first layers and the later ones hold.
        self._early = self._late = torch.zeros(0, dtype=torch.long)
        # What the first layers gave for every row, so that a common beginning is read once.
        self._hidden = torch.zeros(capacity, decoder.config.width)

    @torch.inference_mode()
    def run(self, ids: NDArray[Any], visual: NDArray[Any]) -> NDArray[np.float32]:
        """Append rows; see `KVCache.run`."""
        x = self._first_layers(ids, visual)
        self._late, x = self._through(
            x, self._early[-len(ids) :], self._late, self.after, self._layers
        )
        return self._scores(x)

    @torch.inference_mode()
    def read_pruned(
        self, ids: NDArray[Any], visual: NDArray[Any], prunable: tuple[int, int], keep: float
    ) -> NDArray[np.float32]:
        """Append the rest of a prompt and prune it; return the logits f32 (vocabulary,) behind it.

        ids i32 (q,): the rows from `length` on. Of the rows [start, end) in `prunable`, counted
        from the prompt's beginning, the share `keep` that the last row attends to most in layer
        `after` goes on to the later layers (rounded up; of equals the earlier), and all other
        rows do. `kept` then holds their positions.
        """
        if not 0 < keep <= 1:
            raise OptionError(f"A share of {keep} to keep makes no sense: give one in (0, 1].")
        for start in range(0, len(ids), CHUNK):
            self._first_layers(ids[start : start + CHUNK], visual)
        rows = torch.arange(self.length)
        first, end = prunable
        count = math.ceil(keep * (end - first))
        best = self.received()[first:end].argsort(descending=True, stable=True)[:count]
        rows = torch.cat((rows[:first], first + best.sort().values, rows[end:]))
        self._late = rows[:0]
        for start in range(0, len(rows), CHUNK):
            part = rows[start : start + CHUNK]
            self._late, x = self._through(
                self._hidden[part], part, self._late, self.after, self._layers
            )
        self.kept = rows.numpy().copy()
        return self._scores(x)

    @torch.inference_mode()
    def received(self) -> Tensor:
        """Return the attention of the last row to every row in layer `after`: f32 (length,)."""
        # The layer's input is gone, but its key cache tells; only the last query is made again.
        keys = self._kv[2 * (self.after - 1)][0, :, : self.length]
        query = self._last_query.view(keys.shape[0], -1, keys.shape[2])
        weights = (query @ keys.transpose(1, 2) * keys.shape[2] ** -0.5).softmax(-1)
        mean: Tensor = weights.mean((0, 1))
        return mean

    @property
    def rows(self) -> tuple[int, int]:
        """How many rows the first layers hold, and the later ones."""
        return len(self._early), len(self._late)

    def truncate(self, length: int) -> None:
        """Forget all rows from `length` on."""
        check_truncation("decode", length, self.length)
        self.length = length
        self._early = self._early[:length]
        self._late = self._late[self._late < length]

    def close(self) -> None:
        """Let go of the decoder and the state."""
        self._decoder, self._kv = None, []

    @property
    def _layers(self) -> int:
        return len(self._model.layers)

    @property
    def _model(self) -> Decoder:
        if self._decoder is None:
            raise OptionError("The cache is closed: make another.")
        return self._decoder

    def _first_layers(self, ids: NDArray[Any], visual: NDArray[Any]) -> Tensor:
        config = self._model.config
        check_rows(
            "decode", ids, visual, vocabulary=config.vocabulary, width=config.width,
            free_rows=self.capacity - self.length,
        )  # fmt: skip
        seen = visual if visual.size else np.zeros((1, config.width), np.float32)
        x = self._model.embed(torch.from_numpy(ids.astype(np.int64)), torch.from_numpy(seen))
        positions = torch.arange(self.length, self.length + len(ids))
        self._early, x = self._through(x, positions, self._early, 0, self.after)
        self.length += len(ids)
        self._hidden[positions] = x
        return x

    def _through(
        self, x: Tensor, positions: Tensor, held: Tensor, first: int, last: int
    ) -> tuple[Tensor, Tensor]:
        """Take rows x (q, width) through layers [first, last), which hold rows at `held`.

        Returns the positions that they hold now, and the rows.
        """
        decoder, size = self._model, self._model.config.head_size
        start, count = len(held), len(held) + len(x)
        cosine, sine = decoder.cosine[positions], decoder.sine[positions]
        now = torch.cat((held, positions))
        visible = None if len(x) == 1 else now <= positions[:, None]
        for number in range(first, last):
            layer = cast(Layer, decoder.layers[number])
            attention, y = layer.attention, layer.attention_norm(x)
            query, key, value = (
                part(y).view(len(x), -1, size).transpose(0, 1)
                for part in (attention.query, attention.key, attention.value)
            )
            query = rotate(query, cosine, sine)
            keys, values = self._kv[2 * number], self._kv[2 * number + 1]
            keys[0, :, start:count] = rotate(key, cosine, sine)
            values[0, :, start:count] = value
            if number == self.after - 1:
                self._last_query = query[:, -1]
            mixed = F.scaled_dot_product_attention(
                query[None], keys[:, :, :count], values[:, :, :count], visible, enable_gqa=True
            )
            x = x + attention.output(mixed[0].transpose(0, 1).reshape(len(x), -1))
            x = x + layer.mlp(layer.mlp_norm(x))
        return now, x

    def _scores(self, x: Tensor) -> NDArray[np.float32]:
        decoder = self._model
        return np.array(decoder.logits(decoder.norm(x[-1])).numpy(), np.float32)
