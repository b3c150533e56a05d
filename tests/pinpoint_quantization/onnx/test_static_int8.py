"""Static int8: convolutions and products with weights, and nothing that multiplies activations."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import onnx_ir as ir
import onnxruntime
import pytest
import torch
from torch import Tensor, nn

from pinpoint_edge.errors import DataError, ExportError, OptionError
from pinpoint_quantization.onnx.static_int8 import quantize_static
from pinpoint_quantization.onnx.weights import name_weights
from pinpoint_quantization.recipe import StageRecipe

STATIC = StageRecipe("int8", granularity="channel", activations="static")


class Looker(nn.Module):
    """Two convolutions, an attention without weights of its own, and a layer."""

    def __init__(self) -> None:
        super().__init__()
        self.eye, self.fine = nn.Conv2d(3, 8, 3, padding=1), nn.Conv2d(8, 8, 3, padding=1)
        self.head = nn.Linear(8, 5)

    def forward(self, image: Tensor) -> Tensor:
        x = torch.relu(self.fine(torch.relu(self.eye(image)))).flatten(2).transpose(1, 2)
        mixed = (x @ x.transpose(1, 2)).softmax(-1) @ x
        out: Tensor = self.head(mixed)
        return out


def exported() -> tuple[nn.Module, ir.Model]:
    torch.manual_seed(0)
    module = Looker().eval()
    program = torch.onnx.export(
        module, (torch.zeros(1, 3, 8, 8),), input_names=["image"], dynamo=True, verbose=False
    )
    assert program is not None
    name_weights(program.model)
    return module, program.model


def images(count: int, seed: int) -> list[dict[str, Any]]:
    rng = np.random.default_rng(seed)
    return [{"image": rng.random((1, 3, 8, 8), np.float32)} for _ in range(count)]


def run(model: ir.Model, feed: dict[str, Any]) -> Any:
    proto = ir.to_proto(model).SerializeToString()
    session = onnxruntime.InferenceSession(proto, providers=["CPUExecutionProvider"])
    return session.run(None, feed)[0]


def test_layers_compute_in_int8_and_attention_in_float() -> None:
    module, model = exported()
    quantized = quantize_static(model, "detect", STATIC, images(8, 0))
    kinds = Counter(node.op_type for node in quantized.graph)
    assert (kinds["Conv"], kinds["MatMul"] + kinds["Gemm"]) == (2, 3)
    for node in quantized.graph:
        if node.op_type in ("MatMul", "Gemm"):
            made = [value.producer() for value in node.inputs if value is not None]
            dequantized = [n is not None and n.op_type == "DequantizeLinear" for n in made[:2]]
            assert dequantized in ([True, True], [False, False])
    (feed,) = images(1, 1)
    expected = module(torch.from_numpy(feed["image"])).detach().numpy()
    noise = np.square(run(quantized, feed) - expected).sum() / np.square(expected).sum()
    assert 20 < -10 * np.log10(noise) < 60


def test_patterns_keep_modules_in_float() -> None:
    _, model = exported()
    recipe = StageRecipe("int8", modules=(("fine", "float32"),), activations="static")
    quantized = quantize_static(model, "detect", recipe, images(2, 0))
    names = {value.name for value in quantized.graph.initializers.values()}
    assert "fine.weight" in names
    assert "eye.weight" not in names


def test_what_cannot_be_done_is_said() -> None:
    _, model = exported()
    with pytest.raises(DataError, match="measured on real inputs and none were given"):
        quantize_static(model, "detect", STATIC, [])
    ear = StageRecipe("int8", modules=(("ear", "float32"),), activations="static")
    with pytest.raises(OptionError, match="'ear' fits no module"):
        quantize_static(model, "detect", ear, images(1, 0))
    none = StageRecipe("int8", modules=(("*", "float32"),), activations="static")
    with pytest.raises(ExportError, match="has no weights that can be kept in int8 throughout"):
        quantize_static(model, "detect", none, images(1, 0))
