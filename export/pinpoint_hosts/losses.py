"""The head's losses: between images, within an image, on boxes, and of the answer.

After PinPoint (arXiv 2603.22815): L = L_inter + .5 L_intra, with a temperature that it leaves open.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from pinpoint_hosts.head import Scored

TEMPERATURE = 0.07


def inter_image(scored: Sequence[Scored], positive: Sequence[Tensor]) -> Tensor:
    """Contrast each question with the evidence of other images, both ways.

    positive: bool (n,) of each. Two images or more.
    """
    seen = torch.stack(
        [each.vision[:, mask].mean(1) for each, mask in zip(scored, positive, strict=True)]
    )
    seen = F.normalize(seen, dim=-1)
    said = torch.stack([each.text for each in scored])
    cosines = torch.einsum("ikd,jkd->ij", seen, said) / seen.shape[1] / TEMPERATURE
    own = torch.arange(len(scored), device=cosines.device)
    return (F.cross_entropy(cosines, own) + F.cross_entropy(cosines.T, own)) / 2


def intra_image(relevance: Tensor, positive: Tensor) -> Tensor:
    """Contrast the windows with evidence, bool (n,), with the others of their image."""
    scores = relevance / TEMPERATURE
    return scores.logsumexp(0) - scores[positive].logsumexp(0)


def box_loss(relevance: Tensor, target: Tensor) -> Tensor:
    """Distance of the windows' distribution from the share of evidence in each, f32 (n,)."""
    wanted = target / target.sum().clamp_min(1e-6)
    return F.kl_div((relevance / TEMPERATURE).log_softmax(0), wanted, reduction="sum")


def answer_loss(relevance: Tensor, answer_nll: Tensor) -> Tensor:
    """Expected loss of the answer over windows.

    answer_nll: f32 (n,), the frozen host's loss of the gold answer from each window alone.
    """
    return ((relevance / TEMPERATURE).softmax(0) * (answer_nll - answer_nll.mean())).sum()
