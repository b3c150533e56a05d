"""Refiner: each region of the evidence becomes one visual token and its transcription.

The recogniser reads the crop; the visual token is a projection of its pooled features together with
the place of the region on the page. The projector is a module of its own because it is trained from
cached pooled features, apart from the recogniser.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from pinpoint_models.recogniser import FEATURE_SIZE, FRAME_WIDTH, Recogniser

TOP_CHARACTERS = 4
GEOMETRY_SIZE = 4
GEOMETRY_FREQUENCIES = 8
# Cycles over a page: the finest wave separates lines 1/32 page apart, and its angle (at most 100
# rad) is still resolved in fp16.
COARSEST, FINEST = 0.5, 16.0


class VisualProjector(nn.Module):
    """Two-layer projection of pooled features and geometry into the LLM's embedding space."""

    frequencies: Tensor

    def __init__(self, d_llm: int = 576, d_hidden: int = 576, features: int = FEATURE_SIZE) -> None:
        super().__init__()
        octaves = torch.linspace(math.log(COARSEST), math.log(FINEST), GEOMETRY_FREQUENCIES)
        self.register_buffer("frequencies", 2 * math.pi * octaves.exp(), persistent=False)
        self.linear1 = nn.Linear(2 * features + 2 * GEOMETRY_SIZE * GEOMETRY_FREQUENCIES, d_hidden)
        self.gelu = nn.GELU()
        self.linear2 = nn.Linear(d_hidden, d_llm)
        # One number lets training match the norm of the LLM's token embeddings without having to
        # scale every row of linear2.
        self.gain = nn.Parameter(torch.ones(()))

    @staticmethod
    def pool(features: Tensor, used_frames: Tensor) -> Tensor:
        """Mean and maximum of the features over the used frames.

        features f32 (B, T, 80), used_frames i32 or f32 (B,) -> f32 (B, 160). Frames from
        `used_frames` on have no influence, whatever finite values they hold; none used gives zeros.
        """
        frames = torch.arange(features.shape[1], device=features.device)
        used = (frames < used_frames[:, None]).to(features.dtype)[:, :, None]
        count = used_frames.to(features.dtype).clamp(min=1)[:, None]
        # The weights 1/count come before the sum, which then stays in fp16's range.
        mean = (features * (used / count[:, :, None])).sum(1)
        # -30000 is below any feature and inside fp16.
        maximum = (features * used + (used - 1.0) * 30000.0).amax(1)
        any_used = (used_frames[:, None] > 0).to(features.dtype)
        return torch.cat([mean, maximum * any_used], 1)

    def embed_geometry(self, geometry: Tensor) -> Tensor:
        """Sines and cosines of each coordinate: f32 (B, 4) in 0..1 -> f32 (B, 64)."""
        angles = (geometry[:, :, None] * self.frequencies).flatten(1)
        return torch.cat([angles.sin(), angles.cos()], 1)

    def forward(self, pooled: Tensor, geometry: Tensor) -> Tensor:
        """Visual tokens: pooled f32 (B, 160), geometry f32 (B, 4) -> f32 (B, d_llm)."""
        x = torch.cat([pooled, self.embed_geometry(geometry)], 1)
        visual: Tensor = self.linear2(self.gelu(self.linear1(x)))
        return visual * self.gain


class Refiner(nn.Module):
    """The `refine` stage: recogniser, visual projector and the best characters of each step."""

    def __init__(self, recogniser: Recogniser, d_llm: int = 576) -> None:
        super().__init__()
        self.recogniser = recogniser
        self.projector = VisualProjector(d_llm, features=recogniser.head.in_features)

    def forward(
        self, crops: Tensor, geometry: Tensor, widths: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Visual token and transcription of each crop.

        crops: RGB 0-255, uint8 (B, 3, 48, w), w a multiple of 8; geometry f32 (B, 4) as
        fractions of the page; widths i32 (B,) used pixels in 0..w, 0 for a row that only pads
        the batch.
        Returns visual f32 (B, d_llm), classes i32 (B, w/8, 4) and probabilities f32 (B, w/8, 4),
        best first. Steps from the used width on are the blank (class 0) with probability 0.
        """
        features, logits = self.recogniser(crops, widths)
        used_frames = torch.ceil(widths / FRAME_WIDTH)
        visual: Tensor = self.projector(self.projector.pool(features, used_frames), geometry)
        probabilities, classes = torch.topk(logits.softmax(-1), TOP_CHARACTERS, dim=-1)
        frames = torch.arange(features.shape[1], device=features.device)
        used = (frames < used_frames[:, None])[:, :, None]
        return visual, classes.to(torch.int32) * used.to(torch.int32), probabilities * used
