"""The glance encoder: shapes, padding, pooling, folding, alphabet."""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from pinpoint_edge.errors import BundleError
from pinpoint_edge.vision import ctc
from pinpoint_models.glance import (
    CHARACTERS,
    HEIGHT,
    OTHER,
    GlanceConfig,
    GlanceEncoder,
    encode,
    facts,
    fold,
    folded,
    load_glance,
    pool,
)


def lively(config: GlanceConfig | None = None) -> GlanceEncoder:
    """An encoder whose normalizations, like those of a trained one, shift what is zero."""
    torch.manual_seed(0)
    model = GlanceEncoder(config)
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.weight, 0.8, 1.6)
            torch.nn.init.normal_(module.bias, std=0.5)
            torch.nn.init.normal_(module.running_mean, std=0.2)
            torch.nn.init.uniform_(module.running_var, 0.2, 0.6)
    return model.eval()


def crops(widths: list[int], bucket: int, filler: int = 0) -> tuple[Tensor, Tensor]:
    random = np.random.default_rng(1)
    image = np.full((len(widths), 1, HEIGHT, bucket), filler, np.uint8)
    for row, width in zip(image, widths, strict=True):
        row[:, :, :width] = random.integers(0, 256, (1, HEIGHT, width))
    return torch.from_numpy(image), torch.tensor(widths, dtype=torch.int32)


@pytest.mark.parametrize("steps", [1, 2])
@torch.no_grad()
def test_the_bucket_and_the_filler_never_change_a_result(steps: int) -> None:
    model = lively(GlanceConfig(steps=steps))
    widths = [101, 128, 7, 64]
    features, reading = model(*crops(widths, 128))
    wide_features, wide_reading = model(*crops(widths, 256, filler=200))
    assert features.shape == (4, 4, 96)
    assert reading.shape == (4, 32 * steps)
    assert reading.dtype == torch.int32
    assert len(reading.unique()) > 3
    torch.testing.assert_close(features, wide_features, atol=1e-5, rtol=1e-5)
    assert torch.equal(reading, wide_reading[:, : 32 * steps])
    assert not wide_reading[:, 32 * steps :].any()
    alone_features, _ = model(*(part[:1] for part in crops(widths, 128)))
    torch.testing.assert_close(features[:1], alone_features, atol=1e-5, rtol=1e-5)


@torch.no_grad()
def test_a_padding_row_is_zero_and_finite() -> None:
    features, reading = lively()(*crops([0, 40], 64))
    assert not features[0].any()
    assert not reading[0].any()
    assert features[1].abs().sum() > 0


@torch.no_grad()
def test_folding_the_normalization_changes_nothing_but_the_layers() -> None:
    model = lively()
    smaller = folded(model)
    assert not any(isinstance(m, torch.nn.BatchNorm2d) for m in smaller.modules())
    assert any(isinstance(m, torch.nn.BatchNorm2d) for m in model.modules())
    batch = crops([90, 128], 128)
    torch.testing.assert_close(model(*batch)[0], smaller(*batch)[0], atol=1e-4, rtol=1e-4)


@torch.no_grad()
def test_half_precision_gives_like_features() -> None:
    batch = crops([90, 128], 128)
    whole, half = folded(lively())(*batch)[0], folded(lively()).half()(*batch)[0]
    assert half.dtype == torch.float16
    torch.testing.assert_close(half.float(), whole, atol=0.05, rtol=0.05)


def test_pooling_is_the_mean_of_four_equal_segments() -> None:
    frames = torch.arange(8.0)[None, :, None] * torch.ones(1, 8, 2)
    even = pool(frames, torch.tensor([32]))
    assert even[0, :, 0].tolist() == [0.5, 2.5, 4.5, 6.5]
    # Six frames: a segment is 1.5 frames long, and frame 1 lies half in the first of them.
    odd = pool(frames, torch.tensor([24]))
    expected = [(0 + 0.5 * 1) / 1.5, (0.5 * 1 + 2) / 1.5, (3 + 0.5 * 4) / 1.5, (0.5 * 4 + 5) / 1.5]
    assert odd[0, :, 1].tolist() == pytest.approx(expected)


def test_the_encoder_learns_two_words() -> None:
    torch.manual_seed(0)
    model = GlanceEncoder(GlanceConfig(blocks=1)).train()
    image, widths = crops([48, 48], 48)
    targets = torch.tensor([encode("to"), encode("42")])
    optimizer = torch.optim.AdamW(model.parameters(), 5e-3)
    for _ in range(60):
        logits = model.logits(model.trunk(image, widths)).log_softmax(2).transpose(0, 1)
        lengths = torch.full((2,), 12), torch.full((2,), 2)
        loss = torch.nn.functional.ctc_loss(logits, targets, *lengths)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    reading = model(image, widths)[1].numpy()
    assert [ctc.decode(row, None, CHARACTERS).text for row in reading] == ["to", "42"]


def test_the_alphabet_folds_case_accents_and_the_unknown() -> None:
    assert len(CHARACTERS) == len(set(CHARACTERS)) == 64
    assert fold("  Téléphone\tNº ①") == "telephone no 1"
    assert fold("5 €") == f"5 {OTHER}"
    assert [CHARACTERS[c] for c in encode("A-1")] == ["a", "-", "1"]
    assert 0 not in encode("any text, even 漢字")


def test_weights_come_back_and_a_foreign_alphabet_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="No glance encoder"):
        load_glance(tmp_path)
    model = lively(GlanceConfig(blocks=2, steps=2))
    save_file(model.state_dict(), tmp_path / "glance.safetensors")
    (tmp_path / "glance.json").write_text(json.dumps(facts(model, cer=0.1)))
    again = load_glance(tmp_path)
    assert asdict(again.config) == asdict(model.config)
    batch = crops([50], 64)
    assert torch.equal(again(*batch)[0], model(*batch)[0])
    foreign = {**facts(model), "characters": CHARACTERS[::-1]}
    (tmp_path / "glance.json").write_text(json.dumps(foreign))
    with pytest.raises(BundleError, match="another alphabet"):
        load_glance(tmp_path)
