"""The glance encoder: a small CNN that reads small crops roughly.

Its trunk gives the aligner four feature vectors a region, its CTC head the rough reading that
literal matching works on. `pinpoint-train glance` trains it on the recogniser's transcriptions.
"""

from __future__ import annotations

import copy
import unicodedata
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from pinpoint_edge.errors import BundleError
from pinpoint_models.weights import load_configured

HEIGHT = 24
FRAME = 4  # pixels a frame
SEGMENTS = 4
OTHER = "\ufffd"
CHARACTERS = ["", *"abcdefghijklmnopqrstuvwxyz0123456789 .,:;-/()#&%$*'\"@!?+=_<>[]", OTHER]
_CLASSES = {character: index for index, character in enumerate(CHARACTERS) if character}


@lru_cache(maxsize=4096)
def _fold(character: str) -> str:
    folded = unicodedata.normalize("NFKC", character).casefold()
    plain = "".join(
        c for c in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(c)
    )
    return "".join(c if c in _CLASSES else " " if c.isspace() else OTHER for c in plain)


def fold(text: str) -> str:
    """Fold a text to the alphabet: lower case, no accents, U+FFFD for any other character."""
    return " ".join("".join(map(_fold, text)).split())


def encode(text: str) -> list[int]:
    """Classes of a text, folded first; never 0, which is the blank."""
    return [_CLASSES[character] for character in fold(text)]


@dataclass(frozen=True)
class GlanceConfig:
    """Sizes of a glance encoder; `steps` is the number of CTC steps a frame of 4 pixels gives.

    `height` is that of its crops, a multiple of FRAME.
    """

    height: int = HEIGHT
    stem: int = 24
    middle: int = 64
    width: int = 96
    blocks: int = 4
    kernel: int = 9
    expansion: int = 2
    steps: int = 1
    classes: int = len(CHARACTERS)


def _unit(
    inputs: int,
    outputs: int,
    kernel: tuple[int, int],
    *,
    stride: tuple[int, int] = (1, 1),
    padding: tuple[int, int] = (0, 0),
    groups: int = 1,
    activation: bool = True,
) -> nn.Sequential:
    """Convolution, batch normalization (folded at export) and Hardswish."""
    layers: list[nn.Module] = [
        nn.Conv2d(inputs, outputs, kernel, stride, padding, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
    ]
    return nn.Sequential(*layers, nn.Hardswish()) if activation else nn.Sequential(*layers)


def _separable(inputs: int, outputs: int) -> nn.Sequential:
    """Depthwise 3x3, then pointwise (MobileNet, Howard et al. 2017)."""
    return nn.Sequential(
        _unit(inputs, inputs, (3, 3), padding=(1, 1), groups=inputs),
        _unit(inputs, outputs, (1, 1)),
    )


class TemporalBlock(nn.Module):
    """Context along the line: depthwise 1xk, then an inverted bottleneck, with a residual."""

    def __init__(self, width: int, kernel: int, expansion: int) -> None:
        super().__init__()
        self.spread = _unit(
            width, width, (1, kernel), padding=(0, kernel // 2), groups=width, activation=False
        )
        self.grow = _unit(width, width * expansion, (1, 1))
        self.shrink = _unit(width * expansion, width, (1, 1), activation=False)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Map (B,C,1,T) to the same shape; frames outside `mask` (B,1,1,T) become zero."""
        mixed: Tensor = (x + self.shrink(self.grow(self.spread(x)))) * mask
        return mixed


class GlanceEncoder(nn.Module):
    """Grey crops u8 (B,1,h,w) and widths i32 (B,) to features f32 (B,4,96) and rough readings.

    Crops are as high, and features as wide, as the configuration says. A frame is four pixels wide,
    so w is a multiple of 4. What lies beyond `widths` never changes a result: it is zeroed before
    and after every layer that mixes along the width.
    """

    def __init__(self, config: GlanceConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or GlanceConfig()
        self.stem = _unit(1, config.stem, (3, 3), stride=(2, 2), padding=(1, 1))
        self.fine = _separable(config.stem, config.stem)
        self.down = _unit(config.stem, config.middle, (3, 3), stride=(2, 2), padding=(1, 1))
        self.coarse = _separable(config.middle, config.width)
        self.collapse = _unit(config.width, config.width, (config.height // FRAME, 1))
        self.temporal = nn.ModuleList(
            TemporalBlock(config.width, config.kernel, config.expansion)
            for _ in range(config.blocks)
        )
        self.head = nn.Linear(config.width, config.steps * config.classes)

    def forward(self, crops: Tensor, widths: Tensor) -> tuple[Tensor, Tensor]:
        """Give features f32 (B,4,96) and reading i32 (B,w/4*steps), 0 where nothing was read."""
        frames = self.trunk(crops, widths)
        used = _mask(widths, frames.shape[1] * self.config.steps, FRAME / self.config.steps)
        reading = self.logits(frames).argmax(dim=2) * used.to(torch.int64)
        return pool(frames, widths), reading.to(torch.int32)

    def trunk(self, crops: Tensor, widths: Tensor) -> Tensor:
        """Frames f32 (B,w/4,96), zero beyond the used width."""
        length = crops.shape[3]
        dtype = self.head.weight.dtype
        pixels, halves, frames = (
            _mask(widths, length // stride, stride).to(dtype)[:, None, None, :]
            for stride in (1, 2, FRAME)
        )
        x: Tensor = (crops.to(dtype) / 127.5 - 1.0) * pixels
        x = self.stem(x) * halves
        x = (x + self.fine(x)) * halves
        x = self.down(x) * frames
        x = self.coarse(x) * frames
        x = self.collapse(x) * frames
        for block in self.temporal:
            x = block(x, frames)
        return x.squeeze(2).transpose(1, 2)

    def logits(self, frames: Tensor) -> Tensor:
        """Class logits (B,w/4*steps,classes) of the frames; class 0 is the CTC blank."""
        batch, length, _ = frames.shape
        logits: Tensor = self.head(frames)
        return logits.reshape(batch, length * self.config.steps, self.config.classes)


def _mask(widths: Tensor, length: int, stride: float) -> Tensor:
    """Mask f32 (B,length) of the positions whose first pixel lies inside the used width."""
    first = torch.arange(length, device=widths.device, dtype=torch.float32) * stride
    return (first[None, :] < widths.to(torch.float32)[:, None]).to(torch.float32)


def pool(frames: Tensor, widths: Tensor) -> Tensor:
    """Mean of the frames (B,T,C) over four equal segments of the used width: f32 (B,4,C).

    A frame that straddles two segments counts in each by its overlap, which is one matrix product.
    """
    start = torch.arange(frames.shape[1], device=frames.device, dtype=torch.float32)
    used = torch.ceil(widths.to(torch.float32) / FRAME)[:, None, None]
    left = torch.arange(SEGMENTS, device=frames.device, dtype=torch.float32)[None, :, None]
    left = left * used / SEGMENTS
    overlap = torch.minimum(start + 1, left + used / SEGMENTS) - torch.maximum(start, left)
    weights = overlap.clamp(min=0) / (used / SEGMENTS).clamp(min=1e-3)
    return weights.to(frames.dtype) @ frames


def folded(model: GlanceEncoder) -> GlanceEncoder:
    """Give a copy for export, with every batch normalization folded into its convolution."""
    model = copy.deepcopy(model).eval()
    for module in list(model.modules()):
        if not isinstance(module, nn.Sequential) or len(module) < 2:
            continue
        convolution, normalization = module[0], module[1]
        if isinstance(convolution, nn.Conv2d) and isinstance(normalization, nn.BatchNorm2d):
            module[0] = fuse_conv_bn_eval(convolution, normalization)
            module[1] = nn.Identity()
    return model


def load_glance(folder: Path) -> GlanceEncoder:
    """Load glance.safetensors and glance.json of a folder, ready for inference.

    Raises BundleError when they are missing, broken or made for another alphabet.
    """
    model, facts = load_configured(
        folder, "glance", lambda config: GlanceEncoder(GlanceConfig(**config)), "glance encoder"
    )
    if facts["characters"] != CHARACTERS:
        raise BundleError(f"{folder}/glance.json has another alphabet: train the encoder again.")
    return model.eval()


def facts(model: GlanceEncoder, **measured: float | str) -> dict[str, Any]:
    """The contents of glance.json: alphabet, configuration and the measured figures."""
    return {"characters": CHARACTERS, "config": asdict(model.config), **measured}
