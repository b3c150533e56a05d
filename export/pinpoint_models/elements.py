"""The second head of `detect`: check boxes, signatures, stamps and figures.

It reads maps that the text detector has computed already, the pyramid and the finest backbone map;
the text detection stays the same.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from pinpoint_edge.vision.elements import PLANES
from pinpoint_models.detector import PYRAMID, Detector
from pinpoint_models.weights import ELEMENTS_FILE, load_safetensors

STRIDE4 = 32
WIDTH = 32


class ElementHead(nn.Module):
    """Probability of each kind of element at half resolution.

    (f32 (B, 64, H/4, W/4) pyramid, f32 (B, 32, H/4, W/4) backbone) -> f32 (B, 4, H/2, W/2) in the
    order of `pinpoint_edge.vision.elements.PLANES`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(PYRAMID + STRIDE4, WIDTH, 3, padding=1)
        self.mix = nn.Conv2d(WIDTH, WIDTH, 3, padding=1)
        # Training puts batch norms here and folds them into the convolutions afterwards.
        self.conv_norm: nn.Module = nn.Identity()
        self.mix_norm: nn.Module = nn.Identity()
        self.up = nn.ConvTranspose2d(WIDTH, WIDTH, 2, stride=2)
        self.out = nn.Conv2d(WIDTH, len(PLANES), 1)
        self.relu = nn.ReLU()

    def forward(self, pyramid: Tensor, stride4: Tensor) -> Tensor:
        return self.logits(pyramid, stride4).sigmoid()

    def logits(self, pyramid: Tensor, stride4: Tensor) -> Tensor:
        """The same before the sigmoid, for training."""
        x = self.relu(self.conv_norm(self.conv(torch.cat([pyramid, stride4], 1))))
        x = x + self.relu(self.mix_norm(self.mix(x)))
        logits: Tensor = self.out(self.relu(self.up(x)))
        return logits

    @classmethod
    def load(cls, path: str | Path) -> ElementHead:
        """Head with weights from a safetensors file or from a folder that holds it.

        Raises OptionError for a missing file and BundleError for one of another model.
        """
        head = cls()
        load_safetensors(head, path, ELEMENTS_FILE)
        return head.eval()


class PageDetector(nn.Module):
    """The module of the `detect` stage: text and elements of a whole page from one backbone.

    Without an element head it is the text detector alone.
    """

    def __init__(self, text: Detector, elements: ElementHead | None = None) -> None:
        super().__init__()
        self.text, self.elements = text, elements

    def forward(self, image: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        """Text map and, with an element head, element map of an image.

        image: RGB 0-255, uint8 or float (B, 3, H, W), H and W multiples of 32.
        Returns text_map f32 (B, 1, H, W) and mark_map f32 (B, 4, H/2, W/2): the probability that a
        pixel belongs to text, and to an element of each kind.
        """
        pyramid, stride4 = self.text.features(image)
        text_map: Tensor = self.text.head(pyramid)
        if self.elements is None:
            return text_map
        mark_map: Tensor = self.elements(pyramid, stride4)
        return text_map, mark_map

    @classmethod
    def load(cls, path: str | Path) -> PageDetector:
        """Detector and, where the folder of weights holds one, head; raises as their `load` do."""
        elements = ElementHead.load(path) if (Path(path) / ELEMENTS_FILE).is_file() else None
        return cls(Detector.load(path), elements).eval()
