"""Text recogniser: PP-OCRv6 tiny or small, written out in torch.

A convolutional encoder brings a line of height 48 down to one vector every 8 pixels, a neck adds
what stands beside it, and the CTC head classifies it.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from pinpoint_models.recogniser_layers import (
    FRAME_WIDTH,
    SmallEncoder,
    SmallNeck,
    TinyEncoder,
    TinyNeck,
    used_columns,
)
from pinpoint_models.weights import RECOGNISER_FILE, load_tensors, read_tensors, resolve

__all__ = ["CLASSES", "CROP_HEIGHT", "FEATURE_SIZE", "FRAME_WIDTH", "SIZES", "Recogniser"]

CROP_HEIGHT = 48
FEATURE_SIZE = 80  # of the tiny one
CLASSES = 6906  # blank, 6904 characters, space
SIZES = {"tiny": FEATURE_SIZE, "small": 120}
"""Size → features that enter the CTC head."""


class Recogniser(nn.Module):
    """Line recogniser with a CTC head; class 0 is the blank, the last one the space."""

    encoder: TinyEncoder | SmallEncoder
    neck: TinyNeck | SmallNeck

    def __init__(self, classes: int = CLASSES, size: str = "tiny") -> None:
        super().__init__()
        if size == "small":
            self.encoder, self.neck = SmallEncoder(), SmallNeck()
        else:
            self.encoder, self.neck = TinyEncoder(), TinyNeck()
        self.head = nn.Linear(SIZES[size], classes)

    def forward(self, crops: Tensor, widths: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Features that enter the CTC head, and its logits before softmax.

        crops: RGB 0-255, uint8 or float (B, 3, 48, W), W a multiple of 8.
        widths: i32 (B,) used pixels of each crop, 0..W. With it a crop reads as if it ended at the
        next multiple of 8, whatever lies to its right; without it every column counts.
        Returns features f32 (B, W/8, F), F as in SIZES, and logits f32 (B, W/8, classes).
        """
        x = crops.to(self.head.weight.dtype) / 127.5 - 1.0
        if widths is not None:
            pixels = torch.arange(x.shape[3], device=x.device)
            # 0 after normalization (mid-grey) is what the published pipeline pads with.
            x = x * (pixels < widths[:, None]).to(x.dtype)[:, None, None, :]
        columns: Tensor = self.encoder(x, widths)
        mask = None
        if widths is not None:
            mask = used_columns(widths, columns.shape[3], FRAME_WIDTH).to(x.dtype)
        features: Tensor = self.neck(columns, mask)
        logits: Tensor = self.head(features)
        return features, logits

    @classmethod
    def load(cls, path: str | Path) -> Recogniser:
        """Recogniser with weights from a safetensors file or from a folder that holds it.

        Raises OptionError for a missing file and BundleError for one of another model.
        """
        tensors = read_tensors(path, RECOGNISER_FILE)
        head = tensors.get("head.weight", torch.zeros(CLASSES, FEATURE_SIZE))
        size = "small" if head.shape[-1] == SIZES["small"] else "tiny"
        recogniser = cls(head.shape[0], size)
        load_tensors(recogniser, tensors, str(resolve(path, RECOGNISER_FILE)))
        return recogniser.eval()
