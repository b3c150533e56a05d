"""Sizes of the glance encoder: one small run of two."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

import glance_sizes
from glance_sizes import SHIPPED, main
from pinpoint_edge.errors import OptionError
from pinpoint_train.lines.line_crops import write_line_crops

from ..pinpoint_train.drawn_line_crops import drawn_line_crops


def test_sizes_are_trained_once_compared_and_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pinpoint_train.lines.glance_batches.BATCH_PIXELS", 800)
    write_line_crops(tmp_path / "lines" / "train" / "sroie", drawn_line_crops(60))
    write_line_crops(tmp_path / "lines" / "train" / "synthetic", drawn_line_crops(40, "synthetic"))
    write_line_crops(tmp_path / "lines" / "dev" / "sroie", drawn_line_crops(9, page="sroie/kept-"))
    arguments = ["--line-crops", str(tmp_path / "lines"), "--steps", "3", "--threads", "1"]
    arguments += ["--size", "8 px", "--out", str(tmp_path / "out")]
    plot = ["--plot", str(tmp_path / "sizes.png")]
    shown = CliRunner().invoke(main, [*arguments, *plot], catch_exceptions=False).stdout
    assert shown.startswith("| encoder | parameters |")
    assert [line.split(" | ")[0] for line in shown.splitlines()[2:]] == [f"| {SHIPPED}", "| 8 px"]
    assert (tmp_path / "sizes.png").stat().st_size > 10_000
    facts = json.loads((tmp_path / "out" / "glance_sizes.json").read_text())
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
