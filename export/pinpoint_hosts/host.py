"""A host: a vision-language model that PinPoint chooses regions for, and what passes between them.

The seam is `inputs_embeds` with explicit positions: equal to the model's own path, and the only
form that an exported decoder takes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import torch
from PIL.Image import Image
from torch import Tensor

from pinpoint_hosts.stage import HostStage

# (x0, y0, x1, y1); of a page in its pixels, of a frame in shares of the page.
Box = tuple[float, float, float, float]
WHOLE: Box = (0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True)
class Look:
    """An image as the host sees it.

    tokens: f32 (n,d), what the language model reads. grid: f32 (rows,columns,c), features of the
    cells for the head; `frame` is the part of the image that it covers, in shares, beyond 0..1
    where the image was padded. marks: the text with n image tokens that replaces the placeholder.
    flops: of the vision pass. shape: rows and columns of the tokens, row-major from the first one
    on; None where tiles come between. thw: patches in time, height and width, of M-RoPE hosts.
    """

    tokens: Tensor
    grid: Tensor
    marks: str
    flops: int
    frame: Box = WHOLE
    shape: tuple[int, int] | None = None
    thw: tuple[int, int, int] | None = None


@dataclass(frozen=True)
class Prompt:
    """The input of the language model.

    ids: i64 (1,n). embeds: f32 (1,n,d), visual tokens in their places. positions: i64 (1,n), or
    (3,1,n) with M-RoPE. visual: bool (n,).
    """

    ids: Tensor
    embeds: Tensor
    positions: Tensor
    visual: Tensor


@dataclass(frozen=True)
class Cost:
    """FLOPs of the vision passes and of the prefill, a product-sum as two; and visual tokens."""

    vision_flops: int
    prefill_flops: int
    visual_tokens: int


class Host(Protocol):
    """One family of models behind a folder."""

    family: ClassVar[str]
    # Whether crops are stretched or padded to a square, so that they are better cut square.
    square: ClassVar[bool]
    model: Any
    tokenizer: Any
    images: Any

    def look(self, image: Image, *, small: bool = False) -> Look:
        """Return the whole page as the family's processor makes it, or the small page of stage 1,
        which costs one tile."""
        ...

    def again(self, crops: Sequence[Image]) -> list[Look]:
        """Return each crop encoded alone: its tokens depend on its own pixels only."""
        ...

    def instruction(self, text: str) -> Tensor:
        """Return the token embeddings f32 (t,d) of a question, the head's other input."""
        ...

    def prompt(self, question: str, looks: Sequence[Look]) -> Prompt:
        """Return the family's chat prompt with these images before the question."""
        ...

    def generate(self, prompt: Prompt, limit: int) -> list[int]:
        """Return greedily decoded ids, the end of sequence left out; `limit` bounds their count."""
        ...

    def cost(self, looks: Sequence[Look], prompt: Prompt) -> Cost:
        """Return what looks and prompt cost, in closed form."""
        ...

    def stages(self, crop: Image) -> dict[str, HostStage]:
        """Return `look`, `embed` and `decode` as modules that export; `look` with this crop's
        inputs, and for crops and small pages alike. ExportError where the family has none."""
        ...

    def text(self, ids: Sequence[int]) -> str:
        """Return the words of generated ids."""
        ...


def device_of(model: Any) -> torch.device:
    """Return where a model's weights lie."""
    return next(iter(model.parameters())).device  # type: ignore[no-any-return]
