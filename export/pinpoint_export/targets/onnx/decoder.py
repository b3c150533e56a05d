"""The language model by ONNX Runtime's own operators: cached attention, and its norm.

GroupQueryAttention rotates, appends to the KV buffer in place and attends in one operator.
SimplifiedLayerNormalization is RMSNorm in one operator; the model's own form, safe in float16, is
13 of them, and a step has 61 norms.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from pinpoint_edge.errors import OptionError
from pinpoint_edge.generation.generator import MAX_CONTEXT
from pinpoint_models.decoder.attention import CachedAttention, LayerCache, Projections
from pinpoint_models.decoder.config import DecoderConfig
from pinpoint_models.decoder.model import Decoder, RMSNorm


class GroupQueryAttention(CachedAttention):
    """The stage's cached attention as one ONNX Runtime operator; it can be exported, not run."""

    def __init__(self, config: DecoderConfig) -> None:
        # No host reads more: a megabyte that a phone need not hold.
        super().__init__(config, MAX_CONTEXT)

    def prepare(self, position: Tensor, rows: int, capacity: int) -> tuple[Tensor, ...]:
        """Return the index of the last row, i32 (1,), and the number of rows so far, i32 ()."""
        total = (position + rows).to(torch.int32)
        return total - 1, total.reshape(())

    def attend(
        self, new: Projections, cache: LayerCache, shared: tuple[Tensor, ...]
    ) -> tuple[Tensor, LayerCache]:
        """Emit the operator; see `CachedAttention.attend`."""
        mixed, keys, values = torch.onnx.ops.symbolic_multi_out(
            "com.microsoft::GroupQueryAttention",
            (*new, *cache, *shared, self.cosine, self.sine),
            attrs={
                "num_heads": self.config.heads,
                "kv_num_heads": self.config.kv_heads,
                "scale": self.config.head_size**-0.5,
                "do_rotary": 1,
                "rotary_interleaved": 0,
            },
            dtypes=(new.query.dtype, cache.keys.dtype, cache.values.dtype),
            shapes=(new.query.shape, cache.keys.shape, cache.values.shape),
            version=1,
        )
        return mixed, LayerCache(keys, values)


class FusedRMSNorm(RMSNorm):
    """The norm as one ONNX Runtime operator, in float32; it can be exported, not run."""

    def forward(self, x: Tensor) -> Tensor:
        """Emit the operator: f32 (.., width) -> f32 (.., width)."""
        (normalized,) = torch.onnx.ops.symbolic_multi_out(
            "::SimplifiedLayerNormalization",
            (x, self.weight),
            attrs={"axis": -1, "epsilon": self.root_epsilon**2, "stash_type": 1},
            dtypes=(x.dtype,),
            shapes=(x.shape,),
            version=1,
        )
        return normalized


@contextlib.contextmanager
def own_operators(module: nn.Module) -> Iterator[None]:
    """Let a decoder attend and normalize through the runtime's operators while it is exported.

    Raises OptionError for a head size that the attention lacks; other modules stay as they are.
    """
    if not isinstance(module, Decoder):
        yield
        return
    if module.config.head_size % 16:
        raise OptionError(
            f"Heads of {module.config.head_size} values cannot be lowered for ONNX Runtime's "
            "GroupQueryAttention; choose a language model whose head size is a multiple of 16."
        )
    own = module.cached_attention
    norms = [norm for norm in module.modules() if type(norm) is RMSNorm]
    module.cached_attention = GroupQueryAttention(module.config)
    for norm in norms:
        norm.__class__ = FusedRMSNorm
    try:
        yield
    finally:
        module.cached_attention = own
        for norm in norms:
            norm.__class__ = RMSNorm
