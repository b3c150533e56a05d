"""Building blocks that the text detector and the recogniser share.

All of them are inference forms: batch norms and parallel branches are folded into the convolutions,
so a module is exactly what a device runs and what quantization sees.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

BACKBONE_SLOPE = 1 / 6  # hard sigmoid of the backbones
NECK_SLOPE = 0.2  # hard sigmoid of the detector's feature pyramid


def _mean_over_image(x: Tensor) -> Tensor:
    """Mean over rows, then columns: (B, C, H, W) -> (B, C, 1, 1).

    One sum over a whole page adds half a million f32 terms in a row in some runtimes, which costs
    ONNX Runtime 40 dB of the text map; two short sums do not.
    """
    return x.mean(3, keepdim=True).mean(2, keepdim=True)


class SqueezeExcite(nn.Module):
    """Gate of the channels from their mean over the image (Hu et al. 2018), with a hard sigmoid.

    x f32 (B, C, H, W) -> f32 (B, C, 1, 1) in 0..1. `mask` f32 (B, 1, 1, W) limits the mean to the
    columns where it is 1, so that padding does not dilute it.
    """

    def __init__(self, channels: int, slope: float) -> None:
        super().__init__()
        self.slope = slope
        self.reduce = nn.Conv2d(channels, channels // 4, 1)
        self.relu = nn.ReLU()
        self.expand = nn.Conv2d(channels // 4, channels, 1)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        if mask is None:
            mean = _mean_over_image(x)
        else:
            # A mean scaled by the used share, not a sum: a sum over a long line overflows fp16.
            share = mask.mean(3, keepdim=True).clamp(min=1 / 4096)
            mean = _mean_over_image(x * mask) / share
        gate: Tensor = self.expand(self.relu(self.reduce(mean)))
        return (gate * self.slope + 0.5).clamp(0.0, 1.0)


class MixerBlock(nn.Module):
    """Depthwise 3x3 token mixer, then a pointwise channel mixer (RepViT, Wang et al. 2024).

    x f32 (B, in, H, W) -> f32 (B, out, H/stride, W/stride). The channel mixer is residual unless
    the block changes the resolution or the channels. `mask` f32 (B, 1, 1, W) zeroes columns of the
    input, as the convolution's own border would be, and leaves them out of the squeeze-and-excite
    mean; it asks for a column stride of 1.
    """

    def __init__(
        self,
        channels: int,
        out_channels: int | None = None,
        *,
        stride: int | tuple[int, int] = 1,
        excite: bool = False,
    ) -> None:
        super().__init__()
        out = channels if out_channels is None else out_channels
        self.residual = stride == 1 and out == channels
        self.depthwise = nn.Conv2d(channels, channels, 3, stride, padding=1, groups=channels)
        self.excite = SqueezeExcite(channels, BACKBONE_SLOPE) if excite else None
        self.expand = nn.Conv2d(channels, 2 * channels, 1)
        self.gelu = nn.GELU()
        self.project = nn.Conv2d(2 * channels, out, 1)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        if mask is not None:
            x = x * mask
        x = self.depthwise(x)
        if self.excite is not None:
            x = x * self.excite(x, mask)
        mixed: Tensor = self.project(self.gelu(self.expand(x)))
        return x + mixed if self.residual else mixed


class Stem(nn.Module):
    """Two-branch stem at stride 4: f32 (B, 3, H, W) -> f32 (B, 2 * width, H/4, W/4).

    `mask` f32 (B, 1, 1, W/2) zeroes columns at stride 2, as the convolutions' own border would be.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.stem1 = nn.Conv2d(3, width, 3, stride=2, padding=1)
        self.stem2a = nn.Conv2d(width, width // 2, 2)
        self.stem2b = nn.Conv2d(width // 2, width, 2)
        self.pool = nn.MaxPool2d(2, stride=1)
        self.stem3 = nn.Conv2d(2 * width, width, 3, stride=2, padding=1)
        self.stem4 = nn.Conv2d(width, 2 * width, 1)
        self.relu = nn.ReLU()

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        # The 2x2 windows reach right and down, so one row and one column are padded there. Zero is
        # right for the maximum too: nothing is negative after the ReLU.
        x = functional.pad(masked(self.relu(self.stem1(x)), mask), (0, 1, 0, 1))
        pooled = self.pool(x)
        x = functional.pad(masked(self.relu(self.stem2a(x)), mask), (0, 1, 0, 1))
        x = masked(torch.cat([pooled, self.relu(self.stem2b(x))], 1), mask)
        x = self.relu(self.stem4(self.relu(self.stem3(x))))
        return x


def masked(x: Tensor, mask: Tensor | None) -> Tensor:
    """Zero the columns where a mask f32 (B, 1, 1, W) is 0."""
    return x if mask is None else x * mask


class ExcitedProjection(nn.Module):
    """1x1 convolution whose output is raised by its own squeeze-and-excite gate: x + x * gate.

    x f32 (B, in, H, W) -> f32 (B, out, H, W). The residual form of PP-OCR's RSEFPN.
    """

    def __init__(self, channels: int, out_channels: int) -> None:
        super().__init__()
        self.project = nn.Conv2d(channels, out_channels, 1, bias=False)
        self.excite = SqueezeExcite(out_channels, NECK_SLOPE)

    def forward(self, x: Tensor) -> Tensor:
        x = self.project(x)
        gate: Tensor = self.excite(x)
        return x + x * gate
