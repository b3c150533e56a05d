"""SmolVLM and SmolVLM2: SigLIP tiles, a pixel shuffle, a decoder of Llama's kind."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

import torch
from PIL.Image import Image
from torch import Tensor
from torch.nn import functional as F

from pinpoint_hosts import flops
from pinpoint_hosts.decoder_host import DecoderHost
from pinpoint_hosts.export.stages import TileVision
from pinpoint_hosts.host import Look, device_of
from pinpoint_hosts.methods.salience import observed, tower_salience
from pinpoint_hosts.stage import HostStage

_FAKE, _GLOBAL, _IMAGE = "<fake_token_around_image>", "<global-img>", "<image>"


class SmolVLM(DecoderHost):
    """A page is cut in tiles, with the whole page as a last one; a crop is one tile.

    The head sees the patches before the pixel shuffle, which come from the same pass.
    """

    family: ClassVar[str] = "smolvlm"
    template: ClassVar[str] = (
        "<|im_start|>{% for m in messages %}{{ m['role'] | capitalize }}"
        "{{ ':' if m['content'][0]['type'] == 'image' else ': ' }}"
        "{% for c in m['content'] %}{{ c['text'] if c['type'] == 'text' else '<image>' }}"
        "{% endfor %}<end_of_utterance>\n{% endfor %}"
        "{% if add_generation_prompt %}Assistant:{% endif %}"
    )

    def look(self, image: Image, *, small: bool = False) -> Look:
        """Return the page in tiles of 512 pixels, or stretched to one of them."""
        if small:
            return self.again([image])[0]
        inputs = self._inputs(image, split=True)
        rows, columns = inputs["rows"][0][0], inputs["cols"][0][0]
        if not rows:
            return self.again([image])[0]
        tokens, patches = self._encode(inputs.pixel_values[0])
        side = patches.shape[1]
        tiles = patches[:-1].view(rows, columns, side, side, -1)
        grid = tiles.permute(0, 2, 1, 3, 4).reshape(rows * side, columns * side, -1)
        marks = "".join(
            "".join(
                f"{_FAKE}<row_{row + 1}_col_{column + 1}>{_IMAGE * tokens.shape[1]}"
                for column in range(columns)
            )
            + "\n"
            for row in range(rows)
        )
        whole = f"{_FAKE}{_GLOBAL}{_IMAGE * tokens.shape[1]}{_FAKE}"
        cost = len(tokens) * self._tile_flops()
        return Look(tokens.flatten(0, 1), grid, f"{marks}\n{whole}", cost)

    def again(self, crops: Sequence[Image]) -> list[Look]:
        """Return each crop stretched to one tile."""
        found = []
        for crop in crops:
            tokens, patches = self._encode(self._inputs(crop, split=False).pixel_values[0])
            marks = f"{_FAKE}{_GLOBAL}{_IMAGE * tokens.shape[1]}{_FAKE}"
            side = math.isqrt(tokens.shape[1])
            cost = self._tile_flops()
            found.append(Look(tokens[0], patches[0], marks, cost, shape=(side, side)))
        return found

    @torch.no_grad()
    def salience(self, image: Image) -> tuple[Tensor, Tensor]:
        """Return attention f32 (n,) received by each token of the page, and its key f32 (n,d)."""
        pixels = self._inputs(image, split=True).pixel_values[0]
        layer = self.model.model.vision_model.encoder.layers[-2].self_attn
        with observed(layer) as rows:
            tokens, patches = self._encode(pixels)
        received, keys = tower_salience(layer, rows[0], by_class=False)
        side, small = patches.shape[1], math.isqrt(tokens.shape[1])
        values = torch.cat([received[..., None], keys], -1).transpose(1, 2)
        pooled = F.avg_pool2d(values.reshape(*values.shape[:2], side, side), side // small)
        flat = pooled.flatten(2).transpose(1, 2).flatten(0, 1)
        return flat[:, 0], flat[:, 1:]

    def _inputs(self, image: Image, *, split: bool) -> Any:
        return self.images(
            images=[[self.rgb(image)]],
            do_image_splitting=split,
            return_row_col_info=True,
            return_tensors="pt",
        )

    def look_stage(self, crop: Image) -> HostStage:
        """Return the tower with its connector, for tiles in any number."""
        images = self.images
        inputs = self.images(
            images=[[self.rgb(crop)]], do_image_splitting=False, do_rescale=False,
            do_normalize=False, return_tensors="pt",
        )  # fmt: skip
        pixels = {"pixels": inputs.pixel_values[0].round().to(torch.uint8)}
        module = TileVision(self.model, images.image_mean, images.image_std)
        return HostStage(module, pixels, ("tokens", "grid"), {"pixels": {0: "tiles"}})

    @torch.no_grad()
    def _encode(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """pixels: f32 (b,3,s,s). Return tokens (b,n,d) and patches (b,side,side,c)."""
        inner, patch = self.model.model, self.model.config.vision_config.patch_size
        pixels = pixels.to(device_of(self.model), self.model.dtype)
        side = pixels.shape[-1] // patch
        seen = torch.ones(len(pixels), side, side, dtype=torch.bool, device=pixels.device)
        patches = inner.vision_model(
            pixel_values=pixels, patch_attention_mask=seen
        ).last_hidden_state
        return inner.connector(patches), patches.unflatten(1, (side, side))

    def _tile_flops(self) -> int:
        config = self.model.config
        vision, scale = config.vision_config, config.scale_factor
        side = vision.image_size // vision.patch_size
        rows, width = side * side, vision.hidden_size
        embedded = flops.linear(rows, 3 * vision.patch_size**2, width)
        layers = flops.vision_layers(
            rows, [rows * rows] * vision.num_hidden_layers, width, vision.intermediate_size
        )
        merged = math.prod((width, scale, scale))
        return (
            embedded
            + layers
            + flops.linear(rows // scale**2, merged, config.text_config.hidden_size)
        )
