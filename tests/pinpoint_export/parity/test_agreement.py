"""The script of the decode stage on torch caches with one thing wrong in each."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch

from pinpoint_export.parity.agreement import (
    PARTS,
    STEPS,
    VISUALS,
    compare_caches,
    greedy_agreement,
    prompt_ids,
)
from pinpoint_export.parity.comparison import EXACT, HALF
from pinpoint_export.parity.precision import in_half
from pinpoint_export.parity.stage_parity import StageParity
from pinpoint_models.decoder.config import DecoderConfig
from pinpoint_models.decoder.model import Decoder
from pinpoint_runtimes.torch import TorchKVCache

from . import faults

CONFIG = DecoderConfig(90, 48, 2, 3, 1, 16, 64, 10000.0, 1e-5, 512)


@pytest.fixture(scope="module")
def decoder() -> Decoder:
    torch.manual_seed(0)
    return Decoder(CONFIG).eval()


def measured(decoder, other, kind=TorchKVCache, tier=EXACT) -> StageParity:
    return compare_caches(decoder, kind(other, 512), tier)


class NeverTruncates(TorchKVCache):
    """Goes on behind the rows that it should have forgotten."""

    def truncate(self, length: int) -> None:
        pass


class SeesFilling(TorchKVCache):
    """Fills short runs up to 8 rows and keeps them."""

    def run(self, ids, visual):
        logits = super().run(ids, visual)
        if 1 < len(ids) < 8:
            super().run(np.zeros(8 - len(ids), np.int32), visual)
        return logits


class ForgetsVisual(TorchKVCache):
    """Takes the first visual token for all."""

    def run(self, ids, visual):
        return super().run(ids, np.repeat(visual[:1], len(visual), 0))


def test_the_prompt_is_read_in_parts_and_has_visual_tokens():
    ids = prompt_ids(49152)
    assert len(ids) == sum(PARTS)
    assert sorted(ids[ids >= 49152] - 49152) == list(range(VISUALS))
    small = prompt_ids(90)
    assert small.max() == 90 + VISUALS - 1
    assert small.min() >= 0


def test_the_same_decoder_agrees(decoder):
    parity = measured(decoder, decoder)
    assert parity.passed
    assert parity.greedy is not None
    assert (parity.greedy.steps, parity.greedy.identical) == (STEPS, STEPS)


def test_rounding_to_f16_passes_the_half_tier_only(decoder):
    assert measured(decoder, in_half(decoder), tier=HALF).passed
    assert not measured(decoder, in_half(decoder)).passed


WRONG_CACHES = {
    NeverTruncates: "truncate(40), then other rows up to 45",
    SeesFilling: "the prompt up to row 6",
    ForgetsVisual: "the prompt up to row 70",
}
WRONG_ATTENTION = {
    faults.LatePositions: "the prompt up to row 6",
    faults.StaleSlots: "truncate(40), then other rows up to 45",
    faults.SeesBehind: "the prompt up to row 5",
}


@pytest.mark.parametrize("kind", WRONG_CACHES)
def test_a_wrong_cache_is_caught_where_it_goes_wrong(decoder, kind):
    parity = measured(decoder, decoder, kind)
    assert parity.failures()[0].startswith(f"logits: {WRONG_CACHES[kind]}: ")


@pytest.mark.parametrize("kind", WRONG_ATTENTION)
def test_wrong_attention_is_caught_where_it_goes_wrong(decoder, kind):
    parity = measured(decoder, faults.with_attention(decoder, kind))
    assert parity.failures()[0].startswith(f"logits: {WRONG_ATTENTION[kind]}: ")


def test_weights_rounded_to_bf16_are_caught(decoder):
    other = copy.deepcopy(decoder)
    with torch.no_grad():
        for weight in other.parameters():
            weight.copy_(weight.bfloat16())
    assert not measured(decoder, other).passed


def test_greedy_tokens_may_differ_in_a_tie_only():
    logits = np.full(100, -10.0, np.float32)
    logits[3], logits[4] = 5.0, 5.0 - 1e-4
    other = logits.copy()
    other[4] = 5.0 + 1e-4
    tie = greedy_agreement([logits, logits], [logits, other], EXACT)
    assert (tie.identical, tie.failure) == (1, None)
    other[50] = 6.0
    wrong = greedy_agreement([logits], [other], EXACT)
    assert "step 0: token 50 in place of 3, which leads by 15" in (wrong.failure or "")
    other[:] = np.nan
    assert greedy_agreement([logits], [other], EXACT).failure


def test_a_lead_that_half_cannot_tell_is_a_tie_there():
    logits = np.full(100, -10.0, np.float32)
    logits[3], logits[4] = 5.0, 4.9
    other = logits[:].copy()
    other[4] = 5.05
    assert greedy_agreement([logits], [other], EXACT).failure
    assert greedy_agreement([logits], [other], HALF).failure is None
