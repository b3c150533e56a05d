"""The aligner: shapes, padding, order of regions, null, half precision, weights."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from pinpoint_edge.errors import BundleError
from pinpoint_models.aligner import Aligner, AlignerConfig, facts, load_aligner, relative_geometry

SMALL = AlignerConfig(width=32, heads=2, region_blocks=2, guidance=4, trigram=16)


def aligner(config: AlignerConfig = SMALL) -> Aligner:
    torch.manual_seed(0)
    return Aligner(config).eval()


def inputs(count: int, padding: int = 0, filler: float = 0.0) -> list[Tensor]:
    """Inputs of the stage for `count` regions, with `padding` masked ones holding `filler`."""
    torch.manual_seed(count)
    rows = [
        torch.randn(count, 4, 96),
        torch.randint(0, 4096, (count, 32), dtype=torch.int32),
        torch.rand(count, 6),
        torch.rand(count, 8) * torch.tensor([1.0, 1.0, 0.3, 0.02] * 2),
        torch.ones(count),
    ]
    padded = [torch.cat([x, torch.full((padding, *x.shape[1:]), filler).to(x.dtype)]) for x in rows]
    padded[4][count:] = 0
    instruction = torch.zeros(64, dtype=torch.int32)
    instruction[:20] = torch.randint(1, 4096, (20,))
    return [*padded, instruction]


@torch.no_grad()
def test_relevance_has_one_entry_a_region_and_one_for_null() -> None:
    relevance = aligner()(*inputs(9))
    assert relevance.shape == (10,)
    assert relevance.std() > 0.1


@pytest.mark.parametrize("filler", [0.0, 1.0])
@torch.no_grad()
def test_padding_never_changes_a_result(filler: float) -> None:
    model = aligner()
    bare, padded = model(*inputs(9)), model(*inputs(9, padding=7, filler=filler))
    torch.testing.assert_close(padded[:9], bare[:9], atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(padded[-1], bare[-1], atol=1e-5, rtol=1e-5)
    assert (padded[9:16] < -5e3).all()


@torch.no_grad()
def test_the_order_of_regions_only_orders_the_result() -> None:
    model, made = aligner(), inputs(9)
    turned = [x.flip(0) for x in made[:5]] + [made[5]]
    torch.testing.assert_close(model(*turned)[:9], model(*made)[:9].flip(0), atol=1e-5, rtol=1e-5)


@torch.no_grad()
def test_every_input_matters() -> None:
    model, made = aligner(), inputs(9)
    before = model(*made)
    for index in (0, 1, 2, 3, 5):
        changed = list(made)
        changed[index] = made[index].flip(0)
        assert (model(*changed) - before).abs().max() > 1e-3, index


@torch.no_grad()
def test_a_batch_scores_as_its_parts() -> None:
    model = aligner()
    first, second = inputs(5, padding=4), inputs(9)
    both = model.score(*(torch.stack(pair) for pair in zip(first, second, strict=True)))
    torch.testing.assert_close(both.relevance[0], model(*first), atol=1e-4, rtol=1e-5)
    torch.testing.assert_close(both.relevance[1], model(*second), atol=1e-4, rtol=1e-5)
    torch.testing.assert_close(both.guidance.norm(dim=1), torch.ones(2), atol=1e-2, rtol=0)


@torch.no_grad()
def test_an_empty_instruction_and_a_lone_region_stay_finite() -> None:
    made = inputs(1)
    made[5] = torch.zeros(64, dtype=torch.int32)
    made[3] = torch.zeros(1, 8)
    assert torch.isfinite(aligner()(*made)).all()


@torch.no_grad()
def test_half_precision_ranks_alike_and_does_not_overflow() -> None:
    model, made = aligner(AlignerConfig()), inputs(40, padding=24)
    made[0] = made[0] * 30
    half = [x.half() if x.is_floating_point() else x for x in made]
    ours = aligner(AlignerConfig()).half()(*half).float()
    assert torch.isfinite(ours).all()
    torch.testing.assert_close(ours[:40], model(*made)[:40], atol=0.2, rtol=0.05)


def test_pair_features_tell_rows_and_columns() -> None:
    boxes = torch.tensor([[0.2, 0.5, 0.2, 0.02], [0.6, 0.5, 0.2, 0.02], [0.2, 0.6, 0.2, 0.02]])
    pairs = relative_geometry(boxes[None])[0]
    row, column = pairs[:, :, 5], pairs[:, :, 6]
    assert row[0, 1] == pytest.approx(1.0, abs=1e-4)
    assert row[0, 2] < 0
    assert column[0, 2] == pytest.approx(1.0, abs=1e-4)
    assert column[0, 1] < 0
    assert pairs[0, 1, 0] == -pairs[1, 0, 0] > 0
    assert pairs.abs().max() <= 1


def test_the_row_of_no_trigram_gets_no_gradient() -> None:
    model = aligner()
    model(*inputs(5, padding=2))[:5].sum().backward()  # type: ignore[no-untyped-call]
    gradient = model.trigrams.weight.grad
    assert gradient is not None
    assert not gradient[0].any()
    assert gradient[1:].any()


def test_weights_come_back(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="No aligner"):
        load_aligner(tmp_path)
    model = aligner()
    save_file(model.state_dict(), tmp_path / "aligner.safetensors")
    (tmp_path / "aligner.json").write_text(json.dumps(facts(model, lead=0.1)))
    again, made = load_aligner(tmp_path), inputs(4)
    assert torch.equal(again(*made), model(*made))


def test_a_truncated_file_is_one_clear_error(tmp_path: Path) -> None:
    model = aligner()
    save_file(model.state_dict(), tmp_path / "aligner.safetensors")
    (tmp_path / "aligner.json").write_text(json.dumps(facts(model)))
    whole = (tmp_path / "aligner.safetensors").read_bytes()
    (tmp_path / "aligner.safetensors").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BundleError, match="No aligner in"):
        load_aligner(tmp_path)
