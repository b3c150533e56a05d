"""Parts of the aligner's training: one small run of all arms."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

import aligner_parts
from aligner_parts import ARMS, main
from pinpoint_models.aligner import AlignerConfig
from pinpoint_train.corpus.page_features import write_pages

from ..pinpoint_train.aligner_pages import aligner_page


def test_all_arms_are_trained_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pinpoint_train.training.aligner.BATCH_REGIONS", 300)
    small = AlignerConfig(width=32, region_blocks=1)
    monkeypatch.setattr(aligner_parts, "AlignerConfig", lambda: small)
    write_pages(tmp_path / "train", [aligner_page(i) for i in range(12)])
    write_pages(tmp_path / "dev", [aligner_page(i) for i in range(100, 104)])
    out = tmp_path / "out"
    arguments = ["--pages", str(tmp_path / "train"), "--dev", str(tmp_path / "dev")]
    arguments += ["--out", str(out), "--steps", "2", "--threads", "1"]
    shown = CliRunner().invoke(main, arguments, catch_exceptions=False).stdout
    assert shown.startswith("| at 25 %")
    for name in ARMS:
        assert f"| {name} |" in shown
    assert "| r = 0.8 |" in shown
    stored = json.loads((out / "aligner_parts.json").read_text(encoding="utf-8"))
    assert [row["name"] for row in stored["arms"]] == [*ARMS, "literal matcher alone"]
    # The same draws: an arm differs from the whole by what it lacks alone.
    logs = [(out / name.replace(" ", "-") / "log.jsonl") for name in ARMS]
    assert all(json.loads(log.read_text().splitlines()[-1])["step"] == 2 for log in logs)
    before = [log.stat().st_mtime_ns for log in logs]
    again = CliRunner().invoke(main, [*arguments, "--json"], catch_exceptions=False).stdout
    assert json.loads(again) == stored
    assert [log.stat().st_mtime_ns for log in logs] == before
