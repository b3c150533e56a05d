"""Torch in another precision: the variants of a module that say what rounding alone costs."""

import copy

import torch
from torch import Tensor, nn


def in_double(module: nn.Module) -> nn.Module:
    """Return a copy that computes in f64: the truth that f32 approaches."""
    return copy.deepcopy(module).double()


def in_half(module: nn.Module) -> nn.Module:
    """Return a copy that rounds its weights and the result of every submodule to f16.

    It computes in f32, as an accelerator's wide accumulators do, so it is the best that f16 gives.
    """
    rounded = copy.deepcopy(module)
    with torch.no_grad():
        for tensor in [*rounded.parameters(), *rounded.buffers()]:
            if tensor.dtype == torch.float32:
                tensor.copy_(tensor.half())
    for child in rounded.modules():
        child.register_forward_hook(_round)
    return rounded


VARIANTS = {"f64": in_double, "f16": in_half}


def _round(_module: nn.Module, _inputs: object, output: object) -> object:
    if isinstance(output, tuple):
        return tuple(_half(item) for item in output)
    return _half(output)


def _half(value: object) -> object:
    if isinstance(value, Tensor) and value.dtype == torch.float32:
        return value.half().float()
    return value
