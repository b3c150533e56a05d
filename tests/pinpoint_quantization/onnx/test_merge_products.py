"""Products of the same rows become one, with the same bits; a tied table stays on its own."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx_ir as ir
import onnxruntime
import pytest
import torch
from torch import Tensor, nn

from pinpoint_quantization.onnx.blocks import quantize_graph
from pinpoint_quantization.onnx.merge_products import merge_products
from pinpoint_quantization.recipe import StageRecipe

IDS = np.array([[5, 0, 39]], np.int64)


class Speaker(nn.Module):
    """A tied table, and three layers that take the same rows."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(40, 64)
        self.query, self.key, self.value = (nn.Linear(64, n, bias=False) for n in (64, 32, 32))

    def forward(self, ids: Tensor) -> Tensor:
        x = self.embedding(ids)
        mixed = self.query(x) + torch.cat([self.key(x), self.value(x)], -1)
        logits: Tensor = nn.functional.linear(x + mixed, self.embedding.weight)
        return logits


def exported(recipe: StageRecipe) -> ir.Model:
    torch.manual_seed(0)
    program = torch.onnx.export(
        Speaker().eval(), (torch.from_numpy(IDS),), dynamo=True, opset_version=20, verbose=False
    )
    assert program is not None
    quantize_graph(program.model, "decode", recipe)
    return program.model


def run(model: ir.Model) -> Any:
    proto = ir.to_proto(model).SerializeToString()
    session = onnxruntime.InferenceSession(proto, providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: IDS})[0]


@pytest.mark.parametrize("symmetric", [True, False])
def test_products_of_the_same_rows_are_one_and_give_the_same_bits(symmetric: bool) -> None:
    recipe = StageRecipe("int4", 32, symmetric)
    before = run(exported(recipe))
    model = exported(recipe)
    assert merge_products(model) == 2  # and the one with the table
    kinds = [node.op_type for node in model.graph]
    assert (kinds.count("MatMulNBits"), kinds.count("Split")) == (2, 1)
    assert np.array_equal(run(model), before)
    assert merge_products(model) == 2  # nothing is left to do


def test_products_of_the_same_pair_are_one() -> None:
    recipe = StageRecipe("int8", activations="float")
    before = run(exported(recipe))
    model = exported(recipe)
    assert merge_products(model) == 2
    assert np.array_equal(run(model), before)


def test_other_forms_stay_apart() -> None:
    recipe = StageRecipe("int4", modules=(("value", "int8"),))
    before = run(exported(recipe))
    model = exported(recipe)
    assert merge_products(model) == 3
    assert np.array_equal(run(model), before)
