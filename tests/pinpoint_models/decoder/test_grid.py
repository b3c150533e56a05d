"""The grid: few values a block, the nearest of them, and nothing moves twice."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from pinpoint_edge.errors import DataError
from pinpoint_models.decoder.grid import BLOCK, TOP, snap

FINITE = st.floats(-4, 4, width=32).filter(lambda x: x == 0 or abs(x) > 1e-4)


@given(arrays(np.float32, (3, 64), elements=FINITE))
def test_weights_move_half_a_step_at_most_and_only_once(weights: NDArray[np.float32]) -> None:
    given = torch.from_numpy(weights)
    snapped = snap(given)
    steps = given.reshape(3, -1, BLOCK).abs().amax(-1, keepdim=True) / TOP
    moved = (snapped - given).reshape(3, -1, BLOCK).abs()
    # Half a step; the scale itself is rounded to 8 bits, which 7 steps feel.
    assert bool((moved <= steps * (0.5 + TOP * 2**-8) + 1e-6).all())
    assert torch.equal(snap(snapped), snapped)


def test_a_block_has_fifteen_values_and_its_scale_fits_both_halves() -> None:
    torch.manual_seed(0)
    snapped = snap(torch.randn(8, 128)).reshape(-1, BLOCK)
    for block in snapped:
        scale = block.abs().max() / TOP
        assert scale == scale.half().float() == scale.bfloat16().float()
        integers = block / scale
        assert torch.equal(integers, integers.round())
        assert float(integers.abs().max()) == TOP


def test_zeros_stay_and_odd_rows_are_refused() -> None:
    assert torch.equal(snap(torch.zeros(2, 32)), torch.zeros(2, 32))
    with pytest.raises(DataError, match="Rows of 48 weights cannot be cut into blocks of 32"):
        snap(torch.zeros(2, 48))
