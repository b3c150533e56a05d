"""Distilling the glance encoder: batches, augmentation, error rate and a whole small run."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from PIL import Image, ImageDraw, ImageFont

from pinpoint_edge.errors import OptionError
from pinpoint_models.glance import HEIGHT, load_glance
from pinpoint_train.commands.glance import command
from pinpoint_train.lines.glance_batches import GlanceBatches, augment
from pinpoint_train.lines.glance_lines import Crop, GlanceLines, read_lines, write_lines
from pinpoint_train.training.glance import error_rate


def drawn(count: int, seed: int = 0) -> list[tuple[Crop, str]]:
    """GlanceLines of digits and letters, drawn at HEIGHT."""
    random = np.random.default_rng(seed)
    font = ImageFont.load_default(17)
    lines = []
    for _ in range(count):
        text = "".join(random.choice(list("abcde0123"), random.integers(2, 9)))
        image = Image.new("L", (round(font.getlength(text)) + 6, HEIGHT), 255)
        ImageDraw.Draw(image).text((3, 1), text, 0, font)
        lines.append((np.asarray(image), text))
    return lines


def test_a_batch_holds_like_widths_and_zero_padding() -> None:
    widths = np.random.default_rng(0).integers(40, 300, 2000)
    lines = GlanceLines([np.full((HEIGHT, w), 255, np.uint8) for w in widths], ["a1"] * len(widths))
    sampler = GlanceBatches(lines)
    batch = sampler.draw(np.random.default_rng(0))
    again = sampler.draw(np.random.default_rng(0))
    assert torch.equal(batch.crops, again.crops)
    assert batch.crops.shape[2:] == (HEIGHT, -(-int(batch.widths.max()) // 16) * 16)
    assert batch.targets.numel() == int(batch.lengths.sum())
    for crop, width in zip(batch.crops, batch.widths, strict=True):
        assert not crop[:, :, int(width) :].any()
    spread = [int(sampler.draw(np.random.default_rng(i)).widths.max()) for i in range(20)]
    assert max(spread) > 1.5 * min(spread)


@pytest.mark.parametrize("height", [8, 24])
def test_crops_of_another_height_are_augmented_about_their_middle(height: int) -> None:
    image = np.zeros((200, height, 32), np.uint8)
    image[:, height // 2 - 1 : height // 2 + 1] = 255
    changed = augment(image, np.random.default_rng(0)).astype(float)
    assert changed.shape == image.shape
    brightness = np.abs(changed - np.median(changed, axis=(1, 2), keepdims=True)).mean((0, 2))
    assert abs(int(brightness.argmax()) - (height - 1) / 2) <= 1


def test_augmentation_changes_pixels_but_keeps_text_visible() -> None:
    crop = drawn(1)[0][0]
    image = np.repeat(crop[None], 64, 0)
    changed = augment(image, np.random.default_rng(0))
    assert changed.dtype == np.uint8
    assert changed.shape == image.shape
    assert len(np.unique(changed.reshape(64, -1), axis=0)) == 64
    assert (changed.std(axis=(1, 2)) > 0.15 * crop.std()).all()


def test_a_line_cache_comes_back(tmp_path: Path) -> None:
    lines = drawn(5)
    assert write_lines(tmp_path, lines) == 5
    read = read_lines(tmp_path)
    assert read.texts == [text for _, text in lines]
    for crop, (true, _) in zip(read.crops, lines, strict=True):
        assert np.array_equal(crop, true)


def test_a_run_learns_and_publishes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pinpoint_train.lines.glance_batches.BATCH_PIXELS", 1600)
    write_lines(tmp_path / "lines", drawn(1500))
    common = ["--lines", str(tmp_path / "lines"), "--out", str(tmp_path / "run")]
    common += ["--synthetic", "0", "--threads", "1", "--steps", "90"]
    CliRunner().invoke(command, common, catch_exceptions=False)
    records = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").open()]
    measured = [record["cer"] for record in records if record["event"] == "eval"]
    assert measured[-1] < 0.6 < measured[0]
    model = load_glance(tmp_path / "run")
    held_out = read_lines(tmp_path / "lines").part(1440, 1500)
    assert error_rate(model, held_out) == pytest.approx(measured[-1], abs=1e-3)
    assert f"{measured[-1]:.3f}" in (tmp_path / "run" / "glance.md").read_text()
    with pytest.raises(OptionError, match="already holds a run"):
        CliRunner().invoke(command, common, catch_exceptions=False)


def test_nothing_to_train_on_is_an_error(tmp_path: Path) -> None:
    arguments = ["--synthetic", "0", "--steps", "1", "--out", str(tmp_path)]
    with pytest.raises(OptionError, match="--lines"):
        CliRunner().invoke(command, arguments, catch_exceptions=False)
