"""Qwen2.5-VL: as Qwen2-VL, with windowed attention in most vision layers and gated products."""

from __future__ import annotations

from typing import ClassVar

from pinpoint_hosts import flops
from pinpoint_hosts.export.stages import PatchVision
from pinpoint_hosts.families.qwen2_vl import Qwen2VL


class Qwen25VL(Qwen2VL):
    """Only the vision layers differ."""

    family: ClassVar[str] = "qwen2_5_vl"

    def _vision(self) -> PatchVision:
        config = self.model.config.vision_config
        side = config.window_size // config.patch_size
        return PatchVision(self.model.model.visual, side, config.fullatt_block_indexes)

    def _flops(self, height: int, width: int) -> int:
        vision, rows = self.model.config.vision_config, height * width
        side = vision.window_size // vision.patch_size
        windowed = sum(
            (min(side, height - y) * min(side, width - x)) ** 2
            for y in range(0, height, side)
            for x in range(0, width, side)
        )
        attended = [
            rows * rows if layer in vision.fullatt_block_indexes else windowed
            for layer in range(vision.depth)
        ]
        dim, inner = vision.hidden_size, vision.intermediate_size
        layers = flops.vision_layers(rows, attended, dim, inner, gated=True)
        return self._around(rows, dim, vision.out_hidden_size) + layers
