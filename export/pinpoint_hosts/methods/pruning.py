"""Methods that drop visual tokens inside the decoder: FastV, PyramidDrop, SparseVLM.

Each is a plan of `decoding.decode`; kept rows keep their positions. Their scores cost one more
product of the raters' queries with all keys, which counts as nothing here, in their favour.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from pinpoint_hosts.decoding import State, attention


@dataclass(frozen=True)
class FastV:
    """Drop once, by the last row's attention in the layer before (Chen et al., ECCV 2024,
    arXiv 2403.06764): after layer `after` the share `share` of visual tokens goes on."""

    share: float = 0.5
    after: int = 2

    def keep(self, state: State) -> Tensor | None:
        """Return the kept rows at the one layer."""
        if state.layer != min(self.after, len(state.layers) - 1) or state.before is None:
            return None
        rows, rope = state.before
        weights = attention(state.layers[state.layer - 1], rows, rope, [rows.shape[1] - 1])
        return best(weights.mean(0)[0], state.visual, self.share)


class PyramidDrop:
    """Drop in stages at quarters of the depth, by the last row's attention in the next layer
    (Xing et al., arXiv 2410.17247); `share` of the tokens left goes on at each."""

    def __init__(self, share: float = 0.5) -> None:
        self.share = share
        self._first = 0

    def keep(self, state: State) -> Tensor | None:
        """Return the kept rows at each stage."""
        depth = len(state.layers)
        if state.layer == 0:
            self._first = int(state.visual.sum())
        stages = sorted({max(1, depth * quarter // 4) for quarter in (1, 2, 3)})
        if state.layer not in stages:
            return None
        stage = stages.index(state.layer) + 1
        left = math.ceil(self._first * self.share**stage) / max(1, int(state.visual.sum()))
        last = [state.rows.shape[1] - 1]
        weights = attention(state.layers[state.layer], state.rows, state.rope, last)
        return best(weights.mean(0)[0], state.visual, min(1.0, left))


class SparseVLM:
    """Drop in stages, by the attention of the question's rows that look at the image most (Zhang
    et al., arXiv 2410.04417). Its recycling of dropped tokens is left out.

    `shares` of the first count go on at layers 2, 6 and 15 of 32, or as deep in another depth; by
    default those of its setting with 192 tokens of 576.
    """

    def __init__(self, shares: tuple[float, ...] = (300 / 576, 200 / 576, 110 / 576)) -> None:
        self.shares = shares
        self._first, self._raters = 0, torch.empty(0)

    def keep(self, state: State) -> Tensor | None:
        """Return the kept rows at each stage."""
        depth = len(state.layers)
        if state.layer == 0:
            self._first = int(state.visual.sum())
            self._raters = _raters(state.rows[0], state.visual)
        stages = [max(1, round(depth * at / 32)) for at in (2, 6, 15)]
        if state.layer not in stages:
            return None
        # Where stages of a shallow decoder meet, the last one holds.
        stage = len(stages) - 1 - stages[::-1].index(state.layer)
        # Text rows are never dropped and stand behind one another: the same raters, moved.
        text = (~state.visual).nonzero()[:, 0]
        raters = text[self._raters].tolist()
        weights = attention(state.layers[state.layer], state.rows, state.rope, raters)
        left = math.ceil(self._first * self.shares[stage]) / max(1, int(state.visual.sum()))
        return best(weights.mean((0, 1)), state.visual, min(1.0, left))


def _raters(rows: Tensor, visual: Tensor) -> Tensor:
    """Return which text rows rate, i64 (m,) among the text rows behind the first image token."""
    text = (~visual).nonzero()[:, 0]
    seen = rows[visual]
    similarity = (seen @ rows[text].T / rows.shape[1] ** 0.5).softmax(1).mean(0)
    later = text > (visual.nonzero()[0, 0] if len(seen) else 0)
    chosen = ((similarity > similarity.mean()) & later).nonzero()[:, 0]
    return chosen if len(chosen) else torch.tensor([len(text) - 1])


def best(weights: Tensor, visual: Tensor, share: float) -> Tensor:
    """Return all rows of text and this share of the visual ones, the heaviest, in order."""
    seen = visual.nonzero()[:, 0]
    count = math.ceil(share * len(seen) - 1e-9)
    kept = seen[weights[seen].topk(count).indices]
    return torch.cat([(~visual).nonzero()[:, 0], kept]).sort().values
