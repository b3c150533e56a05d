"""Stages in integers for XNNPACK: what the files hold, and that both runtimes run them."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from pinpoint_edge.errors import DataError, ExportError
from pinpoint_export.parity.figures import sqnr_db
from pinpoint_export.parity.measuring import run_reference
from pinpoint_export.targets.executorch.methods import export_methods
from pinpoint_export.targets.executorch.program_file import contents
from pinpoint_export.targets.executorch.target import ExecutorchTarget
from pinpoint_models.decoder.config import DecoderConfig
from pinpoint_models.decoder.model import Decoder
from pinpoint_models.glance import folded, load_glance
from pinpoint_models.stages import StageProgram, decode_program, glance_program
from pinpoint_quantization.executorch.decoder import quantized_decoder
from pinpoint_quantization.recipe import STAGES, Recipe, StageRecipe
from pinpoint_runtimes.executorch.runtime import ExecutorchKVCache, ExecutorchSession
from pinpoint_runtimes.runtime import StageFile
from pinpoint_runtimes.torch import TorchKVCache

pytest.importorskip("executorch")
pytest.importorskip("torchao")

SMALL = DecoderConfig(2000, 64, 1, 4, 2, 16, 96, 10000.0, 1e-5, 4096)
NO_VISUAL = np.zeros((0, 64), np.float32)


def recipe(stage: str, wanted: StageRecipe) -> Recipe:
    return Recipe("tried", {s: StageRecipe("float32") for s in STAGES} | {stage: wanted})


def lower(
    program: StageProgram, wanted: StageRecipe, folder: Path, feeds: Sequence[Any] = ()
) -> StageFile:
    made = ExecutorchTarget().lower(program, recipe(program.name, wanted), folder, feeds)
    return StageFile(folder / made.files[0].name, made.inputs, made.outputs, made.buckets)


@pytest.fixture(scope="module")
def decode() -> StageProgram:
    torch.manual_seed(0)
    return decode_program(Decoder(SMALL).eval())


@pytest.mark.slow
@pytest.mark.parametrize("table", ["int8", "int4", "float32"])
def test_a_decoder_in_int4_is_kept_so_and_its_table_once(
    decode: StageProgram, table: str, tmp_path: Path
) -> None:
    wanted = StageRecipe("int4", modules=(("embedding", table),))
    file = lower(decode, wanted, tmp_path)
    found = contents(file.path)
    expected = Counter({"int4": 7}) + Counter({table: 1})
    floats = {"float32": found.constants["float32"]}  # averages and turns of heads
    assert found.constants == (Counter(floats) | expected)
    assert not [name for name in found.operators if "quantized" in name or "torchao" in name]
    # The graph takes half a megabyte, and a second table would be 0.5, 0.13 or 0.06 MB.
    assert max(found.named.values()) == 2000 * 64 * {"int8": 1, "int4": 0.5, "float32": 4}[table]
    data = file.path.read_bytes()
    assert isinstance(decode.module, Decoder)
    rounded = quantized_decoder(decode.module, "decode", wanted)
    part = rounded.embedding.weight if table == "float32" else rounded.embedding.table
    assert data.count(part.detach().numpy()[100:140].tobytes()) == 1
    ids = np.random.default_rng(0).integers(0, 2000, 40).astype(np.int32)
    caches = (ExecutorchKVCache(file, 64, 1), TorchKVCache(rounded, 64))
    for rows in (ids[:30], ids[30:31], ids[31:]):
        got, expected_logits = (cache.run(rows, NO_VISUAL) for cache in caches)
        # What is rounded as it runs may fall to the other side of a step.
        assert sqnr_db(expected_logits, got) > 35


@pytest.mark.slow
def test_a_decoder_in_int8_may_take_its_inputs_as_they_are(
    decode: StageProgram, tmp_path: Path
) -> None:
    wanted = StageRecipe("int8", activations="float")
    file = lower(decode, wanted, tmp_path)
    found = contents(file.path)
    assert found.constants["int8"] == 8
    assert not [name for name in found.operators if "quantized" in name or "torchao" in name]
    assert isinstance(decode.module, Decoder)
    rounded = quantized_decoder(decode.module, "decode", wanted)
    ids = np.random.default_rng(0).integers(0, 2000, 40).astype(np.int32)
    caches = (ExecutorchKVCache(file, 64, 1), TorchKVCache(rounded, 64))
    for rows in (ids[:30], ids[30:31], ids[31:]):
        got, expected = (cache.run(rows, NO_VISUAL) for cache in caches)
        assert sqnr_db(expected, got) > 80  # nothing is rounded as it runs


@pytest.mark.slow
def test_a_file_that_keeps_other_weights_than_asked_for_is_refused(
    decode: StageProgram, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if the exporter had done nothing, and said nothing."""
    target, wanted = ExecutorchTarget(), recipe("decode", StageRecipe("int8"))
    monkeypatch.setattr(
        "pinpoint_export.targets.executorch.target.rounded_methods",
        lambda program, *_: (export_methods(program, "xnnpack"), Counter({"int8": 8})),
    )
    with pytest.raises(ExportError, match="keeps none of stage decode, not 8 weights in int8"):
        target.lower(decode, wanted, tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
@pytest.mark.parametrize("activations", ["dynamic", "static"])
def test_a_vision_stage_in_int8(activations: str, weights: Path, tmp_path: Path) -> None:
    program = glance_program(folded(load_glance(weights)))
    program = dataclasses.replace(program, buckets=program.buckets[:2])
    small, wide = (program.sample(sizes) for sizes in program.buckets)
    wanted = StageRecipe("int8", granularity="channel", activations=activations)
    if activations == "static":
        with pytest.raises(DataError, match="needs inputs of real pages"):
            lower(program, wanted, tmp_path)
        assert not list(tmp_path.iterdir())
    feeds = [{name: tensor.numpy() for name, tensor in small.items()}]
    file = lower(program, wanted, tmp_path, feeds)
    found = contents(file.path)
    assert found.constants["int8"] % 2 == 0  # of two sizes
    assert found.constants["int8"] > found.constants["float32"] / 2
    assert not [name for name in found.operators if "quantize" in name]
    assert file.path.stat().st_size < program.weights()[0] * 0.6
    session = ExecutorchSession(file, 1)
    for inputs in (small, wide):
        expected = run_reference(program, inputs)["features"]
        got = session.run({name: tensor.numpy() for name, tensor in inputs.items()})["features"]
        assert sqnr_db(expected, got) > 15


def test_support_says_what_there_is() -> None:
    target = ExecutorchTarget()
    assert all(
        target.supports(stage, Recipe.builtin(name)) is None
        for name in ("fp32", "int8", "int4")
        for stage in STAGES
    )
    for stage, wanted, reason in (
        ("refine", StageRecipe("int4"), "weights of refine in float32 or int8 .* asks for int4"),
        ("decode", StageRecipe("palette4"), "float32 or int4 or int8"),
        ("decode", StageRecipe("int4", symmetric=False), "without zero points"),
    ):
        assert re.search(reason, str(target.supports(stage, recipe(stage, wanted))))
    apple = ExecutorchTarget("coreml")
    assert "float16 or float32" in str(
        apple.supports("align", recipe("align", StageRecipe("int8")))
    )


def test_an_estimate_knows_the_types(decode: StageProgram) -> None:
    def size(wanted: StageRecipe) -> int:
        return ExecutorchTarget().estimate(decode, recipe("decode", wanted)).size

    table = 2000 * 64
    whole, int8 = size(StageRecipe("float32")), size(StageRecipe("int8"))
    kept = size(StageRecipe("int8", modules=(("embedding", "float32"),)))
    assert whole - int8 > kept - int8 == table * 3
    assert size(StageRecipe("int4")) < int8
