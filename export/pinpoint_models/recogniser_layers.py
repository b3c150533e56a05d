"""Encoders and necks of the two recognisers: a line becomes one vector a frame of 8 pixels.

Both encoders are RepViT blocks. The neck of the tiny one looks at five frames, that of the small
one at the whole line (SVTR, Du et al. 2022).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from pinpoint_models.layers import MixerBlock, Stem, masked

FRAME_WIDTH = 8  # pixels of a crop that one feature vector covers


def used_columns(widths: Tensor, columns: int, stride: int) -> Tensor:
    """Mask of a feature map's columns that belong to the used frames of each crop.

    widths i32 (B,) used pixels, columns of the map, stride in pixels -> f32 (B, 1, 1, columns).
    A frame counts as used when any of its 8 pixels is.
    """
    end = torch.ceil(widths / FRAME_WIDTH) * FRAME_WIDTH
    starts = torch.arange(columns, device=widths.device) * stride
    return (starts < end[:, None]).to(torch.float32)[:, None, None, :]


class TinyEncoder(nn.Module):
    """Crops to one column a frame: f32 (B, 3, 48, W) in -1..1 -> f32 (B, 160, 1, W/8)."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 24, 3, stride=2, padding=1)
        self.gelu = nn.GELU()
        self.stem_project = nn.Conv2d(24, 48, 3, stride=2, padding=1)
        self.blocks = nn.ModuleList(
            [
                MixerBlock(48, excite=True),
                MixerBlock(48),
                MixerBlock(48, 96, stride=(2, 1)),
                MixerBlock(96, excite=True),
                MixerBlock(96),
                MixerBlock(96, 160, stride=(2, 1)),
                MixerBlock(160, excite=True),
                MixerBlock(160),
                MixerBlock(160),
            ]
        )
        self.pool = nn.AvgPool2d((3, 2))

    def forward(self, x: Tensor, widths: Tensor | None = None) -> Tensor:
        x = self.gelu(self.stem(x))
        mask = None
        if widths is not None:
            x = x * used_columns(widths, x.shape[3], 2).to(x.dtype)
            mask = used_columns(widths, x.shape[3] // 2, 4).to(x.dtype)
        x = self.stem_project(x)
        for block in self.blocks:
            x = block(x, mask)
        pooled: Tensor = self.pool(x)
        return pooled


class TinyNeck(nn.Module):
    """Context along the line, then 80-d features: f32 (B, 160, 1, T) -> f32 (B, T, 80)."""

    def __init__(self) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(160, 160, (1, 5), padding=(0, 2), groups=160)
        self.pointwise = nn.Conv2d(160, 160, 1)
        self.activation = nn.Hardswish()
        self.reduce = nn.Linear(160, 80)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        x = self.activation(self.depthwise(masked(x, mask)))
        x = self.activation(self.pointwise(x))
        features: Tensor = self.reduce(x.squeeze(2).transpose(1, 2))
        return features


class SmallEncoder(nn.Module):
    """Crops to one column a frame: f32 (B, 3, 48, W) in -1..1 -> f32 (B, 384, 1, W/8)."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = Stem(48)
        self.blocks = nn.ModuleList(
            [
                *(MixerBlock(96, excite=excite) for excite in (True, False, False)),
                MixerBlock(96, 192, stride=(2, 1)),
                *(MixerBlock(192, excite=excite) for excite in (True, False) * 3),
                MixerBlock(192, 384, stride=(2, 1)),
                MixerBlock(384, excite=True),
                MixerBlock(384),
            ]
        )
        self.pool = nn.AvgPool2d((3, 2))

    def forward(self, x: Tensor, widths: Tensor | None = None) -> Tensor:
        columns = x.shape[3]
        at_2 = at_4 = None
        if widths is not None:
            at_2 = used_columns(widths, columns // 2, 2).to(x.dtype)
            at_4 = used_columns(widths, columns // 4, 4).to(x.dtype)
        x = self.stem(x, at_2)
        for block in self.blocks:
            x = block(x, at_4)
        pooled: Tensor = self.pool(x)
        return pooled


class Attention(nn.Module):
    """Self-attention along a line: f32 (B, T, C) -> f32 (B, T, C); mask f32 (B, 1, 1, T)."""

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(channels, 3 * channels)
        self.out = nn.Linear(channels, channels)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        batch, steps, channels = x.shape
        size = channels // self.heads
        query, key, value = (
            part.reshape(batch, steps, self.heads, size).transpose(1, 2)
            for part in self.qkv(x).split(channels, dim=2)
        )
        scores = (query * size**-0.5) @ key.transpose(2, 3)
        if mask is not None:
            # -30000 is below any score and inside fp16.
            scores = scores + (mask - 1.0) * 30000.0
        mixed = (scores.softmax(-1) @ value).transpose(1, 2).reshape(batch, steps, channels)
        projected: Tensor = self.out(mixed)
        return projected


class TransformerBlock(nn.Module):
    """Attention and a two-layer perceptron, each on normalized input and residual."""

    def __init__(self, channels: int, heads: int = 8) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(channels, eps=1e-5)
        self.attention = Attention(channels, heads)
        self.norm2 = nn.LayerNorm(channels, eps=1e-5)
        self.expand = nn.Linear(channels, 2 * channels)
        self.silu = nn.SiLU()
        self.project = nn.Linear(2 * channels, channels)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        x = x + self.attention(self.norm1(x), mask)
        x = x + self.project(self.silu(self.expand(self.norm2(x))))
        return x


class SmallNeck(nn.Module):
    """The line's context beside a plain projection: f32 (B, 384, 1, T) -> f32 (B, T, 120)."""

    def __init__(self) -> None:
        super().__init__()
        self.shortcut = nn.Conv2d(384, 120, 1)
        self.reduce = nn.Conv2d(384, 120, 1)
        self.depthwise = nn.Conv2d(120, 120, (1, 7), padding=(0, 3), groups=120)
        self.silu = nn.SiLU()
        self.blocks = nn.ModuleList(TransformerBlock(120) for _ in range(2))
        self.norm = nn.LayerNorm(120, eps=1e-6)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        plain = self.silu(self.shortcut(x))
        x = masked(self.silu(self.reduce(x)), mask)
        x = x + self.silu(self.depthwise(x))
        x = x.squeeze(2).transpose(1, 2)
        for block in self.blocks:
            x = block(x, mask)
        features: Tensor = self.norm(x) + plain.squeeze(2).transpose(1, 2)
        return features
