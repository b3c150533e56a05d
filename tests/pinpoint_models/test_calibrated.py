"""Numbers that come with the weights, and what becomes of broken files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pinpoint_edge.errors import BundleError
from pinpoint_models.calibrated import Calibrated


def test_the_shipped_weights_say_their_temperature_and_prior(weights: Path) -> None:
    found = Calibrated.load(weights)
    assert found.selection.temperature > 0
    assert 0 < found.not_found.share < 1


def test_files_decide_and_missing_ones_leave_the_defaults(tmp_path: Path) -> None:
    assert Calibrated.load(tmp_path) == Calibrated()
    (tmp_path / "aligner.json").write_text(json.dumps({"temperature": 1.5}))
    (tmp_path / "llm.json").write_text(json.dumps({"not_found_share": 0.3}))
    found = Calibrated.load(tmp_path)
    assert (found.selection.temperature, found.not_found.share) == (1.5, 0.3)


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "llm.json").write_text("{")
    with pytest.raises(BundleError, match=r"llm\.json cannot be read"):
        Calibrated.load(tmp_path)
