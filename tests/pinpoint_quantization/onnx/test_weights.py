"""Weights carry their module's name through an export, and give it back."""

from __future__ import annotations

import onnx_ir as ir
import pytest
import torch
from torch import Tensor, nn

from pinpoint_quantization.onnx.weights import (
    module_of,
    name_weights,
    note_modules,
    noted_module,
    weighted,
)


class Twice(nn.Module):
    """A layer that is used twice, one that is not, and a table."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(8, 16)
        self.shared = nn.Linear(16, 16, bias=False)
        self.inner = nn.Sequential(nn.Linear(16, 4, bias=False), nn.Tanh())

    def forward(self, ids: Tensor) -> Tensor:
        x: Tensor = self.inner(self.shared(self.shared(self.table(ids))))
        return x


@pytest.fixture
def model() -> ir.Model:
    torch.manual_seed(0)
    ids = torch.tensor([[1, 2, 3]])
    exported = torch.onnx.export(Twice().eval(), (ids,), dynamo=True, opset_version=20)
    assert exported is not None
    return exported.model


def test_each_weight_is_named_after_its_module(model: ir.Model) -> None:
    before = {value.name for _, value in weighted(model.graph)}
    assert "inner.0.weight" not in before, "the exporter names them itself: this module is done"
    name_weights(model)
    named = [(node.op_type, value.name) for node, value in weighted(model.graph)]
    assert named == [
        ("Gather", "table.weight"),
        ("MatMul", "shared.weight"),
        ("MatMul", "shared.weight"),
        ("MatMul", "inner.0.weight"),
    ]
    assert {value.name for _, value in weighted(model.graph)} <= set(model.graph.initializers)


def test_names_give_the_notes_back(model: ir.Model) -> None:
    noted = [noted_module(node) for node, _ in weighted(model.graph)]
    name_weights(model)
    for node in model.graph:
        node.metadata_props.clear()
    note_modules(model)
    assert [noted_module(node) for node, _ in weighted(model.graph)] == noted


def test_a_name_without_a_module_tells_none() -> None:
    assert module_of("val_79") == ""
    assert module_of("layers.3.mlp.up.weight") == "layers.3.mlp.up"
