"""Quantization-aware training: the language model's weights lie on the int4 grid while it learns.

The forward pass multiplies with base plus LoRA, rounded to the grid
(`pinpoint_models.decoder.grid`); the backward pass takes the rounding for the identity (straight-
through estimator, Bengio et al. 2013; for quantization: Jacob et al. 2018). So the adapter learns
to answer with rounded weights, at the price of a plain LoRA: the base's own gradient is never
computed. The inputs of a layer are rounded as well, row by row, as XNNPACK and LiteRT do it.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from pinpoint_models.decoder.grid import snap
from pinpoint_models.decoder.lora import LoRALinear, as_stored
from pinpoint_models.decoder.model import Decoder


def round_rows(x: Tensor) -> Tensor:
    """Each row of x (.., K) rounded to 256 values from its least, or zero, to its greatest."""
    least = x.amin(-1, keepdim=True).clamp(max=0)
    step = ((x.amax(-1, keepdim=True).clamp(min=0) - least) / 255).clamp(min=1e-12)
    zero = (least / step).round()
    return ((x / step).round() - zero).clamp(0, 255).add(zero).mul(step)


class _StraightThrough(torch.autograd.Function):
    """x (.., K) times the rounded weight (N, K), with the gradients of the unrounded LoRA."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, rounded: Tensor, down: Tensor, up: Tensor, scale: float
    ) -> Any:
        half = x.to(rounded.dtype)
        ctx.save_for_backward(half, rounded, down, up)
        ctx.scale = scale
        return torch.nn.functional.linear(half, rounded).float()

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        half, rounded, down, up = ctx.saved_tensors
        kind = rounded.dtype
        outer = gradients[0].to(kind).reshape(-1, rounded.shape[0])
        inner = half.reshape(-1, rounded.shape[1])
        through = (outer @ rounded).float().reshape(half.shape)
        middle = outer @ up.to(kind)  # (S, rank)
        to_down = (middle.T @ inner).float() * ctx.scale
        to_up = (outer.T @ (inner @ down.to(kind).T)).float() * ctx.scale
        return through, None, to_down, to_up, None


class GridLinear(LoRALinear):
    """A LoRA layer that multiplies with its merged weight on the grid; `refresh` after each step.

    lora: the layer whose parts it takes over; dtype: that of the products; round_inputs: round the
    inputs, too.
    """

    rounded: Tensor

    def __init__(self, lora: LoRALinear, dtype: torch.dtype, round_inputs: bool = False) -> None:
        nn.Module.__init__(self)
        self.base, self.alpha, self.scale = lora.base, lora.alpha, lora.scale
        self.down, self.up = lora.down, lora.up
        self.dtype, self.round_inputs = dtype, round_inputs
        self.register_buffer("rounded", torch.empty(0), persistent=False)
        self.refresh()

    @torch.no_grad()
    def refresh(self) -> None:
        """Round the merged weight, from the branches as a file will hold them."""
        up, down = as_stored(self.up), as_stored(self.down)
        merged = torch.addmm(self.base.weight.float(), up, down, alpha=self.scale)
        self.rounded = snap(merged).to(self.dtype)

    def forward(self, x: Tensor) -> Tensor:
        if self.round_inputs:
            x = x + (round_rows(x.detach()) - x.detach())
        parts = (x, self.rounded, self.down, self.up, self.scale)
        out: Tensor = _StraightThrough.apply(*parts)  # type: ignore[no-untyped-call]
        return out


def put_on_grid(
    decoder: Decoder, dtype: torch.dtype, round_inputs: bool = False
) -> list[GridLinear]:
    """Replace the LoRA layers of a decoder, in place, by such ones; return them."""
    found = [(name, m) for name, m in decoder.named_modules() if isinstance(m, LoRALinear)]
    layers = []
    for name, lora in found:
        layers.append(GridLinear(lora, dtype, round_inputs))
        decoder.set_submodule(name, layers[-1])
    return layers
