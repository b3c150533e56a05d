"""Florence-2: a DaViT tower and a BART encoder-decoder; the page is stretched to a square."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import torch
from PIL.Image import Image
from torch import Tensor

from pinpoint_hosts.decoder_host import DecoderHost
from pinpoint_hosts.flops import linear
from pinpoint_hosts.host import Cost, Look, Prompt, device_of


class Florence2(DecoderHost):
    """Tokens of an image are one mean token and those of 24x24 cells.

    The family was trained with one image a prompt: several fill the encoder one after the other,
    as far as it reads.
    """

    family: ClassVar[str] = "florence2"
    template: ClassVar[str] = ""

    @property
    def language(self) -> Any:
        """The encoder, which holds the embeddings."""
        return self.model.model.language_model.encoder

    @torch.no_grad()
    def look(self, image: Image, *, small: bool = False) -> Look:
        """Return the page, which has one size only."""
        inputs = self.images(images=[self.rgb(image)], return_tensors="pt")
        pixels = inputs.pixel_values.to(device_of(self.model), self.model.dtype)
        map_ = self.model.model.vision_tower(pixels).last_hidden_state
        tokens = self.model.model.multi_modal_projector(map_)[0]
        rows, columns = map_.shape[-2:]
        grid = tokens[-rows * columns :].view(rows, columns, -1)
        cost = self._flops(int(pixels.shape[-2]), int(pixels.shape[-1]))
        return Look(tokens, grid, self.image_token * len(tokens), cost)

    def chat(self, question: str, images: int) -> str:
        """Return images, then the question between the marks of a sentence, as BART reads it."""
        start, end = self.tokenizer.bos_token, self.tokenizer.eos_token
        return f"{self.placeholder * images}{start}{question}{end}"

    def ids(self, question: str, looks: Sequence[Look]) -> Tensor:
        """Return the prompt's ids i64 (1,n)."""
        text = self.chat(question, len(looks))
        for look in looks:
            # A look's marks hold the placeholder: the first one left is behind them.
            text = text.replace(self.placeholder, "\0" * len(look.tokens), 1)
        text = text.replace("\0", self.image_token)
        ids = self.tokenizer(text, add_special_tokens=False, return_tensors="pt").input_ids
        found: Tensor = ids.to(device_of(self.model))
        return found

    def generate(self, prompt: Prompt, limit: int) -> list[int]:
        """Return greedily decoded ids; `limit` bounds their count."""
        seen = torch.ones_like(prompt.ids)
        with torch.no_grad():
            encoded = self.language(inputs_embeds=prompt.embeds, attention_mask=seen)
        ids = self.model.generate(
            encoder_outputs=encoded,
            attention_mask=seen,
            max_new_tokens=limit,
            do_sample=False,
            num_beams=1,
        )[0].tolist()
        ends = {self.tokenizer.eos_token_id}
        body: list[int] = ids[1:]  # behind the decoder's start
        return body[: next((i for i, token in enumerate(body) if token in ends), len(body))]

    def cost(self, looks: Sequence[Look], prompt: Prompt) -> Cost:
        """Return what looks cost, and the prompt: the encoder and the decoder's first row."""
        config, rows = self.model.config.text_config, int(prompt.ids.shape[1])
        width = config.d_model
        pairs = 4 * rows * rows * width
        encoder = linear(rows, width, 4 * width) + pairs
        encoder += 2 * linear(rows, width, config.encoder_ffn_dim)
        crossed = linear(1, width, 2 * width) + linear(rows, width, 2 * width) + 4 * rows * width
        decoder = linear(1, width, 4 * width) + 4 * width + crossed
        decoder += 2 * linear(1, width, config.decoder_ffn_dim)
        read = config.encoder_layers * encoder + config.decoder_layers * decoder
        read += linear(1, width, config.vocab_size)
        return Cost(sum(look.flops for look in looks), read, int(prompt.visual.sum()))

    def _flops(self, height: int, width: int) -> int:
        vision, total = self.model.config.vision_config, 0
        inputs = vision.in_channels
        window = vision.window_size
        for stage, dim in enumerate(vision.embed_dim):
            patch, stride = vision.patch_size[stage], vision.patch_stride[stage]
            padding = 2 * vision.patch_padding[stage]
            height, width = ((side + padding - patch) // stride + 1 for side in (height, width))
            rows, group = height * width, dim // vision.num_groups[stage]
            padded = -(-height // window) * -(-width // window) * window**2
            total += linear(rows, inputs * patch**2, dim)
            inner = int(dim * vision.mlp_ratio)
            # Two depthwise convolutions of 3x3 and the products, in each half of a block.
            half = 2 * linear(rows, 9, dim) + 2 * linear(rows, dim, inner)
            spatial = linear(padded, dim, 4 * dim) + 4 * padded * window**2 * dim
            channel = linear(rows, dim, 4 * dim) + 4 * rows * dim * group
            total += vision.depths[stage] * (2 * half + spatial + channel)
            inputs = dim
        return int(total + linear(rows + 1, inputs, vision.projection_dim))
