"""Products of int8 blocks with split inputs: nearly as exact as float32."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx_ir as ir
import onnxruntime
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from pinpoint_quantization.blocks import quantize
from pinpoint_quantization.onnx.blocks import quantize_graph
from pinpoint_quantization.onnx.weights import name_weights
from pinpoint_quantization.recipe import StageRecipe


class Layers(nn.Module):
    """Two products of the same input, one with a bias, as attention and recognition have them."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(96, 64)
        self.second = nn.Linear(96, 64, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.first(x) + self.second(x)


def exported(module: nn.Module, x: Tensor) -> ir.Model:
    rows = torch.export.Dim.DYNAMIC(min=1, max=64)
    program = torch.onnx.export(
        module, (x,), dynamo=True, opset_version=20, verbose=False, dynamic_shapes=({1: rows},)
    )
    assert program is not None
    name_weights(program.model)
    return program.model


def run(model: ir.Model, x: NDArray[np.float32]) -> Any:
    proto = ir.to_proto(model).SerializeToString()
    session = onnxruntime.InferenceSession(proto, providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: x})[0]


def decibels(expected: NDArray[np.float32], found: NDArray[np.float32]) -> float:
    return float(-10 * np.log10(np.square(expected - found).sum() / np.square(expected).sum()))


@pytest.mark.parametrize(("rows", "block", "activations"), [(1, 32, "kept"), (7, 16, "float")])
def test_a_pair_gives_what_float_inputs_give(rows: int, block: int, activations: str) -> None:
    torch.manual_seed(0)
    layers = Layers().eval()
    x = torch.randn(1, rows, 96)
    x[..., 5] *= 300  # as language models have it: one value dwarfs the others of its block
    x[:, :, 32:64] = 0
    model = exported(layers, torch.randn(1, 5, 96))
    quantize_graph(model, "decode", StageRecipe("int8", block, activations=activations))
    names = [node.op_type for node in model.graph]
    assert (names.count("MatMulNBits"), names.count("Round")) == (2, 1), "one pair for both"
    with torch.no_grad():
        for layer in (layers.first, layers.second):
            weights = layer.weight.numpy()
            stored = quantize(weights, 8, block, symmetric=True).dequantize()
            layer.weight.copy_(torch.from_numpy(stored))
        expected = layers(x).numpy()
    assert decibels(expected, run(model, x.numpy())) > 75
    torch.manual_seed(0)
    rounding = exported(Layers().eval(), torch.randn(1, 5, 96))
    quantize_graph(rounding, "decode", StageRecipe("int8", block))
    assert decibels(expected, run(rounding, x.numpy())) < 60


def test_a_row_of_zeros_gives_zeros() -> None:
    torch.manual_seed(0)
    model = exported(nn.Sequential(nn.Linear(64, 8, bias=False)), torch.randn(1, 5, 64))
    quantize_graph(model, "decode", StageRecipe("int8", activations="float"))
    assert not run(model, np.zeros((1, 2, 64), np.float32)).any()
