import dataclasses

import pytest
import torch

from pinpoint_models.decoder.config import DecoderConfig
from pinpoint_models.decoder.host_cache import HostCacheDecoder
from pinpoint_models.decoder.model import Decoder

CONFIG = DecoderConfig(50, 24, 3, 6, 2, 8, 32, 10000.0, 1e-5, 128)
CAPACITY = 40


@pytest.fixture(scope="module")
def decoder():
    torch.manual_seed(0)
    return Decoder(CONFIG).double().eval()


def caches(decoder, position, fill=0.0):
    """Caches whose first rows are random; the others hold `fill`."""
    generator = torch.Generator().manual_seed(position)
    shape = (1, CONFIG.kv_heads, CAPACITY, CONFIG.head_size)
    made = []
    for _ in range(2 * len(decoder.layers)):
        cache = torch.full(shape, fill, dtype=torch.float64)
        past = cache[:, :, :position]
        past.copy_(torch.randn(past.shape, generator=generator, dtype=torch.float64))
        made.append(cache)
    return made


def rows_of(count, seed=1):
    generator = torch.Generator().manual_seed(seed)
    ids = torch.randint(0, CONFIG.vocabulary + 3, (1, count), generator=generator).int()
    visual = torch.randn(count + 3, CONFIG.width, generator=generator, dtype=torch.float64)
    return ids, visual


def run_rows(decoder, ids, visual, position, valid, kv):
    module = HostCacheDecoder(decoder, ids.shape[1], CAPACITY)
    place = torch.tensor([position], dtype=torch.int32)
    with torch.no_grad():
        return module(ids, visual, place, torch.tensor([valid], dtype=torch.int32), *kv)


@pytest.mark.parametrize(("rows", "position"), [(1, 0), (1, 1), (1, 39), (7, 0), (7, 12), (7, 33)])
def test_rows_equal_the_decoder(decoder, rows, position):
    ids, visual = rows_of(rows)
    kv = caches(decoder, position)
    with torch.no_grad():
        place = torch.tensor([position], dtype=torch.int32)
        logits, *updated = decoder(ids, visual, place, *kv)
    got, *new = run_rows(decoder, ids, visual, position, rows, kv)
    torch.testing.assert_close(got, logits, rtol=0, atol=1e-12)
    assert len(new) == len(updated) == 2 * CONFIG.layers
    for ours, cache in zip(new, updated, strict=True):
        expected = cache[:, :, position : position + rows]
        torch.testing.assert_close(ours, expected, rtol=0, atol=1e-12)


def test_stale_rows_have_no_influence(decoder):
    ids, visual = rows_of(5)
    clean = run_rows(decoder, ids, visual, 9, 5, caches(decoder, 9))
    stale = run_rows(decoder, ids, visual, 9, 5, caches(decoder, 9, fill=70.0))
    for a, b in zip(clean, stale, strict=True):
        assert torch.equal(a, b)
    moved = run_rows(decoder, ids, visual, 8, 5, caches(decoder, 9))
    assert (moved[0] - clean[0]).abs().max() > 1e-3


def test_filling_rows_have_no_influence_on_the_valid_ones(decoder):
    ids, visual = rows_of(6)
    kv = caches(decoder, 4)
    whole = run_rows(decoder, ids[:, :3], visual, 4, 3, kv)
    filled = ids.clone()
    filled[:, 3:] = 0
    part = run_rows(decoder, filled, visual, 4, 3, kv)
    torch.testing.assert_close(part[0], whole[0], rtol=0, atol=1e-12)
    for ours, expected in zip(part[1:], whole[1:], strict=True):
        torch.testing.assert_close(ours[:, :, :3], expected, rtol=0, atol=1e-12)


def test_weights_are_the_decoders_and_tables_follow_its_type():
    decoder = Decoder(dataclasses.replace(CONFIG, layers=1))
    module = HostCacheDecoder(decoder, 2, CAPACITY)
    ours = {tensor.data_ptr() for tensor in module.parameters()}
    assert ours == {tensor.data_ptr() for tensor in decoder.parameters()}
    assert not list(module.state_dict().keys() - {f"decoder.{k}" for k in decoder.state_dict()})
    assert HostCacheDecoder(decoder.half(), 2, CAPACITY).attention.cosine.dtype == torch.float16
