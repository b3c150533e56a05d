"""The methods of an ExecuTorch program: one a bucket, or one that takes any number of rows.

Weights that the recipe wants in integers are rounded here, before anything is lowered.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from pinpoint_export.targets import DECODE_ROWS, STATE_CAPACITY
from pinpoint_export.targets.executorch.decoder import delegated, placed
from pinpoint_models.decoder.model import Decoder
from pinpoint_models.decoder.stateful import StatefulDecoder
from pinpoint_models.stages import Sizes, StageProgram
from pinpoint_quantization.executorch.decoder import kinds, quantized_decoder
from pinpoint_quantization.executorch.pt2e import Feeds, quantize_methods
from pinpoint_quantization.recipe import BITS, Recipe
from pinpoint_runtimes.session import bucket_name

LONGEST_RUN = 256
"""Rows of the longest run of a decode stage; what a run needs beside the weights grows with it."""


def rounded_methods(
    program: StageProgram, recipe: Recipe, delegate: str, feeds: Sequence[Feeds] = ()
) -> tuple[dict[str, Any], Counter[str]]:
    """Export a program under a recipe: its methods, and how many weights are integers by type.

    feeds: inputs of real pages, for ranges that are measured before; see `quantize_methods` for
    its errors and `quantized_decoder` for those of the language model.
    """
    wanted = recipe.stages[program.name]
    if not wanted.types() & BITS.keys():
        return export_methods(program, delegate), Counter()
    if program.state:
        assert isinstance(program.module, Decoder)
        decoder = quantized_decoder(program.module, program.name, wanted)
        rounded = dataclasses.replace(program, module=decoder)
        return export_methods(rounded, delegate), Counter(kinds(decoder).values())
    methods = export_methods(program, delegate)
    inputs = [spec.name for spec in program.inputs]
    return methods, Counter(
        {"int8": quantize_methods(methods, program.name, wanted, inputs, feeds)}
    )


def export_methods(program: StageProgram, delegate: str) -> dict[str, Any]:
    """Export a program in the form that the delegate takes, by the names of its methods."""
    if not program.state:
        # Core ML has no uint8 tensors: the runtime widens images for it.
        floats = delegate == "coreml"
        return {
            bucket_name(sizes): torch.export.export(
                program.module, _sample(program, sizes, floats), strict=False
            )
            for sizes in program.buckets
        }
    decoder = program.module
    assert isinstance(decoder, Decoder)
    if delegate == "coreml":
        return {"forward": _decode(placed(decoder), max(DECODE_ROWS))}
    with delegated(decoder, STATE_CAPACITY):
        return {"forward": _decode(decoder, LONGEST_RUN)}


def _decode(decoder: Decoder, longest: int) -> Any:
    rows = torch.export.Dim.DYNAMIC(min=1, max=longest)
    return torch.export.export(
        StatefulDecoder(decoder, STATE_CAPACITY).eval(),
        _rows(decoder, longest // 2),
        dynamic_shapes=({1: rows}, {0: rows}, None, None),
        strict=False,
    )


def row_buckets() -> tuple[Sizes, ...]:
    return tuple({"q": rows} for rows in DECODE_ROWS)


def _sample(program: StageProgram, sizes: Sizes, floats: bool) -> tuple[Tensor, ...]:
    return tuple(
        tensor.float() if floats and tensor.dtype == torch.uint8 else tensor
        for tensor in program.sample(sizes).values()
    )


def _rows(decoder: Decoder, rows: int) -> tuple[Tensor, ...]:
    return (
        torch.zeros(1, rows, dtype=torch.int32),
        torch.zeros(rows, decoder.config.width),
        torch.zeros(1, dtype=torch.int32),
        torch.full((1,), rows, dtype=torch.int32),
    )
