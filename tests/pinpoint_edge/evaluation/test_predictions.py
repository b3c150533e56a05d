"""The predictions file: written as it goes, taken up where it stopped."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from pinpoint_edge.errors import DataError, OutputError
from pinpoint_edge.evaluation.predictions import Prediction, prediction_log


def prediction(id: str = "q-1", method: str = "pinpoint") -> Prediction:
    return Prediction(
        id=id,
        method=method,
        answer="RM 12,50 é",
        confidence=0.75,
        boxes=((1.0, 2.0, 3.5, 4.0),),
        evidence=((0.0, 0.0, 9.0, 9.0), (1.25, 1.0, 2.0, 2.0)),
        regions_recall=1.0,
        llm_tokens=80,
        evidence_tokens=40,
        page_tokens=200,
        dropped=2,
        ms=120.5,
        cold_ms=400.25,
        opening={"detect": 250.0},
        timings={"align": 3.5, "decode": 90.0},
        page=0,
    )


def test_what_is_written_is_what_is_read(tmp_path: Path):
    path = tmp_path / "out.jsonl"
    made = [prediction("q-1"), prediction("q-2"), prediction("q-1", "oracle")]
    log = prediction_log(path, resume=False)
    assert log.done == {}
    for one in made:
        log.add(one)
        assert path.read_text("utf-8").endswith("}\n")  # each is there at once
    row = json.loads(path.read_text("utf-8").splitlines()[0])
    assert {"id", "answer", "boxes", "evidence", "llm_tokens", "ms", "page", "method"} <= row.keys()
    assert list(prediction_log(path).done.values()) == made


def test_figures_are_kept_with_few_decimals(tmp_path: Path):
    path = tmp_path / "out.jsonl"
    prediction_log(path).add(replace(prediction(), confidence=0.123456, ms=1.239))
    row = json.loads(path.read_text())
    assert (row["confidence"], row["ms"]) == (0.1235, 1.24)


def test_earlier_predictions_are_never_overwritten(tmp_path: Path):
    path = tmp_path / "out.jsonl"
    prediction_log(path).add(prediction())
    before = path.read_bytes()
    with pytest.raises(OutputError, match="--resume"):
        prediction_log(path, resume=False)
    assert path.read_bytes() == before


@pytest.mark.parametrize("line", ["{", "[1]", '{"id": "q-1"}', "7"])
def test_a_damaged_line_is_named(tmp_path: Path, line: str):
    path = tmp_path / "out.jsonl"
    path.write_text(json.dumps(prediction().to_json()) + f"\n{line}\n")
    with pytest.raises(DataError, match="line 2: this is no record"):
        prediction_log(path)
