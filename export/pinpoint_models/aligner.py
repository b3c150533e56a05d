"""The aligner: how relevant each region of a page is to an instruction.

Stage 1 of PinPoint (CVPR 2026, arXiv 2603.22815) on layout regions: learnable guidance queries
attend to the regions and to the instruction and bring both into one space, where regions are ranked
by cosine similarity; a learned null region means "none of them".
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from pinpoint_edge.bundle import SelectionParameters
from pinpoint_models.weights import load_configured

MASKED = -1e4  # survives fp16, and is zero after a softmax
MAX_SCALE = 50.0  # of the cosine
RELATIVE_GEOMETRY = 7


@dataclass(frozen=True)
class AlignerConfig:
    """Sizes of an aligner; trigram ids run up to `buckets`, 0 means none.

    match, geometry: columns of those inputs; with 8 of geometry, the last 4 are the region's cell.
    """

    width: int = 128
    heads: int = 4
    region_blocks: int = 3
    instruction_blocks: int = 1
    guidance_blocks: int = 2
    guidance: int = 16
    feature: int = 4 * 96
    buckets: int = 4095
    trigram: int = 96
    instruction: int = 64
    frequencies: int = 6
    match: int = 6
    geometry: int = 8
    dropout: float = 0.0


class Scores(NamedTuple):
    """Relevance (B,N+1), and in the common space the guidance (B,d) and the regions (B,N,d)."""

    relevance: Tensor
    guidance: Tensor
    regions: Tensor


class MultiHeadAttention(nn.Module):
    """Multi-head attention written out, so that every target can lower it.

    queries (B,Q,d), memory (B,M,d), bias broadcastable to (B,heads,Q,M) -> (B,Q,d). Queries are
    scaled before the product, which keeps it inside fp16.
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.output = nn.Linear(width, width)

    def forward(self, queries: Tensor, memory: Tensor, bias: Tensor) -> Tensor:
        width = queries.shape[2] // self.heads
        q = self._split(self.query(queries) * width**-0.5)
        k, v = self._split(self.key(memory)), self._split(self.value(memory))
        shares = torch.softmax(q @ k.transpose(2, 3) + bias, dim=3)
        mixed: Tensor = self.output((shares @ v).transpose(1, 2).reshape(queries.shape))
        return mixed

    def _split(self, x: Tensor) -> Tensor:
        batch, length, width = x.shape
        return x.reshape(batch, length, self.heads, width // self.heads).transpose(1, 2)


def _feed_forward(width: int, growth: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(width, width * growth), nn.GELU("tanh"), nn.Linear(width * growth, width)
    )


class AttentionBlock(nn.Module):
    """Pre-norm block: attention to some memories, one after the other, then feed-forward."""

    def __init__(self, config: AlignerConfig, memories: int, growth: int = 4) -> None:
        super().__init__()
        width = config.width
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(memories + 1))
        self.attentions = nn.ModuleList(
            MultiHeadAttention(width, config.heads) for _ in range(memories)
        )
        self.feed_forward = _feed_forward(width, growth)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Tensor, *memories: tuple[Tensor | None, Tensor]) -> Tensor:
        """Attend to each (memory, bias); a memory of None is x itself, normalized."""
        for norm, attention, (memory, bias) in zip(
            self.norms, self.attentions, memories, strict=False
        ):
            normed = norm(x)
            mixed = attention(normed, normed if memory is None else memory, bias)
            x = x + self.dropout(mixed)
        x = x + self.dropout(self.feed_forward(self.norms[-1](x)))
        return x


class Aligner(nn.Module):
    """Region features, rough readings, geometry and an instruction to relevance.

    `forward` is the stage: no batch axis, N regions of which `mask` marks the real ones. Padding
    never changes the relevance of the others. `score` is the same over a batch, for training.
    """

    def __init__(self, config: AlignerConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or AlignerConfig()
        width = config.width
        # Row 0 stays zero, in training too, so that padding needs no mask.
        self.trigrams = nn.Embedding(config.buckets + 1, config.trigram, padding_idx=0)
        with torch.no_grad():
            self.trigrams.weight.mul_(0.5)
        self.text = nn.Linear(config.trigram, width)
        self.feature = nn.Sequential(nn.LayerNorm(config.feature), nn.Linear(config.feature, width))
        self.match = nn.Sequential(nn.Linear(config.match, 32), nn.ReLU(), nn.Linear(32, width))
        self.place = nn.Linear(config.geometry * (2 * config.frequencies + 1), width)
        self.region_norm = nn.LayerNorm(width)
        self.position = nn.Parameter(torch.randn(config.instruction, width) * 0.02)
        self.instruction_norm = nn.LayerNorm(width)
        self.pair = nn.Sequential(
            nn.Linear(RELATIVE_GEOMETRY + (config.geometry > 4), 16),
            nn.ReLU(),
            nn.Linear(16, config.heads * config.region_blocks),
        )
        self.instruction_blocks = nn.ModuleList(
            AttentionBlock(config, 1) for _ in range(config.instruction_blocks)
        )
        self.region_blocks = nn.ModuleList(
            AttentionBlock(config, 2) for _ in range(config.region_blocks)
        )
        self.guidance = nn.Parameter(torch.randn(config.guidance, width) * 0.5)
        self.guidance_blocks = nn.ModuleList(
            AttentionBlock(config, 2, growth=2) for _ in range(config.guidance_blocks)
        )
        self.to_common = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, width))
        self.guidance_to_common = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, width))
        self.null = nn.Parameter(torch.randn(width) * width**-0.5)
        self.log_scale = nn.Parameter(torch.tensor(math.log(14.0)))

    def forward(
        self,
        features: Tensor,
        trigrams: Tensor,
        match: Tensor,
        geometry: Tensor,
        mask: Tensor,
        instruction: Tensor,
    ) -> Tensor:
        """Give relevance f32 (N+1,), logits, the null region last.

        features f32 (N,4,96), trigrams i32 (N,32), match f32 (N,M), geometry f32 (N,G), mask f32
        (N,), instruction i32 (64,).
        """
        inputs = (features, trigrams, match, geometry, mask, instruction)
        return self.score(*(x[None] for x in inputs)).relevance[0]

    def score(
        self,
        features: Tensor,
        trigrams: Tensor,
        match: Tensor,
        geometry: Tensor,
        mask: Tensor,
        instruction: Tensor,
    ) -> Scores:
        """Score a batch: the inputs of `forward`, each with a leading batch axis."""
        words, words_bias = self._read(instruction)
        regions = self.region_norm(
            self.feature(features.flatten(2))
            + self.text(self._mean_trigram(trigrams))
            + self.match(match)
            + self.place(self._sinusoids(geometry))
        )
        region_bias = ((1.0 - mask) * MASKED)[:, None, None, :]
        biases = self.pair(relative_geometry(geometry)).permute(0, 3, 1, 2)
        biases = biases + region_bias
        for pair_bias, block in zip(
            biases.split(self.config.heads, dim=1), self.region_blocks, strict=True
        ):
            regions = block(regions, (None, pair_bias), (words, words_bias))
        queries = self.guidance.expand(features.shape[0], -1, -1)
        for block in self.guidance_blocks:
            queries = block(queries, (words, words_bias), (regions, region_bias))
        guidance = _unit_length(self.guidance_to_common(queries).mean(dim=1))
        common = _unit_length(self.to_common(regions))
        scale = self.log_scale.exp().clamp(max=MAX_SCALE)
        near = (common @ guidance[:, :, None]).squeeze(2) * scale + (1.0 - mask) * MASKED
        none = (guidance @ _unit_length(self.null)[:, None]) * scale
        return Scores(torch.cat([near, none], dim=1), guidance, common)

    def _read(self, instruction: Tensor) -> tuple[Tensor, Tensor]:
        """Instruction tokens (B,64,d) and their attention bias (B,1,1,64)."""
        used = (instruction > 0).to(self.position.dtype)
        # An instruction without any trigram still has its first token to attend to.
        first = torch.arange(instruction.shape[1], device=instruction.device) == 0
        used = torch.maximum(used, first.to(used.dtype)[None])
        bias = ((1.0 - used) * MASKED)[:, None, None, :]
        words = self.instruction_norm(self.text(self.trigrams(instruction)) + self.position)
        for block in self.instruction_blocks:
            words = block(words, (None, bias))
        return words, bias

    def _mean_trigram(self, ids: Tensor) -> Tensor:
        """Sum of the embeddings over the square root of their number, which keeps their length."""
        count = (ids > 0).to(self.position.dtype).sum(dim=2, keepdim=True)
        mean: Tensor = self.trigrams(ids).sum(dim=2) / count.clamp(min=1.0).sqrt()
        return mean

    def _sinusoids(self, geometry: Tensor) -> Tensor:
        """Geometry (B,N,G) as itself and waves of doubling frequency (B,N,G*(2f+1))."""
        waves = [geometry]
        for power in range(self.config.frequencies):
            angle = geometry * (math.pi * 2.0**power)
            waves += [torch.sin(angle), torch.cos(angle)]
        return torch.cat(waves, dim=2)


def relative_geometry(geometry: Tensor) -> Tensor:
    """Places of regions relative to each other: (B,N,4 or 8) -> (B,N,N,7 or 8), all within -1..1.

    Offsets along x, y and finely along y; gaps along x and y; the overlap of rows and of columns as
    a share of the smaller region, which shows "same line" and "same column"; with their cells, 1
    for those of one cell and 0 for those of others.
    """
    x, y, width, height, *cell = geometry.unbind(dim=2)
    dx, dy = x[:, None, :] - x[:, :, None], y[:, None, :] - y[:, :, None]
    across = (width[:, None, :] + width[:, :, None]) / 2
    down = (height[:, None, :] + height[:, :, None]) / 2
    narrower = torch.minimum(width[:, None, :], width[:, :, None]).clamp(min=1e-3)
    lower = torch.minimum(height[:, None, :], height[:, :, None]).clamp(min=1e-3)
    gap_x, gap_y = dx.abs() - across, dy.abs() - down
    same_cell: list[Tensor] = []
    if cell:
        cells = torch.stack(cell, dim=2)
        apart = (cells[:, None, :] - cells[:, :, None]).abs().sum(dim=3)
        same_cell = [1 - (apart * 1000).clamp(max=1)]
    return torch.stack(
        [
            torch.tanh(4 * dx),
            torch.tanh(4 * dy),
            torch.tanh(40 * dy),
            torch.tanh(10 * gap_x),
            torch.tanh(20 * gap_y),
            (-gap_y / lower).clamp(-1, 1),
            (-gap_x / narrower).clamp(-1, 1),
            *same_cell,
        ],
        dim=3,
    )


def _unit_length(x: Tensor) -> Tensor:
    """Vectors of length one, by way of their mean square, which stays inside fp16."""
    length: float = x.shape[-1] ** 0.5
    return x / ((x * x).mean(dim=-1, keepdim=True) + 1e-5).sqrt() / length


def load_aligner(folder: Path) -> Aligner:
    """Load aligner.safetensors and aligner.json of a folder, ready for inference.

    Raises BundleError when they are missing or broken.
    """
    model, _ = load_configured(
        folder, "aligner", lambda config: Aligner(AlignerConfig(**config)), "aligner"
    )
    return model.eval()


def facts(model: Aligner, **measured: Any) -> dict[str, Any]:
    """The contents of aligner.json: the configuration and the measured figures."""
    return {
        "config": asdict(model.config),
        "temperature": SelectionParameters().temperature,
        "reading_order": "layout",
        **measured,
    }
