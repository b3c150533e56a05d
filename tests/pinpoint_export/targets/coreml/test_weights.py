"""Weights in few bits, read back from the packages: those on the grid are there to the bit."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from pinpoint_edge.errors import ExportError, OptionError
from pinpoint_export.parity.figures import sqnr_db
from pinpoint_export.targets.coreml.target import CoreMLTarget
from pinpoint_models.decoder.config import DecoderConfig
from pinpoint_models.decoder.grid import snap_decoder
from pinpoint_models.decoder.model import Decoder
from pinpoint_models.stages import StageProgram, decode_program
from pinpoint_quantization.coreml.blocks import Integers
from pinpoint_quantization.coreml.palettes import to_palette
from pinpoint_quantization.recipe import STAGES, Recipe, StageRecipe
from pinpoint_runtimes import TensorSpec
from pinpoint_runtimes.mil import MilRuntime
from pinpoint_runtimes.mil.package import MilPackage
from pinpoint_runtimes.mil.values import constant
from pinpoint_runtimes.runtime import RuntimeOptions, StageFile

CONFIG = DecoderConfig(512, 64, 2, 4, 2, 16, 96, 10000.0, 1e-5, 2048)
INT4 = StageRecipe("int4", modules=(("embedding", "int8"),))


@pytest.fixture(scope="module")
def decoder() -> Decoder:
    """Linear layers on the grid of int4, the embedding on that of int8."""
    torch.manual_seed(0)
    decoder = Decoder(CONFIG)
    snap_decoder(decoder)
    table = decoder.embedding.weight.detach().view(512, 2, 32)
    scales = (table.abs().amax(-1, keepdim=True) / 127).half().float()
    rounded = ((table / scales).round().clamp(-127, 127) * scales).view(512, 64)
    decoder.embedding.weight = nn.Parameter(rounded, requires_grad=False)
    return decoder


def lowered(program: StageProgram, recipe: StageRecipe, folder: Path) -> StageFile:
    target, whole = CoreMLTarget(), Recipe("small", {program.name: recipe})
    assert target.supports(program.name, whole) is None
    artifact = target.lower(program, whole, folder)
    package = folder / f"{program.name}.mlpackage"
    return StageFile(package, artifact.inputs, artifact.outputs, artifact.buckets)


def expansions(path: Path) -> dict[str, dict[str, Any]]:
    """The arrays that each operation of a saved package expands, by the constant they replaced."""
    package = MilPackage(path)
    (function,) = package.spec.mlProgram.functions.values()
    (block,) = function.block_specializations.values()
    found = {}
    for operation in block.operations:
        if operation.type.startswith("constexpr"):
            parts = {}
            for name, argument in operation.inputs.items():
                value = constant(argument.arguments[0].value, package.read_blob)
                parts[name] = value[1]
                parts[f"{name} type"] = value[0].element.name
            found[operation.outputs[0].name] = parts
    return {re.sub("(_to_fp16)?_(integers|palette)$", "", name): p for name, p in found.items()}


def constants(path: Path) -> dict[str, str]:
    """The types of a program's plain constants."""
    package = MilPackage(path)
    (function,) = package.spec.mlProgram.functions.values()
    (block,) = function.block_specializations.values()
    return {
        operation.outputs[0].name: constant(operation.attributes["val"], package.read_blob)[
            0
        ].element.name
        for operation in block.operations
        if operation.type == "const"
        and operation.outputs[0].type.HasField("tensorType")
        and operation.outputs[0].type.tensorType.rank == 2
    }


def answers(file: StageFile, decoder: Decoder) -> tuple[np.ndarray, np.ndarray]:
    """Logits of a file and of the decoder behind the same rows."""
    rng = np.random.default_rng(0)
    visual = rng.standard_normal((3, CONFIG.width)).astype(np.float32)
    ids = rng.integers(0, CONFIG.vocabulary + 3, 70).astype(np.int32)
    found = MilRuntime().kv_cache(file, 256, RuntimeOptions()).run(ids, visual)
    with torch.no_grad():
        expected = decoder(
            torch.from_numpy(ids)[None],
            torch.from_numpy(visual),
            torch.tensor([0], dtype=torch.int32),
            *decoder.empty_cache(128),
        )[0]
    return expected[0].numpy(), found


@pytest.mark.parametrize("base", ["int4", "float32"])
def test_weights_on_the_grid_are_stored_as_they_are(
    base: str, decoder: Decoder, tmp_path: Path
) -> None:
    """In float16, and in a program that computes in float32, where they are multiplied so too."""
    layers = (("embedding", "int8"), ("layers.*", "int4"))
    recipe = INT4 if base == "int4" else StageRecipe("float32", modules=layers)
    file = lowered(decode_program(decoder), recipe, tmp_path)
    parameters = dict(decoder.named_parameters())
    found = expansions(file.path)
    wanted = {path: p for path, p in parameters.items() if p.ndim == 2}
    assert len(found) == len(wanted) == 15  # the tied table once
    for path, weight in wanted.items():
        parts = found[f"decoder.{path}".replace(".", "_")]
        table = path.startswith("embedding")
        assert parts["data type"] == ("int8" if table else "int4")
        assert parts["scale type"] == ("fp16" if base == "int4" else "fp32")
        scale = parts["scale"].astype(np.float32).repeat(32, 1)
        np.testing.assert_array_equal(parts["data"] * scale, weight.detach().numpy(), path)
        assert np.abs(parts["data"]).max() == (127 if table else 7)
    expected, logits = answers(file, decoder)
    assert sqnr_db(expected, logits) > (45 if base == "int4" else 100)
    size = sum(part.stat().st_size for part in file.path.rglob("*") if part.is_file())
    estimate = CoreMLTarget().estimate(decode_program(decoder), Recipe("r", {"decode": recipe}))
    assert size == pytest.approx(estimate.size, rel=0.2)


def test_modules_keep_the_type_that_a_pattern_names(decoder: Decoder, tmp_path: Path) -> None:
    patterns = (("layers.0.attention.*", "float32"), ("layers.1.mlp.*", "float16"))
    recipe = StageRecipe("int8", granularity="channel", modules=patterns)
    file = lowered(decode_program(decoder), recipe, tmp_path)
    found = expansions(file.path)
    assert len(found) == 15 - 4 - 3
    assert {parts["scale"].shape[1] for parts in found.values()} == {1}
    kinds = constants(file.path)
    single = [name for name, kind in kinds.items() if kind == "fp32"]
    half = [name for name, kind in kinds.items() if kind == "fp16" and "_mlp_" in name]
    assert len(single) == 4
    assert all(name.startswith("decoder_layers_0_attention_") for name in single)
    assert len(half) == 3
    assert all(name.startswith("decoder_layers_1_mlp_") for name in half)
    expected, logits = answers(file, decoder)
    assert sqnr_db(expected, logits) > 25


def test_what_is_not_quantized_is_said(
    decoder: Decoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = decode_program(decoder)
    unknown = StageRecipe("int8", modules=(("layer.0.mlp.*", "int4"),))
    with pytest.raises(OptionError, match=r"'layer\.0\.mlp\.\*' fits no module .* near are layers"):
        lowered(program, unknown, tmp_path)
    with pytest.raises(ExportError, match="has no weights that can be kept in int8"):
        lowered(program, StageRecipe("int8", modules=(("*", "float16"),)), tmp_path)
    assert not list(tmp_path.iterdir())

    def nothing(self: Integers, operation: Any, dtype: Any) -> Any:
        from coremltools.converters.mil import Builder as mb

        return mb.const(val=self.data.astype(dtype), before_op=operation)

    monkeypatch.setattr(Integers, "insert", nothing)
    with pytest.raises(ExportError, match=r"wrote none where 14 weights of 4 bits and 1 weights"):
        lowered(program, INT4, tmp_path)


class Eye(nn.Module):
    """Convolutions with and without windows, and a layer behind them."""

    def __init__(self) -> None:
        super().__init__()
        self.look = nn.Conv2d(8, 32, 3, padding=1)
        self.mix = nn.Conv2d(32, 64, 1)
        self.tell = nn.Linear(64, 32)

    def forward(self, x: Tensor) -> Tensor:
        seen = torch.relu(self.mix(torch.relu(self.look(x))))
        told: Tensor = self.tell(seen.mean((2, 3)))
        return told


@pytest.fixture(scope="module")
def eye() -> StageProgram:
    torch.manual_seed(0)
    values = torch.rand(1, 8, 12, 12)
    specs = TensorSpec("x", "float32", (1, 8, 12, 12)), TensorSpec("y", "float32", (1, 32))
    return StageProgram(
        "glance", Eye().eval(), (specs[0],), (specs[1],), ({},), lambda _: {"x": values}
    )


@pytest.mark.parametrize("kind", ["palette4", "palette6"])
def test_palettes_of_convolutions_are_read_back(
    kind: str, eye: StageProgram, tmp_path: Path
) -> None:
    file = lowered(
        eye, StageRecipe(kind, modules=(("tell", "int8"),), granularity="channel"), tmp_path
    )
    found = expansions(file.path)
    bits = kind.removeprefix("palette")
    assert Counter(p.get("indices type") for p in found.values()) == {f"uint{bits}": 2, None: 1}
    for name in ("look", "mix"):
        weight = eye.module.get_parameter(f"{name}.weight").detach().numpy()
        palette = to_palette(weight, kind)
        np.testing.assert_array_equal(found[f"{name}_weight"]["indices"], palette.places)
        read = found[f"{name}_weight"]["lut"].reshape(palette.tables.shape)
        np.testing.assert_array_equal(read, palette.tables.astype(np.float16))
    x = eye.example()["x"]
    y = MilRuntime().session(file, RuntimeOptions()).run({"x": x.numpy()})["y"]
    assert sqnr_db(eye.module(x).detach().numpy(), y) > {"palette4": 15, "palette6": 25}[kind]


def test_supports_says_why_not() -> None:
    target = CoreMLTarget()

    def asked(stage: str, recipe: StageRecipe) -> str | None:
        return target.supports(stage, Recipe("asked", dict.fromkeys(STAGES, recipe)))

    for stage in STAGES:
        for kind in ("float32", "float16", "int8", "int4"):
            assert asked(stage, StageRecipe(kind)) is None
            assert asked(stage, StageRecipe(kind, modules=(("head", "float16"),))) is None
        palettes = [asked(stage, StageRecipe(kind)) for kind in ("palette4", "palette6")]
        assert (palettes == [None, None]) == (stage != "decode")
    assert "off the grid of int4" in (asked("decode", StageRecipe("palette4")) or "")
    static = StageRecipe("int8", activations="static")
    assert "before it multiplies" in (asked("decode", static) or "")
    assert asked("decode", StageRecipe("int8", activations="float")) is None
