"""Text detector: PP-OCRv6 tiny or small, written out in torch.

RepViT backbone at strides 4 to 32, a feature pyramid with residual squeeze-and-excite (RSEFPN), and
the probability head of differentiable binarization (DB, Liao et al. 2020).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from pinpoint_models.layers import ExcitedProjection, MixerBlock, Stem
from pinpoint_models.weights import DETECTOR_FILE, load_tensors, read_tensors, resolve

# Statistics in RGB order. The published pipeline applies ImageNet's RGB figures to B, G, R in that
# order, so red has .406/.225 here.
MEAN = (0.406, 0.456, 0.485)
DEVIATION = (0.225, 0.224, 0.229)
PYRAMID = 64  # channels of the tiny one


@dataclass(frozen=True)
class Size:
    """Channels at strides 4 to 32, channels of the pyramid, and the window that smooths it."""

    channels: tuple[int, int, int, int]
    pyramid: int
    window: int


SIZES = {
    "tiny": Size((32, 48, 64, 160), PYRAMID, 5),
    "small": Size((48, 96, 192, 384), 96, 7),
}


class Backbone(nn.Module):
    """Feature maps at strides 4, 8, 16 and 32 with the channels of the size."""

    def __init__(self, channels: tuple[int, int, int, int]) -> None:
        super().__init__()
        a, b, c, d = channels
        self.stem = Stem(a // 2)
        self.stage1 = nn.Sequential(MixerBlock(a, excite=True), MixerBlock(a))
        self.stage2 = nn.Sequential(
            MixerBlock(a, b, stride=2), MixerBlock(b, excite=True), MixerBlock(b)
        )
        self.stage3 = nn.Sequential(
            MixerBlock(b, c, stride=2),
            MixerBlock(c, excite=True),
            MixerBlock(c),
            MixerBlock(c, excite=True),
            MixerBlock(c),
        )
        self.stage4 = nn.Sequential(
            MixerBlock(c, d, stride=2), MixerBlock(d, excite=True), MixerBlock(d)
        )

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        stride4 = self.stage1(self.stem(x))
        stride8 = self.stage2(stride4)
        stride16 = self.stage3(stride8)
        return stride4, stride8, stride16, self.stage4(stride16)


def upsample(x: Tensor, factor: int) -> Tensor:
    """Repeat every pixel `factor` times in both directions: (B, C, H, W) -> (B, C, fH, fW)."""
    return functional.interpolate(x, scale_factor=float(factor), mode="nearest")


class Smooth(nn.Module):
    """Depthwise window, then an excited projection to a quarter of the pyramid's channels."""

    def __init__(self, channels: int, window: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(channels, channels, window, padding=window // 2, groups=channels)
        self.reduce = ExcitedProjection(channels, channels // 4)

    def forward(self, x: Tensor) -> Tensor:
        x = self.reduce(self.depthwise(x))
        return x


class Pyramid(nn.Module):
    """Top-down pyramid, joined at stride 4: four maps -> f32 (B, P, H/4, W/4)."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        # Coarsest level first, the order in which they run.
        self.lateral = nn.ModuleList(
            ExcitedProjection(c, size.pyramid) for c in reversed(size.channels)
        )
        self.smooth = nn.ModuleList(Smooth(size.pyramid, size.window) for _ in range(4))

    def forward(
        self, stride4: Tensor, stride8: Tensor, stride16: Tensor, stride32: Tensor
    ) -> Tensor:
        top = self.lateral[0](stride32)
        levels = [top]
        for lateral, x in zip(self.lateral[1:], (stride16, stride8, stride4), strict=True):
            top = lateral(x) + upsample(top, 2)
            levels.append(top)
        smoothed = [smooth(x) for smooth, x in zip(self.smooth, levels, strict=True)]
        factors = (8, 4, 2)
        coarse = [upsample(x, f) for x, f in zip(smoothed[:3], factors, strict=True)]
        return torch.cat([*coarse, smoothed[3]], 1)


class Head(nn.Module):
    """Probability of text at full resolution: f32 (B, P, H/4, W/4) -> f32 (B, 1, H, W)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels // 4, 3, padding=1)
        self.up1 = nn.ConvTranspose2d(channels // 4, channels // 4, 2, stride=2)
        self.up2 = nn.ConvTranspose2d(channels // 4, 1, 2, stride=2)
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.up1(self.relu(self.conv(x))))
        x = self.up2(x)
        return x.sigmoid()


class Detector(nn.Module):
    """Text detector of a whole page, the `detect` stage."""

    scale: Tensor
    shift: Tensor

    def __init__(self, size: str = "tiny") -> None:
        super().__init__()
        mean, deviation = torch.tensor(MEAN), torch.tensor(DEVIATION)
        # Not folded into the first convolution: its zero border means the mean colour.
        self.register_buffer("scale", (1 / (255 * deviation)).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("shift", (-mean / deviation).view(1, 3, 1, 1), persistent=False)
        self.backbone = Backbone(SIZES[size].channels)
        self.pyramid = Pyramid(SIZES[size])
        self.head = Head(SIZES[size].pyramid)

    def forward(self, image: Tensor) -> Tensor:
        """Text map of an image.

        image: RGB 0-255, uint8 or float (B, 3, H, W), H and W multiples of 32.
        Returns text_map f32 (B, 1, H, W), the probability that a pixel belongs to text.
        """
        text_map: Tensor = self.head(self.features(image)[0])
        return text_map

    def features(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """The inputs of heads: the pyramid (B, P, H/4, W/4) and the finest map (B, C, ...)."""
        x = image.to(self.scale.dtype) * self.scale + self.shift
        maps = self.backbone(x)
        return self.pyramid(*maps), maps[0]

    @classmethod
    def load(cls, path: str | Path) -> Detector:
        """Detector with weights from a safetensors file or from a folder that holds it.

        Raises OptionError for a missing file and BundleError for one of another model.
        """
        tensors = read_tensors(path, DETECTOR_FILE)
        first = tensors.get("backbone.stem.stem1.bias")
        detector = cls("small" if first is not None and len(first) == 24 else "tiny")
        load_tensors(detector, tensors, str(resolve(path, DETECTOR_FILE)))
        return detector.eval()
