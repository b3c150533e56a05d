"""Static int8 of an ONNX graph: layers compute in integers, with ranges measured on real inputs.

ONNX Runtime's own quantizer writes QuantizeLinear and DequantizeLinear around each convolution and
each product with a weight. Products of two activations (attention) stay in float: quantized, they
ruin a vision stage. Its result is counted, because it can leave out layers without an error.
"""

from __future__ import annotations

import contextlib
import logging
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import onnx_ir as ir

from pinpoint_edge.errors import DataError, ExportError
from pinpoint_quantization.module_patterns import check_patterns
from pinpoint_quantization.onnx.weights import module_of, weighted
from pinpoint_quantization.recipe import StageRecipe

KINDS = ("Conv", "MatMul", "Gemm")


def quantize_static(
    model: ir.Model, stage: str, recipe: StageRecipe, feeds: Sequence[Mapping[str, Any]]
) -> ir.Model:
    """Return the graph with the recipe's int8 modules computing in int8, a scale a channel.

    model: as torch's exporter gives it, its weights named after their modules; feeds: inputs of the
    stage from real pages, arrays by name. Raises DataError without feeds, OptionError for a pattern
    that fits no module, ExportError when not all planned layers are quantized.
    """
    if not feeds:
        raise DataError(
            f"Stage {stage}: static ranges are measured on real inputs and none were given; make a "
            "set with `pinpoint-quantize calibrate`."
        )
    found = {node: module_of(value.name or "") for node, value in weighted(model.graph)}
    check_patterns(stage, recipe, {module for module in found.values() if module})
    wanted: list[str] = []
    left: list[str] = []
    for number, node in enumerate(model.graph):
        node.name = f"{number} {node.op_type}"  # unique: nodes are left out by name
        int8 = node in found and recipe.weights_of(found[node]) == "int8"
        (wanted if int8 and node.op_type in KINDS else left).append(node.name)
    if not wanted:
        raise ExportError(f"Stage {stage} has no weights that can be kept in int8 throughout.")
    quantized = _quantize(model, left, feeds)
    done = _count(quantized)
    if done != len(wanted):
        raise ExportError(
            f"ONNX Runtime quantized {done} of {len(wanted)} layers of stage {stage}; another "
            "version of it may do better."
        )
    return quantized


def _quantize(model: ir.Model, left: list[str], feeds: Sequence[Mapping[str, Any]]) -> ir.Model:
    from onnxruntime.quantization import QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.calibrate import CalibrationDataReader

    class FeedReader(CalibrationDataReader):  # type: ignore[misc]
        """Gives one run after the other."""

        def __init__(self) -> None:
            self._feeds = iter(feeds)

        def get_next(self) -> dict[str, Any] | None:
            found = next(self._feeds, None)
            return None if found is None else dict(found)

    with tempfile.TemporaryDirectory() as folder, _quiet():
        source, result = Path(folder) / "float.onnx", Path(folder) / "int8.onnx"
        ir.save(model, source)
        quantize_static(
            source,
            result,
            FeedReader(),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=list(KINDS),
            nodes_to_exclude=left,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )
        quantized = ir.load(result)
        # Loaded lazily from a file that is about to go.
        ir.external_data.load_to_model(quantized)
    return quantized


def _count(model: ir.Model) -> int:
    """Count the layers that multiply with an int8 weight."""
    count = 0
    for node in model.graph:
        if node.op_type in KINDS and len(node.inputs) > 1 and node.inputs[1] is not None:
            made = node.inputs[1].producer()
            if made is not None and made.op_type == "DequantizeLinear":
                integers = made.inputs[0]
                count += integers is not None and integers.dtype == ir.DataType.INT8
    return count


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Silence the advice to preprocess, which would fuse layers and lose their modules."""
    logger = logging.getLogger()
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
