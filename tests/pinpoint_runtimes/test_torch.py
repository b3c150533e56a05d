import numpy as np
import pytest
import torch

from pinpoint_models.decoder.config import DecoderConfig
from pinpoint_models.decoder.model import Decoder
from pinpoint_runtimes import CacheFull, SessionError, TensorSpec
from pinpoint_runtimes.torch import TorchKVCache, TorchSession

CONFIG = DecoderConfig(50, 24, 2, 6, 2, 4, 32, 10000.0, 1e-5, 64)
NO_VISUAL = np.zeros((0, 24), np.float32)


class Split(torch.nn.Module):
    def forward(self, a, b):
        return a + b, a


def session():
    spec = TensorSpec("a", "float32", ("N",))
    inputs = (spec, TensorSpec("b", "float32", ("N",)))
    return TorchSession(Split(), inputs, (TensorSpec("sum", "float32", ("N",)), spec))


def test_session_maps_names_and_copies():
    a = np.array([1.0, 2.0], np.float32)
    a.flags.writeable = False
    result = session().run({"b": a * 10, "a": a})
    assert result["sum"].tolist() == [11.0, 22.0]
    result["a"][0] = 5
    assert a[0] == 1


def test_session_refuses_bad_feeds_and_use_after_close():
    stage = session()
    with pytest.raises(SessionError, match="Split: input b is missing"):
        stage.run({"a": np.zeros(2, np.float32)})
    stage.close()
    with pytest.raises(SessionError, match="closed"):
        stage.run({})


@pytest.fixture
def decoder():
    torch.manual_seed(0)
    return Decoder(CONFIG)


def test_cache_chunks_and_truncation_equal_one_prefill(decoder):
    ids = np.arange(1, 11, dtype=np.int32)
    whole = TorchKVCache(decoder, capacity=16).run(ids, NO_VISUAL)
    assert whole.shape == (50,)
    cache = TorchKVCache(decoder, capacity=16)
    cache.run(ids[:4], NO_VISUAL)
    cache.run(ids[::-1].copy()[:5], NO_VISUAL)
    cache.truncate(4)
    np.testing.assert_allclose(cache.run(ids[4:], NO_VISUAL), whole, atol=1e-5)
    assert cache.length == 10


def test_cache_keeps_its_state_after_a_refusal(decoder):
    cache = TorchKVCache(decoder, capacity=4)
    cache.run(np.array([1, 2, 3], np.int32), NO_VISUAL)
    with pytest.raises(CacheFull):
        cache.run(np.array([4, 5], np.int32), NO_VISUAL)
    with pytest.raises(SessionError, match="id 50 is outside"):
        cache.run(np.array([50], np.int32), NO_VISUAL)
    assert cache.length == 3
    expected = TorchKVCache(decoder, capacity=4).run(np.array([1, 2, 3, 4], np.int32), NO_VISUAL)
    np.testing.assert_allclose(cache.run(np.array([4], np.int32), NO_VISUAL), expected, atol=1e-5)
