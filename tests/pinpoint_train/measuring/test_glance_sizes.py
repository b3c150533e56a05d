"""Sizes of the glance encoder: what is cut, counted and compared, and one small run of two."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from torch import nn

from pinpoint_edge.errors import BundleError, OptionError
from pinpoint_models.glance import Glance, GlanceConfig, load_glance
from pinpoint_train.corpus.strip_cache import write_strips
from pinpoint_train.measuring import glance_sizes
from pinpoint_train.measuring.glance_sizes import (
    SHIPPED,
    SIZES,
    accuracy,
    lines_of,
    main,
    multiply_adds,
    rows_of,
)

from ..made_strips import made_strips


def test_strips_are_brought_to_the_height_of_an_encoder() -> None:
    strips = made_strips(3)
    lines = lines_of(strips, 24)
    assert lines.texts == [strip.text for strip in strips]
    for crop, strip in zip(lines.crops, strips, strict=True):
        assert crop.shape == (24, round(strip.width / 2))
        assert abs(float(crop.mean()) - float(strip.crop().mean())) < 8


def test_a_multiplication_with_an_addition_counts_once() -> None:
    assert multiply_adds(nn.Linear(8, 4, bias=False), torch.zeros(3, 8)) == 3 * 8 * 4
    crop, width = torch.zeros(1, 1, 16, 160, dtype=torch.uint8), torch.tensor([160])
    shipped, half = Glance(), Glance(SIZES["16 px, half as wide"])
    assert 2 < multiply_adds(shipped, crop, width) / multiply_adds(half, crop, width) < 4


def test_accuracy_counts_characters_not_lines() -> None:
    strips = made_strips(2)
    counts = [len(strip.text) for strip in strips]
    rates, pages = accuracy([0, 2], strips)
    assert len(rates) == len(pages) == sum(counts)
    assert sum(rates) == pytest.approx(sum(counts) - 2)
    assert len(set(pages)) == 2


@pytest.mark.parametrize("name", list(SIZES))
def test_every_size_reads_crops_of_its_height(name: str) -> None:
    model = Glance(SIZES[name]).eval()
    crops = torch.zeros(2, 1, model.config.height, 64, dtype=torch.uint8)
    features, reading = model(crops, torch.tensor([64, 40]))
    assert features.shape == (2, 4, model.config.width)
    assert reading.shape == (2, 16 * model.config.steps)


def test_an_encoder_of_another_height_does_not_pass_for_the_stage(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    from pinpoint_models.glance import facts

    model = Glance(GlanceConfig(height=24))
    save_file(model.state_dict(), tmp_path / "glance.safetensors")
    (tmp_path / "glance.json").write_text(json.dumps(facts(model)))
    with pytest.raises(BundleError, match="of 24 pixels; give 16"):
        load_glance(tmp_path)


def test_sizes_are_trained_once_compared_and_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pinpoint_train.training.glance.BATCH_PIXELS", 800)
    write_strips(tmp_path / "strips" / "train" / "sroie", made_strips(60))
    write_strips(tmp_path / "strips" / "train" / "synthetic", made_strips(40, "synthetic"))
    write_strips(tmp_path / "strips" / "dev" / "sroie", made_strips(9, page="sroie/kept-"))
    arguments = ["--strips", str(tmp_path / "strips"), "--steps", "3", "--threads", "1"]
    arguments += ["--size", "8 px", "--out", str(tmp_path / "out")]
    plot = ["--plot", str(tmp_path / "sizes.png")]
    told = CliRunner().invoke(main, [*arguments, *plot], catch_exceptions=False).stdout
    assert told.startswith("| encoder | parameters |")
    assert [line.split(" | ")[0] for line in told.splitlines()[2:]] == [f"| {SHIPPED}", "| 8 px"]
    assert (tmp_path / "sizes.png").stat().st_size > 10_000
    facts = json.loads((tmp_path / "out" / "sizes.json").read_text())
    shipped, low = facts["sizes"]
    assert shipped["sroie"]["lead"] == [0, 0, 0]
    assert low["multiply_adds"] < 0.5 * shipped["multiply_adds"]
    assert facts["lines"] == {"sroie": 9}

    def never(*_: object) -> None:
        raise AssertionError("trained again")

    monkeypatch.setattr(glance_sizes, "train", never)
    again = CliRunner().invoke(main, [*arguments, "--json"], catch_exceptions=False).stdout
    assert json.loads(again)["sizes"][1]["sroie"] == low["sroie"]
    with pytest.raises(OptionError, match="no size '7 px'"):
        CliRunner().invoke(main, [*arguments, "--size", "7 px"], catch_exceptions=False)


def test_rows_keep_what_is_right_to_its_set() -> None:
    torch.manual_seed(0)
    models = {"a": Glance().eval(), "b": Glance(GlanceConfig(height=8)).eval()}

    class Nothing(nn.Module):
        def forward(self, crops: torch.Tensor, widths: torch.Tensor) -> torch.Tensor:
            return crops.float().mean()

    rows = rows_of(models, Nothing(), {"x": made_strips(4), "y": made_strips(3)})  # type: ignore[arg-type]
    for row in rows:
        for part in "xy":
            mean, low, high = row[part]["accuracy"]
            assert low <= mean <= high <= 1
    assert rows[0]["x"]["lead"] == [0, 0, 0]
    assert np.isfinite(rows[1]["time"])
