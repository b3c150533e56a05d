"""The predictions file: written as it goes, taken up where it stopped."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pinpoint_edge.errors import DataError, OutputError
from pinpoint_edge.evaluation.predictions import Prediction, PredictionFile


def prediction(id: str = "q-1", reader: str = "pinpoint") -> Prediction:
    return Prediction(
        id=id,
        reader=reader,
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
    with PredictionFile(path) as file:
        assert file.done == {}
        for one in made:
            file.write(one)
            assert path.read_text("utf-8").endswith("}\n")  # each is there at once
    row = json.loads(path.read_text("utf-8").splitlines()[0])
    assert {"id", "answer", "boxes", "evidence", "llm_tokens", "ms", "page", "reader"} <= row.keys()
    with PredictionFile(path, resume=True) as file:
        assert list(file.done.values()) == made


def test_a_line_cut_short_is_dropped_and_done_again(tmp_path: Path):
    path = tmp_path / "out.jsonl"
    with PredictionFile(path) as file:
        file.write(prediction("q-1"))
        file.write(prediction("q-2"))
    path.write_bytes(path.read_bytes()[:-30])
    with PredictionFile(path, resume=True) as file:
        assert [key for key, _ in file.done] == ["q-1"]
        file.write(prediction("q-3"))
    assert [json.loads(line)["id"] for line in path.read_text().splitlines()] == ["q-1", "q-3"]


def test_earlier_predictions_are_never_overwritten(tmp_path: Path):
    path = tmp_path / "out.jsonl"
    with PredictionFile(path) as file:
        file.write(prediction())
    before = path.read_bytes()
    with pytest.raises(OutputError, match="--resume"):
        PredictionFile(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("line", ["{", "[1]", '{"id": "q-1"}', "7"])
def test_a_damaged_line_is_named(tmp_path: Path, line: str):
    path = tmp_path / "out.jsonl"
    path.write_text(json.dumps(prediction().to_json()) + f"\n{line}\n")
    with pytest.raises(DataError, match="line 2: this is no prediction"):
        PredictionFile(path, resume=True)


def test_a_place_that_cannot_be_written(tmp_path: Path):
    with pytest.raises(OutputError, match="Cannot write"):
        PredictionFile(tmp_path / "no" / "folder.jsonl")
    with pytest.raises(OutputError, match="is a folder"):
        PredictionFile(tmp_path)


def test_nothing_is_written_before_the_block(tmp_path: Path):
    PredictionFile(tmp_path / "out.jsonl")
    assert list(tmp_path.iterdir()) == []
