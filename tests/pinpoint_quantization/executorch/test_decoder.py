"""Integers as XNNPACK keeps them: exact on their grid, the same for lookups and products."""

from __future__ import annotations

import pytest
import torch

from pinpoint_edge.errors import ExportError, OptionError
from pinpoint_models.decoder.config import DecoderConfig
from pinpoint_models.decoder.model import Decoder
from pinpoint_quantization.executorch.decoder import (
    RoundedEmbedding,
    RoundedProduct,
    kinds,
    quantize,
    quantized_decoder,
    saved,
    unsupported,
)
from pinpoint_quantization.recipe import StageRecipe

SMALL = DecoderConfig(50, 64, 2, 4, 2, 16, 96, 10000.0, 1e-5, 4096)


def on_grid(bits: int, block: int, scales: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Integers i8 (6, 96) whose blocks reach the greatest one, and the weights they stand for."""
    torch.manual_seed(bits)
    top = (1 << (bits - 1)) - 1
    integers = torch.randint(-top, top + 1, (6, 96 // block, block))
    integers[..., 3] = -top  # never the least of the type, which is one further from zero
    return integers.view(6, 96).to(torch.int8), (integers * scales[..., None]).view(6, 96)


@pytest.mark.parametrize(("bits", "block"), [(4, 32), (4, 96), (8, 96)])
def test_weights_on_the_grid_are_kept_exactly(bits: int, block: int) -> None:
    scales = torch.rand(6, 96 // block).add(0.1).bfloat16().float()
    integers, weights = on_grid(bits, block, scales)
    rounded = quantize(weights, bits, block if block < 96 else None)
    assert torch.equal(rounded.integers, integers)
    assert torch.allclose(rounded.scales, scales, rtol=1e-6)
    assert rounded.block == block
    torch.testing.assert_close(rounded.dequantize(), weights, rtol=1e-6, atol=0)


def test_scales_of_half_precision_keep_the_integers() -> None:
    """XNNPACK rounds the scales of int4 to bf16: 0.4 % at most, and never another integer."""
    integers, weights = on_grid(4, 32, torch.rand(6, 3).add(0.1).half().float())
    rounded = quantize(weights, 4, 32)
    assert torch.equal(rounded.integers, integers)
    assert (rounded.dequantize() / weights.where(weights != 0, 1) - 1).abs()[weights != 0].max() < (
        0.004
    )


def test_zeros_stay_zeros() -> None:
    rounded = quantize(torch.zeros(2, 64), 4, 32)
    assert rounded.integers.count_nonzero() == 0
    assert rounded.scales.tolist() == [[1, 1], [1, 1]]


def test_two_integers_a_byte_as_xnnpack_packs_them() -> None:
    visitor = pytest.importorskip("executorch.backends.xnnpack.operators.node_visitor")
    rounded = quantize(torch.randn(6, 96), 4, 32)
    expected = visitor.NodeVisitor.convert_to_qc4w(rounded.integers)
    assert torch.equal(rounded.packed(), expected)


@pytest.mark.parametrize(("bits", "block"), [(8, None), (4, 32)])
def test_a_table_is_looked_up_in_what_it_multiplies_with(bits: int, block: int | None) -> None:
    rounded = quantize(torch.randn(40, 64), bits, block)
    embedding = RoundedEmbedding(rounded)
    ids = torch.tensor([[7, 0, 39]], dtype=torch.int32)
    expected = rounded.dequantize()[ids.long()]
    torch.testing.assert_close(embedding(ids), expected, rtol=1e-6, atol=1e-7)
    if bits == 8:
        assert embedding.table is embedding.product.integers


@pytest.mark.parametrize("bits", [8, 4])
def test_a_product_rounds_its_rows_and_its_weights(bits: int) -> None:
    pytest.importorskip("torchao")
    torch.manual_seed(0)
    rounded = quantize(torch.randn(48, 64), bits, 32 if bits == 4 else None)
    product = RoundedProduct(rounded, torch.randn(48))
    x = torch.randint(-128, 128, (1, 5, 64)).float() / 8
    x[..., 0], x[..., 1] = -16, 127 / 8  # the range of int8: a step is 1/8, so that x is kept
    expected = torch.nn.functional.linear(x, rounded.dequantize(), product.bias)
    torch.testing.assert_close(product(x), expected, rtol=1e-4, atol=1e-3)
    coarse = product(x + 1 / 16)  # between two steps
    assert (coarse - expected).abs().max() > 1e-3


def test_a_product_may_take_its_input_as_it_is() -> None:
    pytest.importorskip("torchao")
    torch.manual_seed(0)
    rounded = quantize(torch.randn(48, 64), 8, None)
    x = torch.randn(1, 5, 64)
    expected = torch.nn.functional.linear(x, rounded.dequantize())
    torch.testing.assert_close(RoundedProduct(rounded, exact=True)(x), expected)
    assert (RoundedProduct(rounded)(x) - expected).abs().max() > 1e-3


def test_a_recipe_chooses_by_module() -> None:
    decoder = Decoder(SMALL).eval()
    before = {name: tensor.clone() for name, tensor in decoder.state_dict().items()}
    modules = (("embedding", "int8"), ("layers.1.*", "float32"))
    recipe = StageRecipe("int4", modules=modules)
    found = kinds(quantized_decoder(decoder, "decode", recipe))
    assert found.pop("embedding.product") == "int8"
    assert set(found.values()) == {"int4"}
    assert len(found) == 7
    assert all(name.startswith("layers.0.") for name in found)
    after = decoder.state_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)
    weights = 64 * 64 * 2 + 64 * 32 * 2 + 64 * 96 * 3
    assert saved(decoder, recipe) == 50 * 64 * 3 + int(weights * 27.5 / 8)


def test_a_whole_decoder_in_int8_answers_nearly_the_same() -> None:
    pytest.importorskip("torchao")
    torch.manual_seed(0)
    decoder = Decoder(SMALL).eval()
    rounded = quantized_decoder(decoder, "decode", StageRecipe("int8"))
    args = (torch.arange(9)[None].int(), torch.zeros(1, 64), torch.zeros(1).int())
    with torch.no_grad():
        expected, found = (d(*args, *decoder.empty_cache(16))[0] for d in (decoder, rounded))
    noise = (found - expected).square().sum() / expected.square().sum()
    assert 1e-6 < noise < 1e-2


def test_kept_inputs_are_not_rounded_where_weights_are_int8() -> None:
    pytest.importorskip("torchao")
    torch.manual_seed(0)
    decoder = Decoder(SMALL).eval()
    args = (torch.arange(9)[None].int(), torch.zeros(1, 64), torch.zeros(1).int())

    def logits(weights: str, activations: str) -> torch.Tensor:
        recipe = StageRecipe(weights, activations=activations)
        rounded = quantized_decoder(decoder, "decode", recipe)
        with torch.no_grad():
            result: torch.Tensor = rounded(*args, *decoder.empty_cache(16))[0]
        return result

    assert torch.equal(logits("int8", "kept"), logits("int8", "float"))
    assert not torch.equal(logits("int8", "kept"), logits("int8", "dynamic"))
    assert torch.equal(logits("int4", "kept"), logits("int4", "dynamic"))


def test_what_cannot_be_done_is_said() -> None:
    decoder = Decoder(SMALL).eval()
    unknown = StageRecipe("int8", modules=(("layer.0.mlp.down", "int4"),))
    with pytest.raises(OptionError, match=r"fits no module .* near are .*layers\.0\.mlp\.down"):
        quantized_decoder(decoder, "decode", unknown)
    with pytest.raises(OptionError, match=r"module embedding: its rows of 64 .* of 128"):
        quantized_decoder(decoder, "decode", StageRecipe("int4", block=128))
    with pytest.raises(ExportError, match="no weights that can be kept in int8"):
        quantized_decoder(decoder, "decode", StageRecipe("int8", modules=(("*", "float32"),)))


@pytest.mark.parametrize(
    ("stage", "recipe", "reason"),
    [
        ("decode", StageRecipe("int4", symmetric=False), "without zero points"),
        ("decode", StageRecipe("int4", 16), "multiples of 32 weights, not 16"),
        ("decode", StageRecipe("int8", activations="static"), "no fixed range"),
        ("decode", StageRecipe("int8", activations="float"), None),
        ("decode", StageRecipe("int4", activations="kept"), None),
        ("refine", StageRecipe("int8", activations="kept"), None),
        ("decode", StageRecipe("int4", activations="float"), "int4 with rounded inputs alone"),
        ("refine", StageRecipe("int8", activations="float"), "convolves integers with integers"),
        ("refine", StageRecipe("int8", granularity="tensor"), "a scale a block or a channel"),
        ("decode", StageRecipe("int8", 16), None),
        ("decode", StageRecipe("int4", granularity="channel"), None),
        ("refine", StageRecipe("int8", granularity="tensor", activations="static"), None),
    ],
)
def test_reasons(stage: str, recipe: StageRecipe, reason: str | None) -> None:
    found = unsupported(stage, recipe)
    assert found is None if reason is None else reason in str(found)
