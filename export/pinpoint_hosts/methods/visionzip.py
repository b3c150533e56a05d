"""VisionZip (Yang et al., arXiv 2412.04467): fewer visual tokens before the language model.

Dominant tokens by the attention that they receive in the tower's last layer but one; the others
merged into a few by the likeness of their keys.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from pinpoint_hosts.host import Prompt

DOMINANT, CONTEXTUAL = 54 / 576, 10 / 576


@torch.no_grad()
def merge(
    prompt: Prompt,
    received: Tensor,
    keys: Tensor,
    dominant: float = DOMINANT,
    contextual: float = CONTEXTUAL,
) -> Prompt:
    """Return the prompt with the share `dominant` of its visual rows and `contextual` merged ones.

    received: f32 (v,), infinite for rows that stay in any case (newlines); keys: f32 (v,d).
    """
    seen = prompt.visual.nonzero()[:, 0]
    count = len(seen)
    top = received.topk(min(count, math.ceil(dominant * count - 1e-9))).indices
    rest = torch.ones(count, dtype=torch.bool)
    rest[top] = False
    others = rest.nonzero()[:, 0]
    few = min(len(others), math.ceil(contextual * count))
    embeds = prompt.embeds.clone()
    targets = others[:0]
    if few:
        targets = others[torch.arange(0, len(others), max(1, len(others) // few))[:few]]
        rest[targets] = False
        merged = rest.nonzero()[:, 0]
        near = (F.normalize(keys[merged], dim=-1) @ F.normalize(keys[targets], dim=-1).T).argmax(1)
        to = F.one_hot(near, len(targets)).T.to(embeds.dtype)
        sums = embeds[0, seen[targets]] + to @ embeds[0, seen[merged]]
        embeds[0, seen[targets]] = sums / (1 + to.sum(1, keepdim=True))
    text = (~prompt.visual).nonzero()[:, 0]
    kept = torch.cat([text, seen[top], seen[targets]]).sort().values
    positions = torch.arange(len(kept), device=kept.device)[None]
    return Prompt(prompt.ids[:, kept], embeds[:, kept], positions, prompt.visual[kept])
