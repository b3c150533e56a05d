"""Weights in float16 on disk: half the bytes, widened as they are used, and nothing else."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir
import onnxruntime
import pytest
import torch
from torch import Tensor, nn

from pinpoint_edge.errors import ExportError, OptionError
from pinpoint_quantization.onnx.blocks import quantize_graph
from pinpoint_quantization.onnx.float16 import store_float16
from pinpoint_quantization.onnx.weights import name_weights
from pinpoint_quantization.recipe import StageRecipe


class Looker(nn.Module):
    """A convolution and a layer behind it."""

    def __init__(self) -> None:
        super().__init__()
        self.eye = nn.Conv2d(3, 8, 3)
        self.head = nn.Linear(8, 5)

    def forward(self, image: Tensor) -> Tensor:
        out: Tensor = self.head(torch.relu(self.eye(image)).mean((2, 3)))
        return out


IMAGE = torch.linspace(0, 1, 3 * 12 * 12).reshape(1, 3, 12, 12)


def exported(module: nn.Module) -> ir.Model:
    program = torch.onnx.export(module, (IMAGE,), dynamo=True, opset_version=20, verbose=False)
    assert program is not None
    name_weights(program.model)
    return program.model


def looker() -> Looker:
    torch.manual_seed(0)
    return Looker().eval()


def run(model: ir.Model) -> np.ndarray:
    proto = ir.to_proto(model).SerializeToString()
    session = onnxruntime.InferenceSession(proto, providers=["CPUExecutionProvider"])
    found: np.ndarray = session.run(None, {session.get_inputs()[0].name: IMAGE.numpy()})[0]
    return found


def test_weights_take_half_the_room_and_compute_as_rounded_ones_would() -> None:
    module = looker()
    model = exported(module)
    size = store_float16(model, "detect", StageRecipe("float16"))
    assert size == 2 * (3 * 8 * 9 + 8 * 5)
    for layer in (module.eye, module.head):
        layer.weight.data = layer.weight.data.half().float()
    np.testing.assert_allclose(run(model), module(IMAGE).detach().numpy(), atol=1e-6)


def test_patterns_choose() -> None:
    model = exported(looker())
    assert store_float16(model, "x", StageRecipe("float32", modules=(("eye", "float16"),))) == 432
    kinds = {v.name: v.dtype for v in model.graph.initializers.values()}
    assert kinds["eye.weight.half"] == ir.DataType.FLOAT16
    assert kinds["head.weight"] == ir.DataType.FLOAT


def test_integers_come_first_and_their_patterns_are_no_longer_looked_for() -> None:
    recipe = StageRecipe("float16", 16, modules=(("head", "int8"),))
    module = looker()
    module.head = nn.Linear(16, 5)
    module.eye = nn.Conv2d(3, 16, 3)
    model = exported(module)
    quantize_graph(model, "x", recipe)
    assert store_float16(model, "x", recipe) == 2 * 3 * 16 * 9
    assert np.isfinite(run(model)).all()


def test_what_cannot_be_done_is_said() -> None:
    with pytest.raises(OptionError, match=r"'ear' fits no module .* near are"):
        store_float16(
            exported(looker()), "x", StageRecipe("float16", modules=(("ear", "float32"),))
        )
    with pytest.raises(ExportError, match="no weights that can be kept in float16"):
        store_float16(exported(looker()), "x", StageRecipe("float32"))
    big = looker()
    big.head.weight.data[0, 0] = 1e5
    with pytest.raises(ExportError, match="module head: a weight lies beyond float16"):
        store_float16(exported(big), "x", StageRecipe("float16"))
