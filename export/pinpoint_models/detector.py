"""Text detector: PP-OCRv6 tiny, written out in torch.

RepViT backbone at strides 4 to 32, a feature pyramid with residual squeeze-and-excite (RSEFPN), and
the probability head of differentiable binarization (DB, Liao et al. 2020).
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from pinpoint_models.layers import ExcitedProjection, MixerBlock
from pinpoint_models.weights import DETECTOR_FILE, load_safetensors

# Statistics in RGB order. The published pipeline applies ImageNet's RGB figures to B, G, R in that
# order, so red has .406/.225 here.
MEAN = (0.406, 0.456, 0.485)
DEVIATION = (0.225, 0.224, 0.229)
PYRAMID = 64


class Stem(nn.Module):
    """Two-branch stem at stride 4: f32 (B, 3, H, W) -> f32 (B, 32, H/4, W/4)."""

    def __init__(self) -> None:
        super().__init__()
        self.stem1 = nn.Conv2d(3, 16, 3, stride=2, padding=1)
        self.stem2a = nn.Conv2d(16, 8, 2)
        self.stem2b = nn.Conv2d(8, 16, 2)
        self.pool = nn.MaxPool2d(2, stride=1)
        self.stem3 = nn.Conv2d(32, 16, 3, stride=2, padding=1)
        self.stem4 = nn.Conv2d(16, 32, 1)
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        # The 2x2 windows reach right and down, so one row and one column are padded there. Zero is
        # right for the maximum too: nothing is negative after the ReLU.
        x = functional.pad(self.relu(self.stem1(x)), (0, 1, 0, 1))
        pooled = self.pool(x)
        x = functional.pad(self.relu(self.stem2a(x)), (0, 1, 0, 1))
        x = torch.cat([pooled, self.relu(self.stem2b(x))], 1)
        x = self.relu(self.stem4(self.relu(self.stem3(x))))
        return x


class Backbone(nn.Module):
    """Feature maps at strides 4, 8, 16 and 32 with 32, 48, 64 and 160 channels."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = Stem()
        self.stage1 = nn.Sequential(MixerBlock(32, excite=True), MixerBlock(32))
        self.stage2 = nn.Sequential(
            MixerBlock(32, 48, stride=2), MixerBlock(48, excite=True), MixerBlock(48)
        )
        self.stage3 = nn.Sequential(
            MixerBlock(48, 64, stride=2),
            MixerBlock(64, excite=True),
            MixerBlock(64),
            MixerBlock(64, excite=True),
            MixerBlock(64),
        )
        self.stage4 = nn.Sequential(
            MixerBlock(64, 160, stride=2), MixerBlock(160, excite=True), MixerBlock(160)
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
    """Depthwise 5x5, then an excited projection to a quarter of the pyramid's channels."""

    def __init__(self) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(PYRAMID, PYRAMID, 5, padding=2, groups=PYRAMID)
        self.reduce = ExcitedProjection(PYRAMID, PYRAMID // 4)

    def forward(self, x: Tensor) -> Tensor:
        x = self.reduce(self.depthwise(x))
        return x


class Pyramid(nn.Module):
    """Top-down pyramid, joined at stride 4: four maps -> f32 (B, 64, H/4, W/4)."""

    def __init__(self) -> None:
        super().__init__()
        # Coarsest level first, the order in which they run.
        self.lateral = nn.ModuleList(ExcitedProjection(c, PYRAMID) for c in (160, 64, 48, 32))
        self.smooth = nn.ModuleList(Smooth() for _ in range(4))

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
    """Probability of text at full resolution: f32 (B, 64, H/4, W/4) -> f32 (B, 1, H, W)."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(PYRAMID, PYRAMID // 4, 3, padding=1)
        self.up1 = nn.ConvTranspose2d(PYRAMID // 4, PYRAMID // 4, 2, stride=2)
        self.up2 = nn.ConvTranspose2d(PYRAMID // 4, 1, 2, stride=2)
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.up1(self.relu(self.conv(x))))
        x = self.up2(x)
        return x.sigmoid()


class Detector(nn.Module):
    """Text detector of a whole page, the `detect` stage."""

    scale: Tensor
    shift: Tensor

    def __init__(self) -> None:
        super().__init__()
        mean, deviation = torch.tensor(MEAN), torch.tensor(DEVIATION)
        # Not folded into the first convolution: its zero border stands for the mean colour.
        self.register_buffer("scale", (1 / (255 * deviation)).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("shift", (-mean / deviation).view(1, 3, 1, 1), persistent=False)
        self.backbone = Backbone()
        self.pyramid = Pyramid()
        self.head = Head()

    def forward(self, image: Tensor) -> Tensor:
        """Text map of an image.

        image: RGB 0-255, uint8 or float (B, 3, H, W), H and W multiples of 32.
        Returns text_map f32 (B, 1, H, W), the probability that a pixel belongs to text.
        """
        text_map: Tensor = self.head(self.features(image)[0])
        return text_map

    def features(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """What heads look at: the pyramid (B, 64, H/4, W/4) and the finest map (B, 32, ...)."""
        x = image.to(self.scale.dtype) * self.scale + self.shift
        maps = self.backbone(x)
        return self.pyramid(*maps), maps[0]

    @classmethod
    def load(cls, path: str | Path) -> Detector:
        """Detector with weights from a safetensors file or from a folder that holds it.

        Raises OptionError for a missing file and BundleError for one of another model.
        """
        detector = cls()
        load_safetensors(detector, path, DETECTOR_FILE)
        return detector.eval()
