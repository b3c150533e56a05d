"""Blocks: what they lose, and that ONNX Runtime reads them as they are meant."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx_ir as ir
import onnxruntime
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from pinpoint_models.decoder.grid import snap
from pinpoint_quantization.blocks import Blocks, quantize

FINITE = st.floats(-4, 4, width=32).filter(lambda x: x == 0 or abs(x) > 1e-6)
KINDS = [(8, True), (8, False), (4, True), (4, False)]


@pytest.mark.parametrize(("bits", "symmetric"), KINDS)
@given(weights=arrays(np.float32, (3, 48), elements=FINITE))
def test_no_weight_moves_further_than_its_scale(
    weights: NDArray[Any], bits: int, symmetric: bool
) -> None:
    """Half a step, give or take the rounding of a scale, or of a zero point."""
    blocks = quantize(weights, bits, 16, symmetric=symmetric)
    moved = np.abs(blocks.dequantize() - weights).reshape(3, 3, 16)
    steps = np.abs(blocks.scales)[..., None]
    slack = 0.5 + (1 << bits - 1) * 2**-11 if symmetric else 1.01
    assert (moved <= steps * slack + 1e-6).all()
    zeros = weights == 0
    assert (blocks.dequantize()[zeros] == 0).all()


@pytest.mark.parametrize("bits", [4, 8])
@given(weights=arrays(np.float32, (3, 64), elements=FINITE))
def test_symmetric_weights_move_once(weights: NDArray[Any], bits: int) -> None:
    once = quantize(weights, bits, 32, symmetric=True).dequantize()
    again = quantize(once, bits, 32, symmetric=True)
    assert np.array_equal(again.dequantize(), once)
    assert np.array_equal(again.scales, again.scales.astype(np.float16).astype(np.float32))


@pytest.mark.parametrize("bits", [4, 8])
def test_the_grid_of_the_language_model_is_kept(bits: int) -> None:
    weights = snap(torch.randn(8, 96, generator=torch.Generator().manual_seed(1))).numpy()
    assert np.array_equal(quantize(weights, bits, 32, symmetric=True).dequantize(), weights)


def test_eight_bits_take_127_steps_where_weights_lie_on_no_grid() -> None:
    weights = np.random.default_rng(3).standard_normal((4, 64)).astype(np.float32)
    blocks = quantize(weights, 8, 32, symmetric=True)
    largest = np.abs(weights.reshape(4, 2, 32)).max(-1)
    np.testing.assert_allclose(blocks.scales, largest / 127, rtol=1e-3)


@pytest.mark.parametrize(("bits", "symmetric"), KINDS)
def test_room_and_noise_are_those_of_the_bits(bits: int, symmetric: bool) -> None:
    weights = np.random.default_rng(0).standard_normal((64, 256)).astype(np.float32)
    blocks = quantize(weights, bits, 32, symmetric=symmetric)
    assert blocks.packed.shape == (64, 8, 4 * bits)
    assert blocks.packed.nbytes == weights.size * bits // 8
    assert (blocks.zero_points is None) == symmetric
    noise = np.square(blocks.dequantize() - weights).mean() / np.square(weights).mean()
    assert -10 * np.log10(noise) == pytest.approx(6.02 * bits - (4.5 if symmetric else 1.7), abs=2)


@pytest.mark.parametrize(("bits", "symmetric"), KINDS)
def test_onnx_runtime_multiplies_and_looks_up_what_dequantize_says(
    bits: int, symmetric: bool
) -> None:
    rng = np.random.default_rng(1)
    blocks = quantize(rng.standard_normal((24, 96)), bits, 32, symmetric=symmetric)
    given = rng.standard_normal((5, 96)).astype(np.float32)
    ids = np.array([3, 0, 23, 3], np.int64)
    product, rows = run(blocks, given, ids)
    expected = blocks.dequantize()
    np.testing.assert_allclose(product, given @ expected.T, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(rows, expected[ids], rtol=1e-6)


def run(blocks: Blocks, given: NDArray[Any], ids: NDArray[Any]) -> list[NDArray[Any]]:
    """Run both operators of ONNX Runtime on the same bytes, products in float32."""
    stored = [a for a in (blocks.packed, blocks.scales, blocks.zero_points) if a is not None]
    flat = [a.reshape(len(a), -1) for a in stored]
    constants = {
        name: ir.Value(name=name, const_value=ir.tensor(array, name=name))
        for name, array in (
            *((f"product {number}", array) for number, array in enumerate(stored)),
            *((f"table {number}", array) for number, array in enumerate(flat)),
        )
    }
    rows, count = blocks.scales.shape
    x = ir.Value(name="x", type=ir.TensorType(ir.DataType.FLOAT), shape=ir.Shape(given.shape))
    i = ir.Value(name="i", type=ir.TensorType(ir.DataType.INT64), shape=ir.Shape(ids.shape))
    sizes = {"bits": blocks.bits, "block_size": blocks.block}
    product = ir.node(
        "MatMulNBits",
        [x, *(v for n, v in constants.items() if n.startswith("product"))],
        sizes | {"K": count * blocks.block, "N": rows},
        domain="com.microsoft",
    )
    integers, scales, *zeros = (v for n, v in constants.items() if n.startswith("table"))
    table = ir.node(
        "GatherBlockQuantized",
        [integers, i, scales, *zeros],
        sizes | {"gather_axis": 0, "quantize_axis": 1},
        domain="com.microsoft",
    )
    for node in (product, table):
        node.outputs[0].type = ir.TensorType(ir.DataType.FLOAT)
    graph = ir.Graph(
        [x, i],
        [product.outputs[0], table.outputs[0]],
        nodes=[product, table],
        initializers=list(constants.values()),
        opset_imports={"": 20, "com.microsoft": 1},
    )
    model = ir.to_proto(ir.Model(graph, ir_version=10)).SerializeToString()
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    return list(session.run(None, {"x": given, "i": ids}))
