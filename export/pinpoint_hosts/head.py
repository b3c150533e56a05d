"""The head: guidance queries, two projections into one space, and the relevance of windows.

After PinPoint (arXiv 2603.22815). The paper leaves open how the cosines of the queries become one
score: their mean is taken here.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from PIL import Image as Images
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from pinpoint_edge.errors import DataError
from pinpoint_hosts.host import Host, Look
from pinpoint_hosts.windows import Windows, WindowSize, make_windows


@dataclass(frozen=True)
class HeadShape:
    """Widths of the host's grid and embeddings, of the shared space, and the count of queries."""

    vision: int
    text: int
    width: int = 256
    queries: int = 100
    side: float = WindowSize.side
    stride: float = WindowSize.stride


@dataclass(frozen=True)
class Scored:
    """Relevance f32 (n,) of each window, and what the queries saw.

    vision: f32 (k,n,d); text: f32 (k,d); both of length 1.
    """

    relevance: Tensor
    vision: Tensor
    text: Tensor


class Head(nn.Module):
    """Queries and projections are trained, the host is frozen.

    Features are standardized first by `offset` and `scale` of the training set: without it the
    queries of a host with few large features learn nothing.
    """

    vision_offset: Tensor
    vision_scale: Tensor
    text_offset: Tensor
    text_scale: Tensor

    def __init__(self, shape: HeadShape) -> None:
        super().__init__()
        self.shape, width = shape, shape.width
        self.queries = nn.Parameter(torch.randn(shape.queries, width) * width**-0.5)
        self.vision, self.text = _projection(shape.vision, width), _projection(shape.text, width)
        for name, size in (("vision", shape.vision), ("text", shape.text)):
            self.register_buffer(f"{name}_offset", torch.zeros(size))
            self.register_buffer(f"{name}_scale", torch.ones(size))

    def forward(self, grid: Tensor, cells: Tensor, text: Tensor) -> Scored:
        """grid: f32 (rows·columns,c); cells: i64 (n,m); text: f32 (t,d), or (b,t,d)."""
        regions = self.vision((grid - self.vision_offset) / self.vision_scale)
        words = self.text((text - self.text_offset) / self.text_scale)
        scale = self.shape.width**-0.5
        # Scores of every cell once, for all windows that share it.
        weights = (self.queries @ regions.T * scale)[:, cells].softmax(-1)
        vision = _unit(torch.einsum("knm,nmd->knd", weights, regions[cells]))
        read = (self.queries @ words.transpose(-1, -2) * scale).softmax(-1) @ words
        instruction = _unit(read)
        relevance = torch.einsum("knd,...kd->...nk", vision, instruction).mean(-1)
        return Scored(relevance, vision, instruction)

    def windows(self, look: Look) -> Windows:
        """Return the windows of a look's grid."""
        rows, columns = look.grid.shape[:2]
        return make_windows(rows, columns, WindowSize(self.shape.side, self.shape.stride))

    @torch.no_grad()
    def score(self, host: Host, look: Look, question: str) -> tuple[Tensor, Windows]:
        """Return the relevance f32 (n,) of the windows of a look, and those."""
        windows = self.windows(look)
        text = host.instruction(question).float()
        scored: Scored = self(look.grid.float().flatten(0, 1), windows.cells, text)
        return scored.relevance, windows

    def standardize(self, grids: Tensor, texts: Tensor) -> None:
        """Measure offset and scale. grids: f32 (n,c); texts: f32 (n,d)."""
        for name, values in (("vision", grids), ("text", texts)):
            getattr(self, f"{name}_offset").copy_(values.mean(0))
            getattr(self, f"{name}_scale").copy_(values.std(0).clamp_min(1e-6))

    def save(self, path: Path, facts: dict[str, Any]) -> None:
        """Write weights and shape as safetensors; facts: what the training says of itself."""
        path.parent.mkdir(parents=True, exist_ok=True)
        written = path.with_suffix(".part")
        shape = {name: repr(value) for name, value in asdict(self.shape).items()}
        told = {name: str(value) for name, value in facts.items()}
        save_file(dict(self.state_dict()), written, {**told, **shape})
        written.replace(path)

    @classmethod
    def load(cls, path: Path, host: Host | None = None) -> Head:
        """Read a head; DataError for a file that is none, or of another host's widths."""
        try:
            with safe_open(path, "pt") as file:
                told = file.metadata() or {}
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            kinds = {field: type(value) for field, value in asdict(HeadShape(1, 1)).items()}
            head = cls(HeadShape(**{field: kind(told[field]) for field, kind in kinds.items()}))
            head.load_state_dict(tensors)
        except (OSError, SafetensorError, KeyError, ValueError, RuntimeError) as error:
            raise DataError(
                f"{path}: this is no head ({error}); train one with `pinpoint-train windows`"
            ) from error
        if host is not None and host.instruction("a").shape[-1] != head.shape.text:
            raise DataError(
                f"{path}: this head reads embeddings of {head.shape.text} values, the host gives "
                f"{host.instruction('a').shape[-1]}; train one for this host"
            )
        return head.eval()


def head_inputs(host: Host) -> tuple[int, int]:
    """Return the widths of a host's grid and of its token embeddings."""
    side = 64
    look = host.look(Images.new("RGB", (side, side), "white"), small=True)
    return look.grid.shape[-1], host.instruction("a").shape[-1]


def _projection(inputs: int, width: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(inputs, width), nn.GELU(), nn.Linear(width, width))


def _unit(values: Tensor) -> Tensor:
    # Not F.cosine_similarity, which Core ML refuses.
    return values * torch.rsqrt(values.square().sum(-1, keepdim=True) + 1e-12)
