"""Qwen2-VL: images of any shape, patches merged 2x2, positions in three dimensions (M-RoPE)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import torch
from PIL.Image import Image
from torch import Tensor

from pinpoint_hosts import flops
from pinpoint_hosts.decoder_host import DecoderHost
from pinpoint_hosts.export.stages import PatchVision
from pinpoint_hosts.host import Look, device_of
from pinpoint_hosts.stage import HostStage

# Visual tokens of the small page: a quarter of what an A4 page has at the processor's own limit.
SMALL_TOKENS = 256


class Qwen2VL(DecoderHost):
    """A page and a crop are encoded alike, each with the grid of its own shape, undistorted."""

    family: ClassVar[str] = "qwen2_vl"
    square: ClassVar[bool] = False
    placeholder: ClassVar[str] = "<|image_pad|>"
    image_token: ClassVar[str] = "<|image_pad|>"
    template: ClassVar[str] = (
        "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{% for c in m['content'] %}"
        "{{ c['text'] if c['type'] == 'text' else '<|vision_start|><|image_pad|><|vision_end|>' }}"
        "{% endfor %}<|im_end|>\n{% endfor %}"
        "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
    )

    def look(self, image: Image, *, small: bool = False) -> Look:
        """Return the page at the processor's own limit, or within SMALL_TOKENS."""
        if not small:
            return self._look(image)
        area = (self.images.patch_size * self.images.merge_size) ** 2
        least = min(self.images.size["shortest_edge"], SMALL_TOKENS * area)
        most = min(self.images.size["longest_edge"], SMALL_TOKENS * area)
        return self._look(image, size={"shortest_edge": least, "longest_edge": most})

    def again(self, crops: Sequence[Image]) -> list[Look]:
        """Return each crop with its own grid, at its own resolution."""
        return [self._look(crop) for crop in crops]

    @torch.no_grad()
    def _look(self, image: Image, **limits: Any) -> Look:
        inputs = self.images(images=[self.rgb(image)], return_tensors="pt", **limits)
        t, h, w = (int(side) for side in inputs.image_grid_thw[0])
        pixels = inputs.pixel_values.to(device_of(self.model), self.model.dtype)
        grid = inputs.image_grid_thw.to(pixels.device)
        found = self.model.model.get_image_features(pixels, grid, return_dict=True)
        tokens: Tensor = found.pooler_output[0]
        merge = self.images.merge_size
        cells = tokens.view(h // merge, w // merge, -1)
        marks = self.image_token * len(tokens)
        shape = (h // merge, w // merge)
        return Look(tokens, cells, marks, self._flops(h, w), shape=shape, thw=(t, h, w))

    def look_stage(self, crop: Image) -> HostStage:
        """Return the tower with its merger, for one image of any grid."""
        from transformers.vision_utils import get_vision_position_ids

        inputs = self.images(images=[self.rgb(crop)], return_tensors="pt")
        at = get_vision_position_ids(inputs.image_grid_thw, self.images.merge_size)
        fed = {"patches": inputs.pixel_values.float(), "positions": at}
        axes = {name: {0: "patches"} for name in fed}
        return HostStage(self._vision(), fed, ("tokens",), axes)

    def _vision(self) -> PatchVision:
        return PatchVision(self.model.model.visual)

    def positions(self, ids: Tensor, looks: Sequence[Look]) -> Tensor:
        """Return i64 (3,1,n): time, row and column, which start anew at each image."""
        grids = [look.thw for look in looks]
        found, _ = self.model.model.get_rope_index(
            ids,
            image_grid_thw=torch.tensor(grids, device=ids.device) if grids else None,
            mm_token_type_ids=(ids == self.image_id).int(),
        )
        positions: Tensor = found
        return positions

    def _flops(self, height: int, width: int) -> int:
        vision = self.model.config.vision_config
        rows, dim = height * width, vision.embed_dim
        inner = int(dim * vision.mlp_ratio)
        layers = flops.vision_layers(rows, [rows * rows] * vision.depth, dim, inner)
        return self._around(rows, dim, vision.hidden_size) + layers

    def _around(self, rows: int, dim: int, out: int) -> int:
        """FLOPs of the patch embedding and of the merger."""
        vision, merge = self.model.config.vision_config, self.images.merge_size**2
        patch = 3 * vision.temporal_patch_size * vision.patch_size**2
        merged, wide = rows // merge, merge * dim
        merger = flops.linear(merged, wide, wide) + flops.linear(merged, wide, out)
        return flops.linear(rows, patch, dim) + merger
