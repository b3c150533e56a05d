"""The language model: a Llama-style decoder that holds SmolLM2-135M's weights.

It is called in two ways. `Decoder.forward_train` takes packed sequences under any attention mask
and is what training uses. `Decoder.forward` is the `decode` stage: it appends rows to a KV cache of
fixed capacity and returns the logits of the last row only, so that prefill never makes a
(tokens, vocabulary) matrix. Both share every weight and the rotary table.

The stage attends by one small object, `decoder.cached_attention` (attention.py); a target that has
a better operator (ONNX Runtime: GroupQueryAttention) puts its own there.
"""

from collections.abc import Iterator, Mapping
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from pinpoint_models.decoder.attention import (
    CachedAttention,
    LayerCache,
    ManualAttention,
    Projections,
    rotate,
)
from pinpoint_models.decoder.config import DecoderConfig


class RMSNorm(nn.Module):
    """Root mean square normalization (Zhang and Sennrich 2019).

    A row is divided by its largest magnitude before it is squared: the residual stream of a trained
    model holds values in the thousands, whose squares fp16 cannot hold. The result is the same.
    """

    def __init__(self, width: int, epsilon: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.root_epsilon = epsilon**0.5

    def forward(self, x: Tensor) -> Tensor:
        largest = x.abs().amax(-1, keepdim=True).clamp(min=self.root_epsilon)
        scaled = x / largest
        epsilon = (self.root_epsilon / largest).square()
        return scaled * torch.rsqrt(scaled.square().mean(-1, keepdim=True) + epsilon) * self.weight

    def fused(self, x: Tensor) -> Tensor:
        """Compute the same by torch's own operator: faster to train, but unsafe in fp16."""
        return F.rms_norm(x, self.weight.shape, self.weight, self.root_epsilon**2)


class Uninitialized(TorchFunctionMode):
    """Leaves new parameters as memory that nobody touched: what is assigned later needs no more.

    The meta device would do the same, but its operators load torch's compiler: seconds.
    """

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        if getattr(func, "__module__", None) == "torch.nn.init":
            return kwargs["tensor"]
        return func(*args, **kwargs)


class AttentionProjections(nn.Module):
    """The four projections of grouped-query attention (Ainslie et al. 2023)."""

    def __init__(self, config: DecoderConfig) -> None:
        super().__init__()
        self.config = config
        inner, kv_inner = config.heads * config.head_size, config.kv_heads * config.head_size
        self.query = nn.Linear(config.width, inner, bias=False)
        self.key = nn.Linear(config.width, kv_inner, bias=False)
        self.value = nn.Linear(config.width, kv_inner, bias=False)
        self.output = nn.Linear(inner, config.width, bias=False)

    def forward(self, x: Tensor, bias: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
        """Attend inside packed sequences: x (B, S, width), bias (B, 1, S, S)."""
        batch, rows, _ = x.shape
        size = self.config.head_size
        query = rotate(self.query(x).view(batch, rows, -1, size).transpose(1, 2), cosine, sine)
        key = rotate(self.key(x).view(batch, rows, -1, size).transpose(1, 2), cosine, sine)
        value = self.value(x).view(batch, rows, -1, size).transpose(1, 2)
        mixed = F.scaled_dot_product_attention(query, key, value, attn_mask=bias, enable_gqa=True)
        out: Tensor = self.output(mixed.transpose(1, 2).reshape(batch, rows, -1))
        return out


class MLP(nn.Module):
    """The gated feed-forward layer (SwiGLU, Shazeer 2020)."""

    def __init__(self, config: DecoderConfig) -> None:
        super().__init__()
        self.gate = nn.Linear(config.width, config.mlp_width, bias=False)
        self.up = nn.Linear(config.width, config.mlp_width, bias=False)
        self.down = nn.Linear(config.mlp_width, config.width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.down(F.silu(self.gate(x)) * self.up(x))
        return out


class Layer(nn.Module):
    """One decoder layer: attention and MLP, each behind a norm and around a residual."""

    def __init__(self, config: DecoderConfig) -> None:
        super().__init__()
        self.attention_norm = RMSNorm(config.width, config.norm_epsilon)
        self.attention = AttentionProjections(config)
        self.mlp_norm = RMSNorm(config.width, config.norm_epsilon)
        self.mlp = MLP(config)


class Decoder(nn.Module):
    """A decoder-only transformer with a tied embedding; `layers` keeps only the first ones."""

    cosine: Tensor
    sine: Tensor
    cached_attention: CachedAttention

    def __init__(self, config: DecoderConfig, layers: int | None = None) -> None:
        super().__init__()
        self.config = config
        count = config.layers if layers is None else layers
        self.embedding = nn.Embedding(config.vocabulary, config.width)
        self.layers = nn.ModuleList(Layer(config) for _ in range(count))
        self.norm = RMSNorm(config.width, config.norm_epsilon)
        manual = ManualAttention(config)
        self.cached_attention = manual
        self.register_buffer("cosine", manual.cosine, persistent=False)
        self.register_buffer("sine", manual.sine, persistent=False)

    @classmethod
    def from_state(
        cls, config: DecoderConfig, state: Mapping[str, Tensor], layers: int | None = None
    ) -> "Decoder":
        """Build a decoder around the given tensors, not copies; surplus layers are left out."""
        with Uninitialized():
            decoder = cls(config, layers)
        decoder.load_state_dict({k: state[k] for k in decoder.state_dict()}, assign=True)
        return decoder

    def _layers(self) -> Iterator[Layer]:
        return iter(cast("list[Layer]", self.layers))

    def embed(self, ids: Tensor, visual: Tensor) -> Tensor:
        """Look up tokens; an id >= vocabulary picks the visual token `id - vocabulary`.

        Shapes: ids int (..., S), visual (V, width) with V >= 1; returns (..., S, width).
        """
        last = self.config.vocabulary - 1
        text = self.embedding(ids.clamp(max=last))
        # F.embedding, not indexing: it exports as a plain Gather for int32 ids.
        seen = F.embedding((ids - self.config.vocabulary).clamp(0, visual.shape[0] - 1), visual)
        return torch.where((ids > last).unsqueeze(-1), seen, text)

    def logits(self, hidden: Tensor) -> Tensor:
        """Score the vocabulary with the tied embedding: (..., width) -> (..., vocabulary)."""
        return F.linear(hidden, self.embedding.weight)

    def forward_train(self, tokens: Tensor, bias: Tensor, positions: Tensor) -> Tensor:
        """Run whole sequences under any mask and return their normalized hidden states.

        Args:
            tokens: ids int (B, S), or embeddings f32 (B, S, width) as `embed` gives them.
            bias: (B, 1, S, S); bool (True may be seen) or f32 added to the scores.
            positions: int (B, S), the rotary position of each row.

        Returns:
            f32 (B, S, width); `logits` turns chosen rows into scores.
        """
        x = tokens if tokens.is_floating_point() else self.embedding(tokens)
        cosine, sine = self.cosine[positions].unsqueeze(1), self.sine[positions].unsqueeze(1)
        for layer in self._layers():
            x = x + layer.attention(layer.attention_norm.fused(x), bias, cosine, sine)
            x = x + layer.mlp(layer.mlp_norm.fused(x))
        return self.norm.fused(x)

    def forward(
        self, ids: Tensor, visual: Tensor, position: Tensor, *kv: Tensor
    ) -> tuple[Tensor, ...]:
        """Append q rows to the cache and score what follows the last one (the `decode` stage).

        Args:
            ids: i32 (1, q).
            visual: f32 (V, width), V >= 1.
            position: i32 (1,), rows already in the cache; position + q <= C.
            kv: key_0, value_0, key_1, ... each f32 (1, kv_heads, C, head_size).

        Returns:
            logits f32 (1, vocabulary) of the last row, then the updated kv in the same order.
        """
        x, updated = self.append(ids, visual, position, *kv)
        return self.logits(self.norm(x[:, -1])), *updated

    def append(
        self, ids: Tensor, visual: Tensor, position: Tensor, *kv: Tensor
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Append q rows as `forward` does; return their hidden states (1, q, width) and the kv."""
        x = self.embed(ids, visual)
        core = self.cached_attention
        shared = core.prepare(position, ids.shape[1], kv[0].shape[2])
        return self.run_layers(x, core, shared, kv)

    def run_layers(
        self,
        x: Tensor,
        attention: CachedAttention,
        shared: tuple[Tensor, ...],
        kv: tuple[Tensor, ...],
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Take rows (1, q, width) through all layers; return them and what `attention` gives.

        shared: that of `attention.prepare`; kv: the caches, as in `forward`.
        """
        updated: list[Tensor] = []
        for number, layer in enumerate(self._layers()):
            parts, y = layer.attention, layer.attention_norm(x)
            mixed, written = attention.attend(
                Projections(parts.query(y), parts.key(y), parts.value(y)),
                LayerCache(kv[2 * number], kv[2 * number + 1]),
                shared,
            )
            updated += written
            x = x + parts.output(mixed)
            x = x + layer.mlp(layer.mlp_norm(x))
        return x, tuple(updated)

    def score_row(self, x: Tensor, valid: Tensor) -> Tensor:
        """Score what follows row `valid - 1` of x (1, q, width): f32 (1, vocabulary).

        valid i32 (1,): how many rows count; those behind them only fill up a fixed size.
        """
        return self.logits(self.norm(F.embedding(valid - 1, x[0])))

    def empty_cache(self, capacity: int) -> list[Tensor]:
        """Return zeroed caches, two (1, kv_heads, capacity, head_size) a layer."""
        shape = (1, self.config.kv_heads, capacity, self.config.head_size)
        weight = self.norm.weight
        count = 2 * len(self.layers)
        return [torch.zeros(shape, dtype=weight.dtype, device=weight.device) for _ in range(count)]
