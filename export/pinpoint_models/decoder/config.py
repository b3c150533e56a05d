"""The sizes of the language model."""

from dataclasses import dataclass


@dataclass(frozen=True)
class DecoderConfig:
    """The sizes of a Llama-style decoder, as its checkpoint states them."""

    vocabulary: int
    width: int
    layers: int
    heads: int
    kv_heads: int
    head_size: int
    mlp_width: int
    rope_theta: float
    norm_epsilon: float
    context: int
