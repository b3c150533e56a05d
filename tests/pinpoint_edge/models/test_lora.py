import pytest
import torch

from pinpoint_edge.errors import DataError
from pinpoint_edge.models.decoder import Decoder, DecoderConfig
from pinpoint_edge.models.lora import (
    apply_lora,
    load_lora,
    lora_state,
    merge_lora,
    save_lora,
)

CONFIG = DecoderConfig(50, 24, 2, 6, 2, 4, 32, 10000.0, 1e-5, 64)
IDS = torch.arange(8)[None]


def hidden(decoder):
    mask = torch.ones(1, 1, 8, 8, dtype=torch.bool).tril()
    return decoder.forward_train(IDS, mask, IDS)


@pytest.fixture
def decoder():
    torch.manual_seed(0)
    return Decoder(CONFIG)


def train_a_little(decoder, parameters):
    optimizer = torch.optim.SGD(parameters, lr=0.5)
    for _ in range(3):
        optimizer.zero_grad()
        hidden(decoder).square().mul(torch.linspace(0, 1, 24)).mean().backward()
        optimizer.step()


def test_starts_without_effect_and_wraps_every_linear(decoder):
    before = hidden(decoder)
    parameters = apply_lora(decoder, rank=4, alpha=8)
    assert len(parameters) == 2 * 7 * 2
    assert torch.equal(hidden(decoder), before)


def test_only_the_branches_learn(decoder):
    base = {name: p.clone() for name, p in decoder.state_dict().items()}
    parameters = apply_lora(decoder, rank=4, alpha=8)
    before = hidden(decoder).detach()
    train_a_little(decoder, parameters)
    assert (hidden(decoder) - before).abs().max() > 1e-3
    trained = {id(p) for p in parameters}
    assert all((id(p) in trained) == (p.grad is not None) for p in decoder.parameters())
    for name, tensor in decoder.state_dict().items():
        if name.replace(".base", "") in base:
            assert torch.equal(tensor, base[name.replace(".base", "")])


def test_merged_equals_unmerged(decoder):
    names = set(decoder.state_dict())
    train_a_little(decoder, apply_lora(decoder, rank=4, alpha=8))
    unmerged = hidden(decoder)
    merge_lora(decoder)
    torch.testing.assert_close(hidden(decoder), unmerged, atol=1e-4, rtol=1e-4)
    assert set(decoder.state_dict()) == names


def test_file_round_trip_into_a_plain_decoder(decoder, tmp_path):
    plain = Decoder(CONFIG)
    plain.load_state_dict(decoder.state_dict())
    train_a_little(decoder, apply_lora(decoder, rank=4, alpha=6))
    save_lora(decoder, tmp_path / "lora.safetensors")
    load_lora(plain, tmp_path / "lora.safetensors")
    torch.testing.assert_close(hidden(plain), hidden(decoder), atol=2e-3, rtol=2e-3)
    assert all(tensor.dtype == torch.float16 for tensor in lora_state(plain).values())


def test_errors(decoder):
    with pytest.raises(DataError, match="no LoRA"):
        lora_state(decoder)
    with pytest.raises(DataError, match="rank 0"):
        apply_lora(decoder, rank=0, alpha=1)
    apply_lora(decoder, rank=4, alpha=8)
    with pytest.raises(DataError, match="already"):
        apply_lora(decoder, rank=4, alpha=8)
    state = lora_state(decoder)
    del state["layers.1.mlp.up.down"]
    with pytest.raises(DataError, match=r"layers\.1\.mlp\.up\.down.*got nothing"):
        load_lora(Decoder(CONFIG), state)
