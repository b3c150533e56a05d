"""FastV's cache: nothing dropped is the whole model, and what is dropped is as if masked."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from pinpoint_edge.errors import OptionError
from pinpoint_export.baselines.fastv import CHUNK, FastVCache
from pinpoint_models.decoder.attention import rotate
from pinpoint_models.decoder.config import DecoderConfig
from pinpoint_models.decoder.model import Decoder
from pinpoint_runtimes.errors import CacheFull
from pinpoint_runtimes.torch import TorchKVCache

CONFIG = DecoderConfig(
    vocabulary=50, width=24, layers=5, heads=6, kv_heads=2, head_size=4, mlp_width=32,
    rope_theta=10000.0, norm_epsilon=1e-5, context=1024,
)  # fmt: skip
AFTER, CAPACITY = 2, 700
VISUAL = np.random.default_rng(1).standard_normal((4, CONFIG.width)).astype(np.float32)
IDS = np.random.default_rng(2).integers(0, 54, 23).astype(np.int32)


def make_decoder() -> Decoder:
    torch.manual_seed(0)
    decoder = Decoder(CONFIG).eval()
    for parameter in decoder.parameters():
        # Larger than at the start of a training: attention must have something to say.
        parameter.requires_grad_(False).mul_(3.0 if parameter.ndim > 1 else 1.0)
    return decoder


@pytest.fixture(scope="module")
def decoder() -> Decoder:
    return make_decoder()


def test_a_cache_that_prunes_nothing_is_the_reference_cache(decoder: Decoder):
    plain, ours = TorchKVCache(decoder, CAPACITY), FastVCache(decoder, CAPACITY, AFTER)
    for part in (IDS[:9], IDS[9:10], IDS[10:]):
        np.testing.assert_allclose(
            ours.run(part, VISUAL), plain.run(part, VISUAL), rtol=1e-4, atol=1e-5
        )
    for cache in (plain, ours):
        cache.truncate(12)
    np.testing.assert_allclose(
        ours.run(IDS[3:8], VISUAL), plain.run(IDS[3:8], VISUAL), rtol=1e-4, atol=1e-5
    )


@pytest.mark.parametrize("count", [23, CHUNK + 40])
def test_keeping_everything_equals_the_full_page_to_the_bit(decoder: Decoder, count: int):
    ids = np.resize(IDS, count)
    full, pruned = (FastVCache(decoder, CAPACITY, AFTER) for _ in range(2))
    for start in range(0, count, CHUNK):
        expected = full.run(ids[start : start + CHUNK], VISUAL)
    got = pruned.read_pruned(ids, VISUAL, (3, count - 5), 1.0)
    assert np.array_equal(got, expected)
    for token in ids[:3]:
        step = np.array([token], np.int32)
        assert np.array_equal(pruned.run(step, VISUAL), full.run(step, VISUAL))


def masked_reference(
    decoder: Decoder, ids: np.ndarray, prompt: int, dropped: np.ndarray
) -> tuple[np.ndarray, torch.Tensor, list[torch.Tensor]]:
    """All rows at once: logits of each, layer AFTER's attention of row `prompt - 1`, the keys.

    The dropped rows run along; from layer AFTER on no other row sees them.
    """
    x = decoder.embed(torch.from_numpy(ids).long(), torch.from_numpy(VISUAL))
    count, size = len(ids), CONFIG.head_size
    causal = torch.ones(count, count, dtype=torch.bool).tril()
    hidden = causal.clone()
    hidden[:, dropped] = False
    hidden |= torch.eye(count, dtype=torch.bool)
    received, all_keys = torch.zeros(count), []
    for number, layer in enumerate(decoder.layers):
        attention, y = layer.attention, layer.attention_norm(x)
        query, key, value = (
            part(y).view(count, -1, size).transpose(0, 1)
            for part in (attention.query, attention.key, attention.value)
        )
        query = rotate(query, decoder.cosine[:count], decoder.sine[:count])
        key = rotate(key, decoder.cosine[:count], decoder.sine[:count])
        all_keys.append(key)
        key, value = (part.repeat_interleave(3, 0) for part in (key, value))
        scores = query @ key.transpose(1, 2) / math.sqrt(size)
        weights = scores.masked_fill(~(causal if number < AFTER else hidden), -torch.inf)
        weights = weights.softmax(-1)
        if number == AFTER - 1:
            received = weights[:, prompt - 1].mean(0)
        x = x + attention.output((weights @ value).transpose(0, 1).reshape(count, -1))
        x = x + layer.mlp(layer.mlp_norm(x))
    return decoder.logits(decoder.norm(x)).numpy(), received, all_keys


@settings(max_examples=25)
@given(
    keep=st.sampled_from([0.1, 0.3, 0.5, 0.9]),
    prompt=st.integers(12, 20),
    first=st.integers(0, 4),
    tail=st.integers(1, 6),
)
def test_what_is_dropped_is_the_least_attended_and_as_if_masked(
    keep: float, prompt: int, first: int, tail: int
):
    decoder = make_decoder()
    end = prompt - tail
    cache = FastVCache(decoder, CAPACITY, AFTER)
    logits = [cache.read_pruned(IDS[:prompt], VISUAL, (first, end), keep)]
    dropped = np.setdiff1d(np.arange(prompt), cache.kept)
    expected, received, keys = masked_reference(decoder, IDS, prompt, dropped)
    # Exactly the least attended of the prunable rows, and none of the others.
    count = math.ceil(keep * (end - first))
    assert len(dropped) == end - first - count
    assert all(first <= row < end for row in dropped)
    np.testing.assert_allclose(cache.received(), received[:prompt], rtol=1e-4, atol=1e-6)
    survivors = [row for row in cache.kept if first <= row < end]
    if len(dropped):
        assert min(received[survivors]) >= max(received[dropped]) - 1e-6
    # Steps over the pruned cache go on at their true positions.
    logits += [cache.run(IDS[row : row + 1], VISUAL) for row in range(prompt, len(IDS))]
    np.testing.assert_allclose(np.stack(logits), expected[prompt - 1 :], rtol=2e-3, atol=2e-4)
    assert cache.rows == (len(IDS), len(IDS) - len(dropped))
    for number in range(CONFIG.layers):
        rows = np.arange(len(IDS))
        if number >= AFTER:
            rows = np.setdiff1d(rows, dropped)
        held = cache._kv[2 * number][0, :, : len(rows)]
        np.testing.assert_allclose(held, keys[number][:, rows], rtol=2e-3, atol=2e-4)


def test_a_further_question_prunes_anew_over_a_common_beginning(decoder: Decoder):
    kept, fresh = (FastVCache(decoder, CAPACITY, AFTER) for _ in range(2))
    kept.read_pruned(IDS[:20], VISUAL, (2, 15), 0.3)
    kept.run(IDS[:2], VISUAL)
    other = np.concatenate([IDS[:16], IDS[3:9]])
    kept.truncate(16)
    got = kept.read_pruned(other[16:], VISUAL, (2, 15), 0.3)
    expected = fresh.read_pruned(other, VISUAL, (2, 15), 0.3)
    np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-5)
    assert np.array_equal(kept.kept, fresh.kept)


def test_what_cannot_be_is_refused(decoder: Decoder):
    for after in (0, CONFIG.layers):
        with pytest.raises(OptionError, match="1 to 4"):
            FastVCache(decoder, CAPACITY, after)
    cache = FastVCache(decoder, 8, AFTER)
    with pytest.raises(OptionError, match="share of 0"):
        cache.read_pruned(IDS[:6], VISUAL, (1, 4), 0.0)
    with pytest.raises(CacheFull, match="do not fit"):
        cache.read_pruned(IDS[:9], VISUAL, (1, 4), 0.5)
    cache.close()
    with pytest.raises(OptionError, match="closed"):
        cache.run(IDS[:1], VISUAL)
