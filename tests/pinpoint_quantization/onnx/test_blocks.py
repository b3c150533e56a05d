"""Graphs in blocks: what the recipe names is quantized, and nothing else."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import onnx_ir as ir
import onnxruntime
import pytest
import torch
from torch import Tensor, nn

from pinpoint_edge.errors import ExportError, OptionError
from pinpoint_quantization.onnx.blocks import quantize_graph
from pinpoint_quantization.onnx.weights import name_weights
from pinpoint_quantization.recipe import StageRecipe

IDS = np.array([[5, 0, 39]], np.int64)


class Speaker(nn.Module):
    """A table that is looked up and multiplied with, and a layer in between."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(40, 64)
        self.layers = nn.ModuleList([nn.Linear(64, 64, bias=False) for _ in range(2)])

    def forward(self, ids: Tensor) -> Tensor:
        x = self.embedding(ids)
        for layer in self.layers:
            x = x + torch.tanh(layer(x))
        logits: Tensor = nn.functional.linear(x[:, -1], self.embedding.weight)
        return logits


@pytest.fixture(scope="module")
def speaker() -> Speaker:
    torch.manual_seed(0)
    return Speaker().eval()


def exported(module: nn.Module) -> ir.Model:
    ids = torch.from_numpy(IDS)
    program = torch.onnx.export(module, (ids,), dynamo=True, opset_version=20, verbose=False)
    assert program is not None
    return program.model


def run(model: ir.Model) -> Any:
    proto = ir.to_proto(model).SerializeToString()
    session = onnxruntime.InferenceSession(proto, providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: IDS})[0]


def kinds(model: ir.Model) -> Counter[str]:
    return Counter(node.op_type for node in model.graph)


def test_all_weights_become_integers_and_the_shared_table_is_stored_once(speaker: Speaker) -> None:
    model = exported(speaker)
    size = quantize_graph(model, "decode", StageRecipe("int8"))
    weights = 40 * 64 + 2 * 64 * 64
    assert size == weights + weights // 32 * 2  # scales in float16
    stored = [v.const_value.nbytes for v in model.graph.initializers.values() if v.const_value]
    assert sum(stored) < size + 200  # shapes beside it, and no float matrix
    found = kinds(model)
    assert (found["MatMulNBits"], found["GatherBlockQuantized"]) == (3, 1)
    assert not found.keys() & {"MatMul", "Gemm", "Gather"} - {"Gather"}
    expected = speaker(torch.from_numpy(IDS)).detach().numpy()
    noise = np.square(run(model) - expected).sum() / np.square(expected).sum()
    assert -10 * np.log10(noise) > 30


def test_patterns_choose_and_the_first_counts(speaker: Speaker) -> None:
    model = exported(speaker)
    modules = (("layers.1", "float32"), ("layers.*", "int4"))
    quantize_graph(model, "decode", StageRecipe("float32", 16, False, modules))
    found = kinds(model)
    assert (found["MatMulNBits"], found["MatMul"] + found["Gemm"], found["Gather"]) == (1, 2, 2)
    [node] = [node for node in model.graph if node.op_type == "MatMulNBits"]
    assert (node.attributes["bits"].as_int(), len(node.inputs)) == (4, 4)  # zero points
    assert np.isfinite(run(model)).all()


class Biased(nn.Module):
    """A layer with a bias, whose output is the input of one without."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(40, 64)
        self.first, self.second = nn.Linear(64, 32), nn.Linear(32, 5, bias=False)

    def forward(self, ids: Tensor) -> Tensor:
        out: Tensor = self.second(self.first(self.embedding(ids)[0]))
        return out


def levels(model: ir.Model) -> set[int]:
    products = [node for node in model.graph if node.op_type == "MatMulNBits"]
    return {node.attributes["accuracy_level"].as_int() for node in products}


def test_a_bias_is_added_behind_the_product_and_kept_inputs_round_nothing() -> None:
    torch.manual_seed(0)
    module = Biased().eval()
    expected = module(torch.from_numpy(IDS)).detach().numpy()
    noise = {}
    for activations in ("float", "dynamic"):
        model = exported(module)
        quantize_graph(model, "align", StageRecipe("int8", 32, activations=activations))
        assert levels(model) == {4}  # with float inputs as pairs: test_onnx_pairs.py
        noise[activations] = np.abs(run(model) - expected).max()
    assert 0 < noise["float"] < noise["dynamic"] < 0.1


def test_int4_multiplies_in_float_where_inputs_are_kept() -> None:
    model = exported(Biased().eval())
    quantize_graph(model, "align", StageRecipe("int4", 32, activations="float"))
    assert levels(model) == {1}


class Twice(nn.Module):
    """A table that is looked up at two places, as the aligner's trigrams are."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(40, 64)

    def forward(self, ids: Tensor) -> Tensor:
        return self.embedding(ids) + 2 * self.embedding(ids.flip(1))


def test_a_table_of_two_lookups_is_stored_once() -> None:
    torch.manual_seed(0)
    module = Twice().eval()
    model = exported(module)
    assert quantize_graph(model, "align", StageRecipe("int8")) == 40 * 64 + 40 * 2 * 2
    assert kinds(model)["GatherBlockQuantized"] == 2
    stored = [v.const_value.nbytes for v in model.graph.initializers.values() if v.const_value]
    assert sum(stored) < 40 * 64 + 40 * 2 * 2 + 200  # shapes beside it, and no float matrix
    expected = module(torch.from_numpy(IDS)).detach().numpy()
    np.testing.assert_allclose(run(model), expected, atol=0.1)


class Eye(nn.Module):
    """A convolution, which there are no blocks for."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding, self.eye = nn.Embedding(40, 64), nn.Conv1d(64, 8, 2)

    def forward(self, ids: Tensor) -> Tensor:
        out: Tensor = self.eye(self.embedding(ids).transpose(1, 2))
        return out


def test_a_convolution_in_integers_is_refused() -> None:
    model = exported(Eye().eval())
    name_weights(model)
    with pytest.raises(OptionError, match="module eye: ONNX Runtime convolves with float weights"):
        quantize_graph(model, "refine", StageRecipe("int8"))
    quantize_graph(model, "refine", StageRecipe("int8", modules=(("eye", "float32"),)))
    assert kinds(model)["GatherBlockQuantized"] == 1


def test_what_cannot_be_done_is_said(speaker: Speaker) -> None:
    unknown = StageRecipe("int8", modules=(("layer.0", "int4"),))
    with pytest.raises(OptionError, match=r"'layer\.0' fits no module .* near are layers\.0"):
        quantize_graph(exported(speaker), "decode", unknown)
    with pytest.raises(OptionError, match="rows of 64 weights cannot be cut into blocks of 128"):
        quantize_graph(exported(speaker), "decode", StageRecipe("int8", block=128))
    none = StageRecipe("int8", modules=(("*", "float32"),))
    with pytest.raises(ExportError, match="has no weights that can be kept in int8"):
        quantize_graph(exported(speaker), "decode", none)
