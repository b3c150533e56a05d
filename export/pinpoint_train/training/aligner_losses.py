"""Batches of examples of the aligner, and the losses it is trained with.

The loss is that of stage 1 of PinPoint (arXiv 2603.22815), on layout regions: inter-candidate
relevance (a softmax over the regions and the null region, spread over all support regions), an
inter-image contrastive loss, an intra-image contrastive loss and a box loss.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from pinpoint_models.aligner import Scores
from pinpoint_train.corpus.aligner_examples import Example

TEMPERATURE = 0.1  # of the contrastive losses


# Of the paper's losses beside the relevance, whose weight is 1.
LOSS_WEIGHTS = {"inter": 1.0, "intra": 0.5, "box": 0.2}


@dataclass(frozen=True)
class AlignerBatch:
    """Inputs of `Aligner.score` with their targets.

    support and answer: bool (B,N); a question without support is unanswerable. alike: bool (B,B),
    True where two questions have the same words, so that neither is a negative of the other.
    """

    inputs: tuple[Tensor, ...]
    support: Tensor
    answer: Tensor
    alike: Tensor

    def to(self, device: torch.device) -> AlignerBatch:
        """The same batch on another device."""
        return AlignerBatch(
            tuple(x.to(device) for x in self.inputs),
            self.support.to(device),
            self.answer.to(device),
            self.alike.to(device),
        )


def collate(examples: list[Example]) -> AlignerBatch:
    """Pad examples to a common number of regions, a multiple of 8."""
    size = -(-max(len(e.mask) for e in examples) // 8) * 8

    def padded(name: str) -> Tensor:
        arrays = [getattr(e, name) for e in examples]
        whole = np.zeros((len(arrays), size, *arrays[0].shape[1:]), arrays[0].dtype)
        for target, array in zip(whole, arrays, strict=True):
            target[: len(array)] = array
        return torch.from_numpy(whole)

    names = ("features", "trigrams", "match", "geometry", "mask")
    questions = torch.from_numpy(np.stack([e.instruction for e in examples]))
    words = [e.question.casefold() for e in examples]
    alike = torch.tensor([[a == b for b in words] for a in words])
    inputs = (*(padded(name) for name in names), questions)
    return AlignerBatch(inputs, padded("support"), padded("answer"), alike)


def losses_of(
    scores: Scores, batch: AlignerBatch, selected: Collection[str] = tuple(LOSS_WEIGHTS)
) -> dict[str, Tensor]:
    """The relevance loss and the selected ones of LOSS_WEIGHTS, each a scalar.

    Without an answerable question in the batch, all but the relevance are zero.
    """
    support = batch.support.float()
    answerable = support.sum(1) > 0
    target = torch.cat([support, (~answerable).float()[:, None]], dim=1)
    target = target / target.sum(1, keepdim=True)
    chances = scores.relevance.log_softmax(1)
    losses = {"relevance": -(target * chances).sum(1).mean()}
    rows = answerable.nonzero()[:, 0]
    known = {"inter": _inter_image_loss, "intra": _intra_image_loss, "box": _box_loss}
    for name in selected:
        losses[name] = known[name](scores, batch, rows) if len(rows) else chances.new_zeros(())
    return losses


def _inter_image_loss(scores: Scores, batch: AlignerBatch, rows: Tensor) -> Tensor:
    """Contrast each question's guidance with the mean support of all questions of the batch."""
    support, guidance = batch.support[rows].float(), scores.guidance[rows]
    mean = (support[:, :, None] * scores.regions[rows]).sum(1) / support.sum(1, keepdim=True)
    across = guidance @ F.normalize(mean, dim=1).T / TEMPERATURE
    same = batch.alike[rows][:, rows] & ~torch.eye(len(rows), dtype=torch.bool, device=rows.device)
    across = across.masked_fill(same, -1e4)
    own = torch.arange(len(rows), device=rows.device)
    return (F.cross_entropy(across, own) + F.cross_entropy(across.T, own)) / 2


def _intra_image_loss(scores: Scores, batch: AlignerBatch, rows: Tensor) -> Tensor:
    """Contrast each support region with all regions of its page that are none."""
    support, mask = batch.support[rows].float(), batch.inputs[4][rows] > 0
    within = (scores.regions[rows] @ scores.guidance[rows][:, :, None]).squeeze(2) / TEMPERATURE
    others = within.masked_fill((support > 0) | ~mask, -1e4).logsumexp(1, keepdim=True)
    each = F.softplus(others - within) * support
    return (each.sum(1) / support.sum(1)).mean()


def _box_loss(scores: Scores, batch: AlignerBatch, rows: Tensor) -> Tensor:
    """Smooth L1 between the mean box, weighted by relevance, and the union of the answer boxes."""
    relevance, geometry, answer = (
        scores.relevance[rows],
        batch.inputs[3][rows, :, :4],
        batch.answer[rows],
    )
    centre, half = geometry[:, :, :2], geometry[:, :, 2:] / 2
    low, high = centre - half, centre + half
    shares = relevance[:, :-1].softmax(1)[:, :, None]
    there = answer[:, :, None]
    union_low = low.masked_fill(~there, 1e4).amin(1)
    union_high = high.masked_fill(~there, -1e4).amax(1)
    kept = answer.any(1)
    predicted = torch.cat([(shares * low).sum(1), (shares * high).sum(1)], dim=1)[kept]
    wanted = torch.cat([union_low, union_high], dim=1)[kept]
    if not len(wanted):
        return relevance.new_zeros(())
    return F.smooth_l1_loss(predicted, wanted, beta=0.05)
