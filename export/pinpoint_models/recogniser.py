"""Text recogniser: PP-OCRv6 tiny, written out in torch.

A convolutional encoder (RepViT blocks) brings a line of height 48 down to one vector every 8
pixels; a small convolutional neck and a linear layer make it 80-d, and the CTC head classifies it.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from pinpoint_models.layers import MixerBlock
from pinpoint_models.weights import RECOGNISER_FILE, load_tensors, read_tensors, resolve

CROP_HEIGHT = 48
FRAME_WIDTH = 8  # pixels of a crop that one feature vector covers
FEATURE_SIZE = 80
CLASSES = 6906  # blank, 6904 characters, space


def used_columns(widths: Tensor, columns: int, stride: int) -> Tensor:
    """Mask of a feature map's columns that belong to the used frames of each crop.

    widths i32 (B,) used pixels, columns of the map, stride in pixels -> f32 (B, 1, 1, columns).
    A frame counts as used when any of its 8 pixels is.
    """
    end = torch.ceil(widths / FRAME_WIDTH) * FRAME_WIDTH
    starts = torch.arange(columns, device=widths.device) * stride
    return (starts < end[:, None]).to(torch.float32)[:, None, None, :]


class Encoder(nn.Module):
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


class Neck(nn.Module):
    """Context along the line, then 80-d features: f32 (B, 160, 1, T) -> f32 (B, T, 80)."""

    def __init__(self) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(160, 160, (1, 5), padding=(0, 2), groups=160)
        self.pointwise = nn.Conv2d(160, 160, 1)
        self.activation = nn.Hardswish()
        self.reduce = nn.Linear(160, FEATURE_SIZE)

    def forward(self, x: Tensor) -> Tensor:
        x = self.activation(self.depthwise(x))
        x = self.activation(self.pointwise(x))
        features: Tensor = self.reduce(x.squeeze(2).transpose(1, 2))
        return features


class Recogniser(nn.Module):
    """Line recogniser with a CTC head; class 0 is the blank, the last one the space."""

    def __init__(self, classes: int = CLASSES) -> None:
        super().__init__()
        self.encoder = Encoder()
        self.neck = Neck()
        self.head = nn.Linear(FEATURE_SIZE, classes)

    def forward(self, crops: Tensor, widths: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Features that enter the CTC head, and its logits before softmax.

        crops: RGB 0-255, uint8 or float (B, 3, 48, W), W a multiple of 8.
        widths: i32 (B,) used pixels of each crop, 0..W. With it a crop reads as if it ended at the
        next multiple of 8, whatever lies to its right; without it every column counts.
        Returns features f32 (B, W/8, 80) and logits f32 (B, W/8, classes).
        """
        x = crops.to(self.head.weight.dtype) / 127.5 - 1.0
        if widths is not None:
            pixels = torch.arange(x.shape[3], device=x.device)
            # 0 after normalization (mid-grey) is what the published pipeline pads with.
            x = x * (pixels < widths[:, None]).to(x.dtype)[:, None, None, :]
        columns: Tensor = self.encoder(x, widths)
        if widths is not None:
            columns = columns * used_columns(widths, columns.shape[3], FRAME_WIDTH).to(x.dtype)
        features: Tensor = self.neck(columns)
        logits: Tensor = self.head(features)
        return features, logits

    @classmethod
    def load(cls, path: str | Path) -> Recogniser:
        """Recogniser with weights from a safetensors file or from a folder that holds it.

        Raises OptionError for a missing file and BundleError for one of another model.
        """
        tensors = read_tensors(path, RECOGNISER_FILE)
        classes = tensors["head.bias"].shape[0] if "head.bias" in tensors else CLASSES
        recogniser = cls(classes)
        load_tensors(recogniser, tensors, str(resolve(path, RECOGNISER_FILE)))
        return recogniser.eval()
