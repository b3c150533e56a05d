from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pinpoint_runtimes import SessionError

RNG = np.random.default_rng(1)
BYTES = RNG.integers(-128, 128, (4, 6)).astype(np.int8)
BLOCKS, OFFSETS = RNG.random((2, 3)).astype(np.float32), RNG.integers(-8, 8, (2, 3)).astype(np.int8)
NIBBLES = RNG.integers(-8, 8, (4, 6)).astype(np.int8)
CODES = RNG.integers(0, 16, (2, 5)).astype(np.uint8)
TABLES = RNG.random((2, 1, 16, 1)).astype(np.float32)
ONE_TABLE = RNG.random((1, 1, 16, 1)).astype(np.float32)
VECTORS = RNG.random((1, 1, 16, 3)).astype(np.float32)
ZEROS = np.zeros(1, np.float32)


def spread(blocks: np.ndarray) -> np.ndarray:
    return blocks.astype(np.float32).repeat(2, 0).repeat(2, 1)


def plus(make: Any) -> Any:
    """Use a folded weight: add an input to it."""
    return lambda mb, x: mb.add(x=make(mb), y=x)


def small(name: str, values: np.ndarray) -> Any:
    """Values in a type of fewer than eight bits."""
    from coremltools.converters.mil.mil import types

    return values.astype(types.nptype_from_builtin(getattr(types, name)))


CASES: dict[str, tuple[Any, ...]] = {
    "constexpr_blockwise_shift_scale": (
        plus(
            lambda mb: mb.constexpr_blockwise_shift_scale(
                data=small("int4", NIBBLES), scale=BLOCKS, offset=small("int4", OFFSETS)
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
        plus(lambda mb: mb.constexpr_lut_to_dense(indices=small("uint4", CODES), lut=TABLES)),
        (ZEROS,),
        np.stack([TABLES[row, 0, CODES[row], 0] for row in range(2)]),
    ),
    "one table for all": (
        plus(lambda mb: mb.constexpr_lut_to_dense(indices=small("uint4", CODES), lut=ONE_TABLE)),
        (ZEROS,),
        ONE_TABLE[0, 0, :, 0][CODES],
    ),
}


@pytest.fixture(scope="module")
def found(evaluate_all: Any) -> Any:
    return evaluate_all(CASES)


@pytest.mark.parametrize("name", CASES)
def test_constexpr(name: str, found: Any, agree: Any) -> None:
    agree(found[name], *CASES[name][2:])


def test_tables_of_vectors_are_refused(evaluate: Any) -> None:
    def build(mb: Any, x: Any) -> Any:
        indices = small("uint4", CODES)
        return mb.add(x=mb.constexpr_lut_to_dense(indices=indices, lut=VECTORS, vector_axis=0), y=x)

    with pytest.raises(SessionError, match="vector"):
        evaluate(build, ZEROS)


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
