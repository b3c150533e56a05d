"""What parts of the aligner's training are worth: choices compared, and one small run of all."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from pinpoint_edge.errors import OptionError
from pinpoint_models.aligner import Aligner, AlignerConfig
from pinpoint_train.corpus.features import write_pages
from pinpoint_train.measuring import ablate
from pinpoint_train.measuring.ablate import ARMS, compare_choices, main, rows_of, with_one_feature
from pinpoint_train.measuring.align_eval import Measured

from ..made_pages import made_page


def test_one_feature_is_the_mean_of_a_regions_four() -> None:
    page = made_page(3)
    (flat,) = with_one_feature([page])
    assert flat.features.shape == page.features.shape
    assert (flat.features == flat.features[:, :1]).all()
    mean = page.features[:, :].astype(np.float32).mean(1)
    np.testing.assert_allclose(flat.features[:, 0].astype(np.float32), mean, atol=2e-3)
    assert flat.questions == page.questions


def test_a_fixed_number_costs_what_the_coverage_does_or_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pages = [made_page(number) for number in range(4)]
    torch.manual_seed(0)
    model = Aligner(AlignerConfig(width=32, region_blocks=1))
    little, much = compare_choices(model, pages, (0.3, 0.9))
    for one in (little, much):
        assert one["tokens"] <= one["tokens_of_regions"] <= one["tokens"] + 0.2
        assert 0 <= one["recall"] <= 1
    assert little["regions"] < much["regions"]
    assert little["recall"] <= much["recall"]
    assert little["recall_of_regions"] <= much["recall_of_regions"]
    with pytest.raises(OptionError, match="No page of --dev"):
        compare_choices(model, [], (0.6,))


def test_rows_are_paired_with_the_whole() -> None:
    whole, without = Measured(0.6), Measured(0.6)
    for measured, found in ((whole, {1, 2}), (without, {1})):
        for page in "ab":
            measured.pages.append(page)
            measured.add("aligner_25%", found, {1}, {1, 2})
            measured.add("lexical_25%", set(), {1}, {1, 2})
    first, second, literal = rows_of({"whole": whole, "without": without})
    assert (first["answer"], first["support"], first["lead"]) == (1, 1, [0, 0, 0])
    assert (second["answer"], second["support"], second["lead"]) == (1, 0, [-1, -1, -1])
    assert (literal["name"], literal["answer"]) == ("literal matcher alone", 0)


def test_all_arms_are_trained_once_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pinpoint_train.training.aligner.BATCH_REGIONS", 300)
    small = AlignerConfig(width=32, region_blocks=1)
    monkeypatch.setattr(ablate, "AlignerConfig", lambda: small)
    write_pages(tmp_path / "train", [made_page(i) for i in range(12)])
    write_pages(tmp_path / "dev", [made_page(i) for i in range(100, 104)])
    out = tmp_path / "out"
    arguments = ["--pages", str(tmp_path / "train"), "--dev", str(tmp_path / "dev")]
    arguments += ["--out", str(out), "--steps", "2", "--threads", "1"]
    told = CliRunner().invoke(main, arguments, catch_exceptions=False).stdout
    assert told.startswith("| at 25 %")
    for name in ARMS:
        assert f"| {name} |" in told
    assert "| r = 0.8 |" in told
    stored = json.loads((out / "ablation.json").read_text(encoding="utf-8"))
    assert [row["name"] for row in stored["arms"]] == [*ARMS, "literal matcher alone"]
    # The same draws: an arm differs from the whole by what it lacks alone.
    logs = [(out / name.replace(" ", "-") / "log.jsonl") for name in ARMS]
    assert all(json.loads(log.read_text().splitlines()[-1])["step"] == 2 for log in logs)
    before = [log.stat().st_mtime_ns for log in logs]
    again = CliRunner().invoke(main, [*arguments, "--json"], catch_exceptions=False).stdout
    assert json.loads(again) == stored
    assert [log.stat().st_mtime_ns for log in logs] == before
