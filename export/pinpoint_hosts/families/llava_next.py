"""LLaVA-NeXT: a base tile of the whole page, tiles of it enlarged, and a newline after each row."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

import torch
from PIL.Image import Image
from torch import Tensor

from pinpoint_hosts import flops
from pinpoint_hosts.decoder_host import DecoderHost
from pinpoint_hosts.export.stages import SquareVision
from pinpoint_hosts.host import Look, device_of
from pinpoint_hosts.methods.salience import observed, tower_salience
from pinpoint_hosts.stage import HostStage


class LlavaNext(DecoderHost):
    """A crop is the base tile alone, stretched to a square, with one newline."""

    family: ClassVar[str] = "llava_next"
    template: ClassVar[str] = (
        "{% for m in messages %}[INST] {% for c in m['content'] %}"
        "{{ c['text'] if c['type'] == 'text' else '<image>\n' }}{% endfor %} [/INST]{% endfor %}"
    )

    @torch.no_grad()
    def look(self, image: Image, *, small: bool = False) -> Look:
        """Return base tile and enlarged tiles, or the base tile alone."""
        if small:
            return self.again([image])[0]
        inputs = self.images(images=[self.rgb(image)], return_tensors="pt")
        pixels = inputs.pixel_values.to(device_of(self.model), self.model.dtype)
        found = self.model.model.get_image_features(pixels, inputs.image_sizes, return_dict=True)
        tokens = found.pooler_output[0]
        grid = self._cells(tokens)
        marks = self.image_token * len(tokens)
        return Look(tokens, grid, marks, pixels.shape[1] * self._tile_flops())

    @torch.no_grad()
    def again(self, crops: Sequence[Image]) -> list[Look]:
        """Return the base tile of each crop."""
        found = []
        for crop in crops:
            inputs = self.images(images=[self.rgb(crop)], return_tensors="pt")
            pixels = inputs.pixel_values[0, :1].to(device_of(self.model), self.model.dtype)
            found.append(self._tile(pixels))
        return found

    def look_stage(self, crop: Image) -> HostStage:
        """Return the tower with its projector, for tiles in any number."""
        image = self.rgb(crop)
        images = [[image, image]] if self.family == "llava_onevision" else [image]
        inputs = self.images(
            images=images, do_rescale=False, do_normalize=False, return_tensors="pt"
        )
        pixels = {"pixels": inputs.pixel_values[0, :1].round().to(torch.uint8)}
        module = SquareVision(self.model, self.images.image_mean, self.images.image_std)
        return HostStage(module, pixels, ("tokens",), {"pixels": {0: "tiles"}})

    @torch.no_grad()
    def salience(self, image: Image) -> tuple[Tensor, Tensor]:
        """Return attention f32 (n,) received by each token of the page, infinite for newlines, and
        its key f32 (n,d)."""
        inner, config = self.model.model, self.model.config
        inputs = self.images(images=[self.rgb(image)], return_tensors="pt")
        tower = inner.vision_tower
        layer = getattr(tower, "vision_model", tower).encoder.layers[-2].self_attn
        pixels = inputs.pixel_values[0].to(device_of(self.model), self.model.dtype)
        with observed(layer) as rows:
            tower(pixels)
        by_class = config.vision_feature_select_strategy == "default"
        received, keys = tower_salience(layer, rows[0], by_class=by_class)
        values = torch.cat([received[..., None], keys], -1)
        newline = values.new_zeros(values.shape[-1])
        newline[0] = torch.inf
        (packed,), _ = self._pack([values], inputs.image_sizes, newline)
        return packed[:, 0], packed[:, 1:]

    def _pack(self, values: list[Tensor], sizes: Tensor, newline: Tensor) -> Any:
        """Lay values of tiles out as the tokens are."""
        strategy = self.model.config.vision_feature_select_strategy
        return self.model.model.pack_image_features(values, sizes, strategy, newline)

    def _tile(self, pixels: Tensor) -> Look:
        """pixels: f32 (1,3,s,s)."""
        inner, config = self.model.model, self.model.config
        hidden = inner.vision_tower(pixels, output_hidden_states=True).hidden_states
        chosen = hidden[config.vision_feature_layer]
        if config.vision_feature_select_strategy == "default":
            chosen = chosen[:, 1:]
        cells = inner.multi_modal_projector(chosen)[0]
        side = math.isqrt(len(cells))
        tokens = torch.cat([cells, inner.image_newline[None].to(cells.dtype)])
        marks = self.image_token * len(tokens)
        grid = cells.view(side, side, -1)
        return Look(tokens, grid, marks, self._tile_flops(), shape=(side, side))

    def _cells(self, tokens: Tensor) -> Tensor:
        """Return the grid (rows,columns,d) behind the base tile; the newlines give its width."""
        vision = self.model.config.vision_config
        side = vision.image_size // vision.patch_size
        tail = tokens[side * side :]
        if len(tail) <= 1:
            return tokens[: side * side].view(side, side, -1)
        newline = self.model.model.image_newline
        width = int((tail - newline).abs().amax(-1).lt(1e-6).nonzero()[0, 0]) + 1
        return tail.view(-1, width, tail.shape[-1])[:, :-1]

    def _tile_flops(self) -> int:
        config = self.model.config
        vision, out = config.vision_config, config.text_config.hidden_size
        cells, dim = (vision.image_size // vision.patch_size) ** 2, vision.hidden_size
        rows = cells + (config.vision_feature_select_strategy == "default")
        layers = flops.vision_layers(
            rows, [rows * rows] * vision.num_hidden_layers, dim, vision.intermediate_size
        )
        projected = flops.linear(cells, dim, out) + flops.linear(cells, out, out)
        return flops.linear(cells, 3 * vision.patch_size**2, dim) + layers + projected
