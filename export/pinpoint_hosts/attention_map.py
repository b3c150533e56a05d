"""The host's own attention to the page, relative to that for a general request.

After ViCrop (Zhang et al., arXiv 2502.17422), whose boxes come from it; it also labels pages for
the head where there are no boxes, as in SD-RPN (arXiv 2509.16944).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from pinpoint_edge.errors import OptionError
from pinpoint_hosts.decoder_host import DecoderHost
from pinpoint_hosts.decoding import State, attention
from pinpoint_hosts.host import Look

GENERAL = "Write a general description of the image."


@dataclass
class LastRow:
    """A plan that drops nothing, and keeps the last row's attention in one layer, f32 (n,)."""

    layer: int
    weights: Tensor | None = None

    def keep(self, state: State) -> Tensor | None:
        """Keep all rows."""
        if state.layer == self.layer:
            last = [state.rows.shape[1] - 1]
            layer = state.layers[state.layer]
            self.weights = attention(layer, state.rows, state.rope, last).mean(0)[0]
        return None


def attention_map(host: DecoderHost, look: Look, question: str) -> Tensor:
    """Return f32 (rows,columns): attention to a small page, divided by that for GENERAL.

    The layer is that at two thirds of the decoder. OptionError for a host without a decoder-only
    language model.
    """
    layers = getattr(host.language, "layers", ())
    if look.shape is None or not hasattr(host.language, "rotary_emb"):
        raise OptionError(f"{host.family} has no attention map; give annotated boxes")
    found = []
    for text in (question, GENERAL):
        plan = LastRow(len(layers) * 2 // 3)
        prompt = host.prompt(text, [look])
        host.decoded(prompt, 1, plan)
        assert plan.weights is not None
        rows, columns = look.shape
        found.append(plan.weights[prompt.visual][: rows * columns].view(rows, columns))
    ratio: Tensor = found[0] / found[1].clamp_min(1e-9)
    return torch.nan_to_num(ratio)
