"""Records on disk: strict, and of one schema."""

from __future__ import annotations

import json

import pytest

from pinpoint_edge.bench.record.record import read_record, rounded, write_record
from pinpoint_edge.errors import DataError
from pinpoint_edge.storage.records import encode

from ..records import record


def test_a_record_comes_back_as_it_was_written(tmp_path):
    made = record(count=6)
    write_record(tmp_path / "r.json", made)
    found = read_record(tmp_path / "r.json")
    assert encode(found) == rounded(encode(made))
    assert found.energy is not None
    assert found.figures["cold_page_p50"].count == 3


@pytest.mark.parametrize(("change", "message"), [
    ({"schema": 2}, "schema 2, and this version reads 1"),
    ({"schema": None}, "no record"),
    ({"extra": 1}, "unknown field 'extra'"),
    ({"load_ms": "fast"}, "load_ms: expected number"),
])  # fmt: skip
def test_another_schema_and_wrong_fields_are_told(tmp_path, change, message):
    path = tmp_path / "r.json"
    path.write_text(json.dumps(encode(record(count=2)) | change))
    with pytest.raises(DataError, match=message):
        read_record(path)


def test_what_is_no_json_is_told(tmp_path):
    (tmp_path / "r.json").write_text("{")
    with pytest.raises(DataError, match="no JSON"):
        read_record(tmp_path / "r.json")
    with pytest.raises(DataError, match="cannot be read"):
        read_record(tmp_path / "none.json")
