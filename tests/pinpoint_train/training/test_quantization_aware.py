"""Training on the grid: what is multiplied with, and whose gradients are taken."""

from __future__ import annotations

import torch
from torch import Tensor

from pinpoint_models.decoder.grid import snap
from pinpoint_models.decoder.lora import LoRALinear, apply_lora, as_stored
from pinpoint_train.training.quantization_aware import GridLinear, put_on_grid, round_rows

from ..tiny_decoder import tiny_decoder


def layer() -> LoRALinear:
    torch.manual_seed(0)
    lora = LoRALinear(torch.nn.Linear(64, 96, bias=False), 4, 8.0)
    with torch.no_grad():
        lora.up.normal_(std=0.1)
    return lora


def test_it_multiplies_with_the_merged_weight_on_the_grid_as_a_file_will_hold_it() -> None:
    lora, x = layer(), torch.randn(2, 5, 64)
    merged = lora.base.weight + lora.scale * as_stored(lora.up) @ as_stored(lora.down)
    on_grid = GridLinear(lora, torch.float32)
    torch.testing.assert_close(on_grid(x), x @ snap(merged).T)
    with torch.no_grad():
        lora.up.mul_(3)
    before = on_grid(x)
    on_grid.refresh()
    assert not torch.allclose(on_grid(x), before)


def gradients(layer: torch.nn.Module, lora: LoRALinear, x: Tensor, outer: Tensor) -> list[Tensor]:
    x = x.clone().requires_grad_()
    lora.down.grad = lora.up.grad = None
    (layer(x) * outer).sum().backward()
    found = (x.grad, lora.down.grad, lora.up.grad)
    return [gradient.clone() for gradient in found if gradient is not None]


def test_gradients_are_those_of_the_branch_with_the_rounding_left_out() -> None:
    lora, x, outer = layer(), torch.randn(2, 5, 64), torch.randn(2, 5, 96)
    _, down, up = gradients(lora, lora, x, outer)
    on_grid = GridLinear(lora, torch.float32)
    through, down_too, up_too = gradients(on_grid, lora, x, outer)
    torch.testing.assert_close(down_too, down)
    torch.testing.assert_close(up_too, up)
    torch.testing.assert_close(through, outer @ on_grid.rounded)


def test_rows_keep_zero_and_their_ends_and_move_half_a_step_at_most() -> None:
    x = torch.tensor([[-1.0, 0.0, 0.3, 4.0], [0.0, 0.5, 1.0, 2.0], [0.0, 0.0, 0.0, 0.0]])
    rounded = round_rows(x)
    steps = (x.amax(-1) - x.amin(-1)) / 255
    assert bool(((rounded - x).abs() <= steps[:, None] * 0.501).all())
    assert torch.equal(rounded == 0, x == 0)
    torch.testing.assert_close(round_rows(rounded), rounded)


def test_inputs_are_rounded_on_demand_and_gradients_pass() -> None:
    lora, x, outer = layer(), torch.randn(2, 5, 64), torch.randn(2, 5, 96)
    rough = GridLinear(lora, torch.float32, round_inputs=True)
    torch.testing.assert_close(rough(x), round_rows(x) @ rough.rounded.T)
    assert not torch.allclose(rough(x), x @ rough.rounded.T, rtol=0, atol=1e-6)
    through, *_ = gradients(rough, lora, x, outer)
    torch.testing.assert_close(through, outer @ rough.rounded)


def test_every_adapted_layer_of_a_decoder_is_put_there() -> None:
    decoder = tiny_decoder()
    adapters = apply_lora(decoder, 4, 8.0)
    layers = put_on_grid(decoder, torch.float32)
    assert len(layers) == 14 == len(adapters) / 2
    assert {id(layer.up) for layer in layers} <= {id(adapter) for adapter in adapters}
    assert sum(isinstance(module, GridLinear) for module in decoder.modules()) == 14
