"""LLaVA-OneVision: as LLaVA-NeXT, with SigLIP; several images of one prompt are one tile each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

import torch
from PIL.Image import Image
from torch import Tensor

from pinpoint_hosts.families.llava_next import LlavaNext
from pinpoint_hosts.host import WHOLE, Box, Look, device_of


class LlavaOneVision(LlavaNext):
    """A crop is one tile, padded to a square."""

    family: ClassVar[str] = "llava_onevision"
    template: ClassVar[str] = (
        "{% for m in messages %}<|im_start|>{{ m['role'] }} {% for c in m['content'] %}"
        "{{ '<image>' if c['type'] == 'image' else '\n' + c['text'] }}{% endfor %}"
        "<|im_end|>{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
    )

    @torch.no_grad()
    def again(self, crops: Sequence[Image]) -> list[Look]:
        """Return each crop as one of several images: a tile and a newline."""
        found = []
        for crop in crops:
            image = self.rgb(crop)
            # A lone image would be tiled; of two it is one tile each.
            inputs = self.images(images=[[image, image]], return_tensors="pt")
            pixels = inputs.pixel_values[0, :1].to(device_of(self.model), self.model.dtype)
            look = self._tile(pixels)
            found.append(replace(look, frame=_frame(crop)))
        return found

    def _pack(self, values: list[Tensor], sizes: Tensor, newline: Tensor) -> Any:
        ratio = self.model.config.vision_aspect_ratio
        return self.model.model.pack_image_features(values, sizes, newline, ratio)


def _frame(image: Image) -> Box:
    """The square that an image is padded to, in shares of the image."""
    width, height = image.size
    if width == height:
        return WHOLE
    side = max(width, height)
    x, y = (side / width - 1) / 2, (side / height - 1) / 2
    return (-x, -y, 1 + x, 1 + y)
