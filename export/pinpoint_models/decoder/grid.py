"""The grid that the language model's weights lie on, so that int4 keeps every one of them.

A block of 32 neighbours of a row shares a scale, its largest magnitude / 7, and a weight is that
scale times an integer from -7 to 7. Files keep scales in float16 and XNNPACK computes with them in
bfloat16, so that a scale is a number of both. Training adapts the model with its weights on the
grid (`pinpoint-train llm`); loading it puts them there. Symmetric int4 of every target
then stores the model as it is, and no target's rounding is another's.
"""

import torch
from torch import Tensor, nn

from pinpoint_edge.errors import DataError
from pinpoint_models.decoder.model import Decoder

BLOCK = 32
TOP = 7  # the integers -7 to 7: what every target's symmetric int4 can hold


@torch.no_grad()
def snap(weight: Tensor, block: int = BLOCK) -> Tensor:
    """Return a matrix f32 (N, K) with each weight moved to the nearest value of its block's grid.

    A matrix that lies on the grid stays as it is. Raises DataError unless block divides K.
    """
    rows, columns = weight.shape
    if columns % block:
        raise DataError(f"Rows of {columns} weights cannot be cut into blocks of {block}.")
    blocks = weight.float().reshape(rows, columns // block, block)
    scales = (blocks.abs().amax(-1, keepdim=True) / TOP).bfloat16().half().float()
    scales = torch.where(scales == 0, torch.ones_like(scales), scales)
    return (blocks / scales).round_().clamp_(-TOP, TOP).mul_(scales).reshape(rows, columns)


@torch.no_grad()
def snap_decoder(decoder: Decoder, block: int = BLOCK) -> None:
    """Put the linear layers of a decoder on the grid, in place; the embedding stays as it came."""
    for module in decoder.modules():
        if isinstance(module, nn.Linear):
            module.weight = nn.Parameter(snap(module.weight, block), requires_grad=False)
