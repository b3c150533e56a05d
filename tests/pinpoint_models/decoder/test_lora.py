import pytest
import torch

from pinpoint_edge.errors import DataError
from pinpoint_models.decoder.config import DecoderConfig
from pinpoint_models.decoder.lora import (
    apply_lora,
    as_stored,
    at_rank,
    load_lora,
    lora_state,
    merge_lora,
    to_int8,
)
from pinpoint_models.decoder.model import Decoder

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


def test_a_state_comes_back_in_a_plain_decoder(decoder):
    plain = Decoder(CONFIG)
    plain.load_state_dict(decoder.state_dict())
    train_a_little(decoder, apply_lora(decoder, rank=4, alpha=6))
    load_lora(plain, lora_state(decoder))
    torch.testing.assert_close(hidden(plain), hidden(decoder), atol=2e-2, rtol=2e-2)
    state = lora_state(plain)
    assert state["layers.0.mlp.up.down"].dtype == torch.int8
    assert state["layers.0.mlp.up.down.scale"].shape == (4, 1)
    assert state["layers.0.mlp.up.up.scale"].shape == (1, 4)
    assert state["layers.0.mlp.up.down.scale"].dtype == torch.float16
    # What is loaded is what training rounds to.
    for name in ("layers.0.mlp.up", "layers.1.mlp.down"):
        before, after = (d.get_submodule(name) for d in (decoder, plain))
        assert torch.equal(after.up, as_stored(before.up))
        assert torch.equal(after.down, as_stored(before.down))


def test_a_row_is_stored_to_half_a_step_and_a_row_of_zeros_as_zeros():
    branch = torch.tensor([[127.0, -64.2, 0.3], [0.0, 0.0, 0.0]])
    integers, scales = to_int8(branch)
    assert integers.tolist() == [[127, -64, 0], [0, 0, 0]]
    assert scales.tolist() == [[1.0], [0.0]]
    assert as_stored(branch).tolist() == [[127.0, -64.0, 0.0], [0.0, 0.0, 0.0]]


def test_a_branch_higher_than_wide_has_a_scale_a_column():
    branch = torch.tensor([[127.0, 0.0], [-64.2, 0.0], [0.3, 2.54]])
    integers, scales = to_int8(branch)
    assert integers.tolist() == [[127, 0], [-64, 0], [0, 127]]
    assert scales.tolist() == [[1.0, pytest.approx(0.02, abs=1e-5)]]
    assert to_int8(branch.T.contiguous())[1].shape == (2, 1)


def test_scales_of_rows_that_an_older_file_has_load_as_well(decoder):
    apply_lora(decoder, rank=4, alpha=8)
    state = lora_state(decoder)
    name = "layers.0.mlp.up.up"
    up = torch.arange(128, dtype=torch.int8).reshape(32, 4)
    state |= {name: up, f"{name}.scale": torch.arange(32).half()[:, None]}
    plain = Decoder(CONFIG)
    load_lora(plain, state)
    assert plain.layers[0].mlp.up.up[3].tolist() == [36.0, 39.0, 42.0, 45.0]


def test_branches_in_floating_point_load_as_well_and_integers_need_their_scales(decoder):
    apply_lora(decoder, rank=4, alpha=8)
    state = lora_state(decoder)
    names = [name for name in state if name.endswith((".up", ".down"))]
    floats = {name: (state[name].float() * state[f"{name}.scale"].float()) for name in names}
    plain = Decoder(CONFIG)
    load_lora(plain, floats | {"alpha": state["alpha"]})
    assert torch.equal(lora_state(plain)[names[0]], state[names[0]])
    with pytest.raises(DataError, match="scales"):
        load_lora(Decoder(CONFIG), {name: state[name] for name in (*names, "alpha")})


def test_a_lower_rank_keeps_what_is_largest(decoder):
    plain = Decoder(CONFIG)
    plain.load_state_dict(decoder.state_dict())
    train_a_little(decoder, apply_lora(decoder, rank=4, alpha=8))
    state = lora_state(decoder)
    load_lora(plain, at_rank(state, 2))
    name = "layers.0.mlp.up"
    before, after = (d.get_submodule(name) for d in (decoder, plain))
    assert after.down.shape == (2, 24)
    assert after.scale == before.scale == 2
    product = as_stored(before.up) @ as_stored(before.down)
    u, values, v = torch.linalg.svd(product.detach())
    nearest = u[:, :2] * values[:2] @ v[:2]
    torch.testing.assert_close((after.up @ after.down).detach(), nearest, atol=1e-6, rtol=1e-4)
    same = at_rank(state, 4)
    torch.testing.assert_close(same[f"{name}.up"] @ same[f"{name}.down"], product.detach())
    with pytest.raises(DataError, match="rank 4, less than 5: give at most 4"):
        at_rank(state, 5)


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
