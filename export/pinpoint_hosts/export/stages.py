"""The stages of a host as plain modules: no images, no tokenizer, no output classes.

`look` encodes tiles or patches, of the small page and of crops alike; `embed` turns ids into rows,
between which the app puts the visual tokens; `decode` reads rows with explicit positions and a
cache; `align` is the head.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pinpoint_hosts.head import Head
from pinpoint_hosts.stage import HostStage
from pinpoint_hosts.windows import Windows


class TileVision(nn.Module):
    """SmolVLM's tower and connector.

    pixels: u8 (b,3,s,s) RGB. Returns tokens f32 (b,n,d) and patches f32 (b,side·side,c).
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, model: Any, mean: list[float], deviation: list[float]) -> None:
        super().__init__()
        vision = model.model.vision_model
        self.patch, self.layers = vision.embeddings.patch_embedding, vision.encoder.layers
        self.norm, self.connector = vision.post_layernorm, model.model.connector
        # A full tile needs no mask: its position ids are a constant.
        self.register_buffer("position", vision.embeddings.position_embedding.weight[None].clone())
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1))
        self.register_buffer("deviation", torch.tensor(deviation).view(1, 3, 1, 1))

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """Encode tiles."""
        scaled = (pixels.float() / 255 - self.mean) / self.deviation
        rows = self.patch(scaled).flatten(2).transpose(1, 2) + self.position
        for layer in self.layers:
            rows = layer(rows, None)
        rows = self.norm(rows)
        return self.connector(rows), rows


class PatchVision(nn.Module):
    """The tower and merger of Qwen's families, for one image of any grid.

    window: patches along a window's side, in the layers that are not in `whole`; 0 for none.

    patches: f32 (n,1176), normalized, each merged 2x2 block in a row; positions: i64 (n,2), row and
    column. Returns tokens f32 (n/4,d).
    """

    patch: Tensor

    def __init__(self, vision: Any, window: int = 0, whole: Sequence[int] = ()) -> None:
        super().__init__()
        self.vision, self.window, self.whole = vision, window, set(whole)
        # The convolution's kernel is as large as its input: a product.
        self.register_buffer("patch", vision.patch_embed.proj.weight.flatten(1).t().contiguous())

    def forward(self, patches: Tensor, positions: Tensor) -> Tensor:
        """Encode the patches of an image."""
        rows = patches @ self.patch
        cos, sin = (each[:, None] for each in self.vision.rotary_pos_emb(rows, positions))
        windowed = None
        if self.window:
            # A mask in place of sorting the patches by window.
            at = positions // self.window
            same = at[:, None] == at[None]
            windowed = same[..., 0] & same[..., 1]
        for number, block in enumerate(self.vision.blocks):
            mask = None if number in self.whole else windowed
            unit = block.attn
            qkv = unit.qkv(block.norm1(rows)).view(-1, 3, unit.num_heads, unit.head_dim)
            query, key, value = qkv.unbind(1)
            query, key = (each * cos + _turned(each) * sin for each in (query, key))
            q, k, v = (each.transpose(0, 1)[None] for each in (query, key, value))
            seen = F.scaled_dot_product_attention(q, k, v, mask)[0]
            rows = rows + unit.proj(seen.transpose(0, 1).flatten(1))
            rows = rows + block.mlp(block.norm2(rows))
        tokens: Tensor = self.vision.merger(rows)
        return tokens


def _turned(values: Tensor) -> Tensor:
    half = values.shape[-1] // 2
    return torch.cat((-values[..., half:], values[..., :half]), -1)


class SquareVision(nn.Module):
    """The tower and projector of LLaVA's families, one tile each.

    pixels: u8 (b,3,s,s) RGB. Returns tokens f32 (b,n,d) without newlines.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, model: Any, mean: list[float], deviation: list[float]) -> None:
        super().__init__()
        self.tower, self.projector = model.model.vision_tower, model.model.multi_modal_projector
        self.layer = model.config.vision_feature_layer
        self.skipped = int(model.config.vision_feature_select_strategy == "default")
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1))
        self.register_buffer("deviation", torch.tensor(deviation).view(1, 3, 1, 1))

    def forward(self, pixels: Tensor) -> Tensor:
        """Encode tiles."""
        scaled = (pixels.float() / 255 - self.mean) / self.deviation
        hidden = self.tower(scaled, output_hidden_states=True).hidden_states
        tokens: Tensor = self.projector(hidden[self.layer][:, self.skipped :])
        return tokens


class Decode(nn.Module):
    """A decoder-only language model with its head, and the cache as plain tensors.

    embeds: f32 (1,q,d); positions: i64 (1,q) or (3,1,q); past: key and value f32 (1,h,n,w) of each
    layer, n from 0. Returns logits f32 (1,vocabulary) of the last row, and the cache with q rows
    more.
    """

    def __init__(self, language: Any, head: Any) -> None:
        super().__init__()
        self.language, self.head = language, head

    def forward(self, embeds: Tensor, positions: Tensor, past: list[Tensor]) -> tuple[Tensor, ...]:
        """Read q rows."""
        from transformers import DynamicCache

        cache = DynamicCache(ddp_cache_data=list(zip(past[::2], past[1::2], strict=True)))
        count, before = embeds.shape[1], past[0].shape[2]
        reach = torch.arange(count)[:, None] + before
        lowest = torch.finfo(embeds.dtype).min
        mask = torch.where(torch.arange(before + count)[None] <= reach, 0.0, lowest)[None, None]
        rows = self.language(
            inputs_embeds=embeds, position_ids=positions, attention_mask=mask,
            past_key_values=cache, use_cache=True,
        ).last_hidden_state  # fmt: skip
        grown = [each for layer in cache.layers for each in (layer.keys, layer.values)]
        return (self.head(rows[:, -1]), *grown)


class Align(nn.Module):
    """The head on one grid: relevance f32 (n,) of the windows `cells` from grid and question."""

    def __init__(self, head: Head, windows: Windows) -> None:
        super().__init__()
        self.head = head
        self.register_buffer("cells", windows.cells)

    def forward(self, grid: Tensor, text: Tensor) -> Tensor:
        """grid: f32 (rows·columns,c); text: f32 (t,d)."""
        relevance: Tensor = self.head(grid, self.cells, text).relevance
        return relevance


def decode_stage(language: Any, head: Any, positions: int) -> HostStage:
    """Return the decode stage; positions: 1, or 3 with M-RoPE."""
    config = language.config
    width = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    rows, before = 5, 3
    at = torch.arange(before, before + rows)[None]
    inputs = {
        "embeds": torch.randn(1, rows, config.hidden_size),
        "positions": at if positions == 1 else at.expand(positions, 1, rows).contiguous(),
    }
    names = [f"{kind}_{i}" for i in range(config.num_hidden_layers) for kind in ("key", "value")]
    for name in names:
        inputs[name] = torch.randn(1, config.num_key_value_heads, before, width)
    last = inputs["positions"].ndim - 1
    dynamic = {"embeds": {1: "rows"}, "positions": {last: "rows"}}
    dynamic |= {name: {2: "before"} for name in names}
    outputs = ("logits", *(f"next_{name}" for name in names))
    return HostStage(Decode(language, head), inputs, outputs, dynamic)


def align_stage(head: Head, windows: Windows) -> HostStage:
    """Return the align stage for the grid of these windows."""
    shape = head.shape
    inputs = {
        "grid": torch.randn(windows.rows * windows.columns, shape.vision),
        "text": torch.randn(7, shape.text),
    }
    return HostStage(Align(head, windows), inputs, ("relevance",), {"text": {0: "words"}})
