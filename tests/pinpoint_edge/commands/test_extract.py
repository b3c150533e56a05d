"""The fields file of `pinpoint extract`: both forms, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pinpoint_edge.commands import extract
from pinpoint_edge.errors import DataError

Pinpoint = Callable[..., tuple[int, str, str]]


@pytest.mark.parametrize("text", ['{"a": "b?"}', '{"fields": {"a": "b?"}}', '\ufeff{"a": "b?"}'])
def test_fields(tmp_path: Path, text: str) -> None:
    (tmp_path / "f.json").write_text(text, "utf-8")
    assert extract.read_fields(tmp_path / "f.json") == {"a": "b?"}


def test_a_field_may_be_called_fields(tmp_path: Path) -> None:
    (tmp_path / "f.json").write_text('{"fields": "Which fields?"}')
    assert extract.read_fields(tmp_path / "f.json") == {"fields": "Which fields?"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not valid JSON"),
        ("[]", "holds no fields"),
        ("{}", "holds no fields"),
        ('{"fields": {}}', "holds no fields"),
        ('{"a": 1}', "'a' has no question"),
        ('{"a": " "}', "'a' has no question"),
        ('{"a": "x", "a": "y"}', "occurs twice"),
        ('{"fields": {"a": "x"}, "b": "y"}', "more beside 'fields'"),
        (json.dumps({str(i): "x" for i in range(1001)}), "more than 1000"),
    ],
)
def test_broken_fields(pinpoint: Pinpoint, tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "f.json").write_text(text)
    with pytest.raises(DataError, match=message):
        extract.read_fields(tmp_path / "f.json")
    assert pinpoint("extract", tmp_path, "p.png", "--fields", tmp_path / "f.json")[0] == 8


def test_missing_fields_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        extract.read_fields(tmp_path / "none.json")


def test_fields_or_a_schema(pinpoint: Pinpoint, tmp_path: Path) -> None:
    code, _, err = pinpoint("extract", tmp_path, "p.png")
    assert (code, "--fields or --schema" in err) == (2, True)


@pytest.mark.parametrize(
    ("text", "message"),
    [("{", "not valid JSON"), ("[]", "no properties"), ('{"properties": {"a": 1}}', "no schema")],
)
def test_broken_schemas(pinpoint: Pinpoint, tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "s.json").write_text(text)
    with pytest.raises(DataError, match=message):
        extract.read_schema(str(tmp_path / "s.json"))
    assert pinpoint("extract", tmp_path, "p.png", "--schema", tmp_path / "s.json")[0] == 8
