from __future__ import annotations

from typing import Any

import numpy as np
import pytest

RNG = np.random.default_rng(1)
BYTES = RNG.integers(-128, 128, (4, 6)).astype(np.int8)
SCALE, ZERO = RNG.random(4).astype(np.float32), RNG.integers(-9, 9, 4).astype(np.int8)
BLOCKS, OFFSETS = RNG.random((2, 3)).astype(np.float32), RNG.integers(-8, 8, (2, 3)).astype(np.int8)
NIBBLES = RNG.integers(-8, 8, (4, 6)).astype(np.int8)
TABLE = RNG.random(4).astype(np.float32)
CODES = RNG.integers(0, 4, (2, 5)).astype(np.uint8)
TABLES = RNG.random((2, 1, 4, 1)).astype(np.float32)
VECTORS = RNG.random((1, 1, 4, 3)).astype(np.float32)
MASK = np.array([[1, 0, 0, 1, 1], [0, 1, 0, 0, 1]], np.uint8)
VALUES = np.array([1.5, 2.5, 3.5, 4.5, 5.5], np.float32)
CHOSEN = np.array([3, 0, 2, 1, 3], np.uint8)
HALF = np.array([0.1, 65504.0, 6e-8], np.float16)


def dense(values: np.ndarray, mask: np.ndarray = MASK) -> np.ndarray:
    out = np.zeros(mask.shape, values.dtype)
    out[mask != 0] = values
    return out


def spread(blocks: np.ndarray) -> np.ndarray:
    return blocks.astype(np.float32).repeat(2, 0).repeat(2, 1)


def packed(codes: np.ndarray, bits: int) -> np.ndarray:
    """Pack as iOS 16 does: from the lowest bit of the first byte upwards."""
    single = (codes.reshape(-1, 1) >> np.arange(bits)) & 1
    return np.packbits(single.astype(np.uint8).reshape(-1), bitorder="little")


def plus(make: Any) -> Any:
    """Use a folded weight: add an input to it."""
    return lambda mb, x: mb.add(x=make(mb), y=x)


ZEROS = np.zeros(1, np.float32)
OLD: dict[str, tuple[Any, ...]] = {
    "constexpr_affine_dequantize": (
        plus(
            lambda mb: mb.constexpr_affine_dequantize(
                quantized_data=BYTES, zero_point=ZERO, scale=SCALE, axis=0
            )
        ),
        (ZEROS,),
        SCALE[:, None] * (BYTES.astype(np.float32) - ZERO[:, None]),
    ),
    "constexpr_lut_to_dense": (
        plus(
            lambda mb: mb.constexpr_lut_to_dense(
                indices=packed(CODES, 2), lut=TABLE, shape=np.array(CODES.shape, np.uint32)
            )
        ),
        (ZEROS,),
        TABLE[CODES],
    ),
    "constexpr_sparse_to_dense": (
        plus(
            lambda mb: mb.constexpr_sparse_to_dense(
                nonzero_data=VALUES,
                mask=np.packbits(MASK.reshape(-1), bitorder="little"),
                shape=np.array(MASK.shape, np.uint32),
            )
        ),
        (ZEROS,),
        dense(VALUES),
    ),
    "constexpr_cast": (
        plus(lambda mb: mb.constexpr_cast(source_val=HALF, output_dtype="fp32")),
        (ZEROS,),
        HALF.astype(np.float32),
    ),
}


def ios18(types: Any) -> dict[str, tuple[Any, ...]]:
    int4, uint2, uint1 = (
        types.nptype_from_builtin(getattr(types, n)) for n in ("int4", "uint2", "uint1")
    )
    mask, codes, chosen = MASK.astype(uint1), CODES.astype(uint2), CHOSEN.astype(uint2)

    def sparse(mb: Any, pair: Any) -> Any:
        return mb.constexpr_sparse_to_dense(mask=pair[0], nonzero_data=pair[1])

    return {
        "constexpr_blockwise_shift_scale": (
            plus(
                lambda mb: mb.constexpr_blockwise_shift_scale(
                    data=NIBBLES.astype(int4), scale=BLOCKS, offset=OFFSETS.astype(int4)
                )
            ),
            (ZEROS,),
            spread(BLOCKS) * (NIBBLES - spread(OFFSETS)),
        ),
        "blockwise without an offset": (
            plus(lambda mb: mb.constexpr_blockwise_shift_scale(data=BYTES, scale=BLOCKS)),
            (ZEROS,),
            spread(BLOCKS) * BYTES,
        ),
        "constexpr_lut_to_dense": (
            plus(lambda mb: mb.constexpr_lut_to_dense(indices=codes, lut=TABLES)),
            (ZEROS,),
            np.stack([TABLES[row, 0, CODES[row], 0] for row in range(2)]),
        ),
        "lut of vectors": (
            plus(lambda mb: mb.constexpr_lut_to_dense(indices=codes, lut=VECTORS, vector_axis=0)),
            (ZEROS,),
            VECTORS[0, 0][CODES].transpose(0, 2, 1).reshape(6, 5),
        ),
        "constexpr_sparse_to_dense": (
            plus(lambda mb: mb.constexpr_sparse_to_dense(nonzero_data=VALUES, mask=mask)),
            (ZEROS,),
            dense(VALUES),
        ),
        "constexpr_lut_to_sparse": (
            plus(
                lambda mb: sparse(
                    mb,
                    mb.constexpr_lut_to_sparse(
                        indices_mask=mask,
                        indices_nonzero_data=chosen,
                        lut=TABLE.reshape(1, 1, 4, 1),
                    ),
                )
            ),
            (ZEROS,),
            dense(TABLE[CHOSEN]),
        ),
        "constexpr_sparse_blockwise_shift_scale": (
            plus(
                lambda mb: sparse(
                    mb,
                    mb.constexpr_sparse_blockwise_shift_scale(
                        data_mask=mask,
                        nonzero_data=BYTES[0, :5],
                        scale=SCALE[:2, None],
                        offset=ZERO[:2, None],
                    ),
                )
            ),
            (ZEROS,),
            np.where(
                MASK, SCALE[:2, None] * (dense(BYTES[0, :5].astype(np.float32)) - ZERO[:2, None]), 0
            ),
        ),
        "quantize": (
            lambda mb, x: mb.cast(
                x=mb.quantize(input=x, zero_point=ZERO, scale=SCALE, axis=0, output_dtype="int8"),
                dtype="int32",
            ),
            (spread(OFFSETS) * 20,),
            np.clip(
                np.round(spread(OFFSETS) * 20 / SCALE[:, None]) + ZERO[:, None], -128, 127
            ).astype(int),
        ),
        "dequantize": (
            lambda mb, x: mb.dequantize(
                input=mb.cast(x=x, dtype="uint8"), zero_point=np.uint8(7), scale=np.float32(0.5)
            ),
            (CODES.astype(np.int32),),
            0.5 * (CODES.astype(np.float32) - 7),
        ),
    }


@pytest.mark.parametrize("name", OLD)
def test_ios16_forms(name: str, found_ios16: Any, agree: Any) -> None:
    agree(found_ios16[name], *OLD[name][2:])


@pytest.fixture(scope="module")
def found_ios16(evaluate_all: Any) -> Any:
    return evaluate_all(OLD, target="iOS16")


def test_ios18_forms_and_quantized_activations(
    coremltools: Any, evaluate_all: Any, agree: Any
) -> None:
    from coremltools.converters.mil.mil import types

    cases = ios18(types)
    found = evaluate_all(cases)
    for name, (_, _, expected) in cases.items():
        try:
            agree(found[name], expected)
        except AssertionError as error:
            raise AssertionError(name) from error


def test_an_expanded_weight_is_rounded_to_the_fp16_that_it_is(evaluate: Any) -> None:
    """A product of int8 and an fp16 scale that fp16 cannot hold becomes infinite."""

    def build(mb: Any, x: Any) -> Any:
        weight = mb.constexpr_blockwise_shift_scale(
            data=np.array([[100, 3]], np.int8), scale=np.array([[1000.7]], np.float16)
        )
        return mb.add(x=weight, y=x)

    (found,) = evaluate(build, np.zeros((1, 2), np.float16))
    exact = np.float32(np.float16(1000.7)) * np.float32([100, 3])
    np.testing.assert_array_equal(found, [[np.inf, np.float16(exact[1])]])
