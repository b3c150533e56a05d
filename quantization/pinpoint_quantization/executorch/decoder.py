"""A decoder with integer weights in the forms that XNNPACK multiplies with.

XNNPACK keeps int4 in blocks of a row and int8 in whole rows; a scale is absmax / 7 or absmax / 127,
so integers are symmetric. Products round their input to int8 at run time, with a scale for each row
(torchao's 8da4w and 8da8w); products with int8 can take a float32 input instead. A table that is
looked up and multiplied with has the same bytes for both uses, so that a file holds it once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pinpoint_edge.errors import ExportError
from pinpoint_models.decoder.model import Decoder
from pinpoint_quantization.blocks import check_columns
from pinpoint_quantization.module_patterns import check_patterns
from pinpoint_quantization.recipe import BITS, KEEPING, RUNNING, StageRecipe

KINDS = (nn.Linear, nn.Conv2d, nn.ConvTranspose2d, nn.Embedding)
"""Modules whose weights can be integers; a table only in the language model."""
FEWEST = 32
"""Weights in XNNPACK's shortest block; other lengths are multiples of it."""


@dataclass(frozen=True)
class IntegerMatrix:
    """A matrix of integers.

    Attributes:
        integers: i8 (N, K), -127 to 127 or -7 to 7.
        scales: f32 (N, K / block), a block is the whole row for int8; rounded to bf16 for int4, as
            XNNPACK does.
        bits: 8 or 4.
    """

    integers: Tensor
    scales: Tensor
    bits: int

    @property
    def block(self) -> int:
        """Weights of a row that share a scale."""
        return self.integers.shape[1] // self.scales.shape[1]

    def dequantize(self) -> Tensor:
        """Return the weights that the integers represent: f32 (N, K)."""
        rows, count = self.scales.shape
        return (self.integers.view(rows, count, -1) * self.scales[..., None]).view(rows, -1)

    def packed(self) -> Tensor:
        """Return the bytes that XNNPACK keeps: i8 (N, K), or u8 (N, K / 2) of two integers each."""
        if self.bits == 8:
            return self.integers
        raised = (self.integers + 8).to(torch.uint8)
        return raised[:, ::2] | raised[:, 1::2] << 4


def quantize(weight: Tensor, bits: int, block: int | None) -> IntegerMatrix:
    """Round a matrix f32 (N, K) to the nearest integers of each block of its rows (None: a row)."""
    rows, columns = weight.shape
    values = weight.detach().float().reshape(rows, -1, block or columns)
    top = (1 << (bits - 1)) - 1
    scales = values.abs().amax(-1) / top
    if bits == 4:
        scales = scales.bfloat16().float()
    scales = torch.where(scales == 0, 1.0, scales)
    integers = (values / scales[..., None]).round().clamp(-top, top).to(torch.int8)
    return IntegerMatrix(integers.view(rows, columns), scales, bits)


class RoundedProduct(nn.Module):
    """A product with an integer matrix, in the operators that XNNPACK's partitioner looks for.

    Rows of the input are rounded to int8 between their least and greatest value, unless `exact`.
    """

    integers: Tensor
    scales: Tensor
    zeros: Tensor

    def __init__(
        self, rounded: IntegerMatrix, bias: Tensor | None = None, exact: bool = False
    ) -> None:
        super().__init__()
        self.bits, self.block, self.exact = rounded.bits, rounded.block, exact
        self.register_buffer("integers", rounded.integers)
        self.register_buffer("scales", rounded.scales)
        self.register_buffer("zeros", torch.zeros(rounded.scales.shape, dtype=torch.int8))
        self.bias = bias

    def forward(self, x: Tensor) -> Tensor:
        """Multiply f32 (..., K) to f32 (..., N)."""
        half = 1 << (self.bits - 1)
        weight = _torchao().dequantize_affine(
            self.integers,
            (1, self.block),
            self.scales,
            self.zeros,
            torch.int8,
            -half,  # the range of the type: XNNPACK recognises int4 by it
            half - 1,
        )
        return F.linear(x if self.exact else _rounded_rows(x), weight, self.bias)


def _rounded_rows(x: Tensor) -> Tensor:
    """Round each row to int8 and back, as XNNPACK's products round their input."""
    ops, kind = _torchao(), (torch.int8, -128, 127)
    block = (*([1] * (x.ndim - 1)), x.shape[-1])
    scales, zeros = ops.choose_qparams_affine(
        x, "ASYMMETRIC", block, *kind, zero_point_dtype=torch.int8
    )
    integers = ops.quantize_affine(x, block, scales, zeros, *kind)
    nearest: Tensor = ops.dequantize_affine(integers, block, scales, zeros, *kind)
    return nearest


def _torchao() -> Any:
    """Return torchao's operators.

    Its functions of the same names turn gradients off around themselves. torch's exporter records
    that in the graph and removes it piece by piece, which takes minutes for a language model.
    """
    import torchao.quantization.quant_primitives  # noqa: F401  (registers them)

    return torch.ops.torchao


class RoundedEmbedding(nn.Module):
    """An integer table in plain operators, which every build of a runtime has.

    `product` multiplies with the same table.
    """

    table: Tensor

    def __init__(self, rounded: IntegerMatrix, exact: bool = False) -> None:
        super().__init__()
        self.product = RoundedProduct(rounded, exact=exact)
        packed = rounded.packed()
        # The same tensor where the bytes are the same, so that a program holds it once.
        self.register_buffer("table", self.product.integers if rounded.bits == 8 else packed)

    def forward(self, ids: Tensor) -> Tensor:
        """Look up ids int (...,): f32 (..., K)."""
        rows = F.embedding(ids, self.table).to(torch.float32)
        scales = F.embedding(ids, self.product.scales)
        if self.product.bits == 4:
            high = torch.floor(rows / 16)
            rows = torch.stack([rows - high * 16, high], -1).flatten(-2) - 8
        blocks = torch.unflatten(rows, -1, (scales.shape[-1], -1))
        return torch.flatten(blocks * scales[..., None], -2)


class RoundedDecoder(Decoder):
    """A decoder whose embedding may be an integer table."""

    def logits(self, hidden: Tensor) -> Tensor:
        """Score the vocabulary with the tied table; see `Decoder.logits`."""
        if not isinstance(self.embedding, RoundedEmbedding):
            return super().logits(hidden)
        scores: Tensor = self.embedding.product(hidden)
        return scores


def unsupported(stage: str, recipe: StageRecipe) -> str | None:
    """Return the reason why XNNPACK cannot run a stage of a recipe with integers, None if it can.

    A recipe's block applies to int4; int8 always has a scale for each row.
    """
    if not recipe.symmetric:
        return "XNNPACK keeps integers without zero points; choose symmetric = true"
    dynamic, tensor = recipe.activations in RUNNING, recipe.granularity == "tensor"
    if recipe.activations == "float":
        if stage != "decode":
            return "XNNPACK convolves integers with integers; choose dynamic or static activations"
        if "int4" in recipe.types():
            return (
                "XNNPACK multiplies blocks of int4 with rounded inputs alone; choose dynamic "
                "activations, or int8"
            )
        return None
    if stage == "decode" and not dynamic:
        return "a cache has no fixed range, so decode rounds as it runs; choose dynamic activations"
    if dynamic and tensor:
        return "XNNPACK rounds inputs as it runs only for weights with a scale a block or a channel"
    if "int4" in recipe.types() and recipe.granularity == "block" and recipe.block % FEWEST:
        return f"XNNPACK's blocks are multiples of {FEWEST} weights, not {recipe.block}"
    return None


def quantized_decoder(decoder: Decoder, stage: str, recipe: StageRecipe) -> RoundedDecoder:
    """Return a decoder with the weights of another, some in integers as the recipe says.

    Raises OptionError for a pattern that fits no module or a block that does not divide a row,
    ExportError when there is no module to quantize.
    """
    state, layers = decoder.state_dict(), len(decoder.layers)
    own = RoundedDecoder.from_state(decoder.config, state, layers)
    assert isinstance(own, RoundedDecoder)
    found = {n: m for n, m in own.named_modules() if isinstance(m, (nn.Linear, nn.Embedding))}
    check_patterns(stage, recipe, found)
    wanted = {name: kind for name in found if (kind := recipe.weights_of(name)) in BITS}
    if not wanted:
        raise ExportError(
            f"Stage {stage} has no weights that can be kept in {recipe.weights}; change the recipe."
        )
    for name, kind in wanted.items():
        module, bits = found[name], BITS[kind]
        blocks = bits == 4 and recipe.granularity == "block"
        if blocks:
            check_columns(f"Stage {stage}, module {name}", module.weight.shape[1], recipe.block)
        rounded = quantize(module.weight, bits, recipe.block if blocks else None)
        exact = bits == 8 and recipe.activations in KEEPING
        own.set_submodule(
            name,
            RoundedProduct(rounded, exact=exact)
            if isinstance(module, nn.Linear)
            else RoundedEmbedding(rounded, exact),
        )
    return own.eval()


def kinds(module: nn.Module) -> dict[str, str]:
    """Return the type of each integer weight of a module, by its path."""
    return {
        name: f"int{part.bits}"
        for name, part in module.named_modules()
        if isinstance(part, RoundedProduct)
    }


def saved(module: nn.Module, recipe: StageRecipe) -> int:
    """Estimate the bytes that a recipe saves in the weights of a stage."""
    sizes = 0
    for name, part in module.named_modules():
        if isinstance(part, KINDS) and (kind := recipe.weights_of(name)) in BITS:
            bits = BITS[kind] + (16 / recipe.block if kind == "int4" else 0)
            sizes += int(part.weight.numel() * (32 - bits) / 8)
    return sizes
