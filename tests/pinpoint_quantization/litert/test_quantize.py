"""Files of LiteRT: what the recipe names is quantized, exactly if it can be, and nothing else."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from pinpoint_edge.errors import ExportError, OptionError
from pinpoint_models.decoder.grid import snap
from pinpoint_quantization.litert import quantize
from pinpoint_quantization.litert.quantize import quantize_file, refusal
from pinpoint_quantization.litert.weights import bytes_of, float_weights, opened
from pinpoint_quantization.recipe import StageRecipe
from pinpoint_runtimes import TensorSpec
from pinpoint_runtimes.litert.runtime import LitertSession
from pinpoint_runtimes.runtime import StageFile

pytest.importorskip("litert_torch")
pytest.importorskip("ai_edge_quantizer")

IDS = np.array([[5, 0, 39]], np.int32)
INPUTS = (TensorSpec("ids", "int32", (1, "q")),)
OUTPUTS = (TensorSpec("logits", "float32", (1, "q", 40)),)


class Speaker(nn.Module):
    """A table that is looked up and multiplied with, layers in between, a table of no module."""

    angles: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(40, 64)
        self.layers = nn.ModuleList([nn.Linear(64, 64, bias=False) for _ in range(2)])
        self.register_buffer("angles", torch.rand(64, 64))
        with torch.no_grad():
            for layer in self.layers:
                layer.weight.copy_(snap(layer.weight))  # type: ignore[operator]
                layer.weight[3, 32:] = 0  # type: ignore[index]

    def forward(self, ids: Tensor) -> dict[str, Tensor]:
        x = self.embedding(ids) + nn.functional.embedding(ids, self.angles)
        for layer in self.layers:
            x = x + torch.tanh(layer(x))
        return {"logits": nn.functional.linear(x, self.embedding.weight)}


@pytest.fixture(scope="module")
def speaker() -> Speaker:
    torch.manual_seed(0)
    return Speaker().eval()


@pytest.fixture(scope="module")
def parameters(speaker: Speaker) -> dict[str, NDArray[Any]]:
    return {name: tensor.numpy() for name, tensor in speaker.state_dict().items()}


@pytest.fixture(scope="module")
def lowered(speaker: Speaker, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The speaker in float32, for three ids and for one: two graphs that share their weights."""
    import litert_torch

    path = tmp_path_factory.mktemp("speaker") / "decode.tflite"
    converter = litert_torch
    for name, ids in (("prefill_3", IDS), ("decode", IDS[:, :1])):
        feeds = {"ids": torch.from_numpy(ids)}
        converter = converter.signature(name, speaker, sample_kwargs=feeds)
    converter.convert().export(str(path))
    return path


Quantized = Callable[[StageRecipe], tuple[Path, int]]


@pytest.fixture
def quantized(lowered: Path, parameters: dict[str, NDArray[Any]], tmp_path: Path) -> Quantized:
    """Quantize a copy of the file: its path, and the bytes of what was quantized."""

    def make(recipe: StageRecipe) -> tuple[Path, int]:
        path = tmp_path / "decode.tflite"
        shutil.copy(lowered, path)
        return path, quantize_file(path, "decode", recipe, parameters)

    return make


def run(path: Path) -> NDArray[Any]:
    stage = StageFile(path, INPUTS, OUTPUTS, ({"q": 3}, {"q": 1}))
    return LitertSession(stage).run({"ids": IDS})["logits"]


def sqnr(expected: NDArray[Any], found: NDArray[Any]) -> float:
    noise = np.square(found - expected).sum() / np.square(expected).sum()
    return float(-10 * np.log10(noise))


def matrices(path: Path) -> dict[tuple[int, ...], list[str]]:
    """Return the types of the stored matrices by shape, each stored one once."""
    from ai_edge_litert import schema_py_generated as schema

    types = {code: name for name, code in vars(schema.TensorType).items()}
    found: dict[tuple[int, ...], dict[int, str]] = {}
    with opened(path) as model:
        for graph in map(model.Subgraphs, range(model.SubgraphsLength())):
            for tensor in map(graph.Tensors, range(graph.TensorsLength())):
                if tensor.ShapeLength() == 2 and bytes_of(model, tensor.Buffer()).size > 1000:
                    shape = tuple(tensor.ShapeAsNumpy().tolist())
                    found.setdefault(shape, {})[tensor.Buffer()] = types[tensor.Type()]
    return {shape: sorted(kinds.values()) for shape, kinds in found.items()}


@pytest.mark.slow
def test_weights_are_found_with_their_modules(
    lowered: Path, parameters: dict[str, NDArray[Any]]
) -> None:
    with opened(lowered) as model:
        weights = float_weights(model, parameters)
        found = {weight.module: Counter(kind for kind, _ in weight.uses) for weight in weights}
        assert len(weights) == 4
        assert found == {
            "embedding": {"EMBEDDING_LOOKUP": 2, "FULLY_CONNECTED": 2},
            "layers.0": {"FULLY_CONNECTED": 2},
            "layers.1": {"FULLY_CONNECTED": 2},
            "": {"EMBEDDING_LOOKUP": 2},
        }
        scaled = {name: array * np.float32(0.25) for name, array in parameters.items()}
        assert {w.module for w in float_weights(model, scaled)} == found.keys()
        other = {name: array[::-1] for name, array in parameters.items()}
        assert {w.module for w in float_weights(model, other)} == {""}
        del weights


@pytest.mark.slow
def test_int8_has_a_scale_a_row_and_shares_the_table(quantized: Quantized, lowered: Path) -> None:
    path, size = quantized(StageRecipe("int8"))
    rows, weights = 40 + 2 * 64, 40 * 64 + 2 * 64 * 64
    assert size == weights + 4 * rows
    assert matrices(path) == {(40, 64): ["INT8"], (64, 64): ["FLOAT32", "INT8", "INT8"]}
    assert sqnr(run(lowered), run(path)) > 30
    assert path.stat().st_mode == lowered.stat().st_mode
    assert [p.name for p in path.parent.iterdir()] == [path.name]


@pytest.mark.slow
def test_weights_on_the_grid_stay_as_they_are(
    quantized: Quantized, lowered: Path, parameters: dict[str, NDArray[Any]]
) -> None:
    recipe = StageRecipe("int4", modules=(("embedding", "int8"),))
    path, size = quantized(recipe)
    assert size == (40 * 64 + 4 * 40) + 2 * (64 * 64 // 2 + 64 * 2 * 2)
    assert matrices(path) == {(40, 64): ["INT8"], (64, 64): ["FLOAT32", "INT4", "INT4"]}
    for module in ("layers.0", "layers.1"):
        expected = parameters[f"{module}.weight"]
        assert any(np.array_equal(expected, found) for found in int4_matrices(path))
    # The plain kernels multiply with what is stored, XNNPACK with what bfloat16 leaves of a scale.
    assert sqnr(run(lowered), run(path)) > 30


def int4_matrices(path: Path) -> list[NDArray[Any]]:
    """Read the matrices in blocks back, f32, of the first graph."""
    from ai_edge_litert import schema_py_generated as schema

    found = []
    with opened(path) as model:
        graph = model.Subgraphs(0)
        for tensor in map(graph.Tensors, range(graph.TensorsLength())):
            if tensor.Type() == schema.TensorType.INT4:
                packed = bytes_of(model, tensor.Buffer())
                nibbles = np.stack([packed & 15, packed >> 4], -1).astype(np.int8)
                integers = np.where(nibbles > 7, nibbles - 16, nibbles).reshape(64, 2, 32)
                assert np.abs(integers).max() == 7
                scales = quantize._scales_of_blocks(model, 0, tensor).reshape(64, 2, 1)
                found.append((integers * scales.astype(np.float32)).reshape(64, 64))
                del packed, scales
    return found


@pytest.mark.slow
def test_the_recipe_chooses_modules_and_what_becomes_of_inputs(
    quantized: Quantized, lowered: Path
) -> None:
    modules = (("layers.1", "float32"), ("embedding", "float16"))
    path, _ = quantized(StageRecipe("int8", modules=modules, activations="float"))
    assert matrices(path) == {(40, 64): ["FLOAT16"], (64, 64): ["FLOAT32", "FLOAT32", "INT8"]}
    rounded, _ = quantized(StageRecipe("int8", modules=modules, granularity="tensor"))
    assert sqnr(run(lowered), run(rounded)) > 25
    first = rounded.read_bytes()
    again, _ = quantized(StageRecipe("int8", modules=modules, granularity="tensor"))
    assert again.read_bytes() == first


@pytest.mark.slow
def test_what_cannot_be_done_is_said_and_changes_nothing(
    lowered: Path,
    parameters: dict[str, NDArray[Any]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "decode.tflite"
    shutil.copy(lowered, path)

    def fails(kind: type[Exception], match: str, recipe: StageRecipe) -> None:
        with pytest.raises(kind, match=match):
            quantize_file(path, "decode", recipe, parameters)
        assert path.read_bytes() == lowered.read_bytes()
        assert [p.name for p in tmp_path.iterdir()] == [path.name]

    unknown = StageRecipe("int8", modules=(("layer.0", "int4"),))
    fails(OptionError, r"'layer\.0' fits no module .* near are layers\.0", unknown)
    wide = StageRecipe("int4", block=128)
    fails(OptionError, "rows of 64 weights cannot be cut into blocks of 128", wide)
    none = StageRecipe("int8", modules=(("*", "float32"),))
    fails(ExportError, "no weights that can be kept in int8", none)
    ranges = StageRecipe("int8", activations="static")
    fails(OptionError, "needs calibration inputs", ranges)
    # A quantizer that does nothing in silence.
    monkeypatch.setattr(quantize, "_quantize", lambda path, made, *rest: shutil.copy(path, made))
    fails(
        ExportError,
        "left a weight of stage decode, module embedding, as it was",
        StageRecipe("int8"),
    )


@pytest.mark.parametrize(
    ("stage", "recipe", "reason"),
    [
        ("decode", StageRecipe("int8", symmetric=False), "symmetric weights alone"),
        ("decode", StageRecipe("palette4"), "asks for palette4"),
        ("decode", StageRecipe("int4", block=16), "blocks of 32, 64, 128, 256 weights"),
        ("decode", StageRecipe("int4", activations="float"), 'granularity = "channel"'),
        ("decode", StageRecipe("int8", activations="static"), "not in ranges set before"),
        ("refine", StageRecipe("int8", modules=(("*", "int4"),)), "only decode"),
    ],
)
def test_a_recipe_without_kernels_is_refused(stage: str, recipe: StageRecipe, reason: str) -> None:
    assert reason in (refusal(stage, recipe) or "")


def test_recipes_with_kernels_pass() -> None:
    for activations in ("float", "kept", "dynamic", "static"):
        assert refusal("refine", StageRecipe("int8", activations=activations)) is None
    assert refusal("decode", StageRecipe("int4", modules=(("embedding", "int8"),))) is None
    assert refusal("detect", StageRecipe("float16", symmetric=False)) is None
