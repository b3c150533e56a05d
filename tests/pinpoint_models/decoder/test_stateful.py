"""The decoder with its caches inside, against the one that takes them."""

from __future__ import annotations

import pytest
import torch

from pinpoint_models.decoder.config import DecoderConfig
from pinpoint_models.decoder.model import Decoder
from pinpoint_models.decoder.stateful import StatefulDecoder

CONFIG = DecoderConfig(
    vocabulary=50,
    width=24,
    layers=2,
    heads=6,
    kv_heads=2,
    head_size=4,
    mlp_width=32,
    rope_theta=10000.0,
    norm_epsilon=1e-5,
    context=64,
)
CAPACITY = 16


@pytest.fixture
def decoder() -> Decoder:
    torch.manual_seed(0)
    return Decoder(CONFIG).eval()


def i32(*values: int) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.int32)


@torch.no_grad()
def test_runs_equal_those_of_the_decoder_that_takes_its_caches(decoder: Decoder):
    stateful, kv = StatefulDecoder(decoder, CAPACITY), decoder.empty_cache(CAPACITY)
    visual, position = torch.randn(3, CONFIG.width), 0
    for ids in ([[4, 51, 9]], [[7]], [[50, 52, 3, 2]]):
        rows = torch.tensor(ids, dtype=torch.int32)
        expected, *kv = decoder(rows, visual, i32(position), *kv)
        got = stateful(rows, visual, i32(position), i32(rows.shape[1]))
        assert torch.equal(got, expected)
        position += rows.shape[1]
    assert torch.equal(stateful.key_1, kv[2])


@torch.no_grad()
def test_rows_that_only_fill_up_never_change_an_answer(decoder: Decoder):
    visual = torch.randn(4, CONFIG.width)
    plain, filled = StatefulDecoder(decoder, CAPACITY), StatefulDecoder(decoder, CAPACITY)
    expected = plain(i32(4, 51, 9)[None], visual, i32(0), i32(3))
    got = filled(i32(4, 51, 9, 8, 7)[None], visual, i32(0), i32(3))
    torch.testing.assert_close(got, expected)
    # What the filling rows left behind is overwritten, and hidden until then.
    torch.testing.assert_close(
        filled(i32(11)[None], visual, i32(3), i32(1)), plain(i32(11)[None], visual, i32(3), i32(1))
    )


@torch.no_grad()
def test_going_back_forgets_rows(decoder: Decoder):
    visual = torch.randn(1, CONFIG.width)
    stateful, fresh = StatefulDecoder(decoder, CAPACITY), StatefulDecoder(decoder, CAPACITY)
    stateful(i32(1, 2, 3, 4)[None], visual, i32(0), i32(4))
    back = stateful(i32(8)[None], visual, i32(2), i32(1))
    fresh(i32(1, 2)[None], visual, i32(0), i32(2))
    torch.testing.assert_close(back, fresh(i32(8)[None], visual, i32(2), i32(1)))
