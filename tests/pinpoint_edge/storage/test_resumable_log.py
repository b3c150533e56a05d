"""A log goes on where a run stopped, mends its torn end, and refuses what is not its own."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pinpoint_edge.errors import DataError, OptionError, OutputError
from pinpoint_edge.storage.resumable_log import Log


@dataclass(frozen=True)
class Entry:
    id: str
    score: float | None = None


def open_log(path: Path | None, by: str | None = None, *, shared: bool = False) -> Log[Entry]:
    return Log(path, Entry, lambda entry: entry.id, by=by, shared=shared)


def test_a_log_goes_on_where_it_was(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    log = open_log(path)
    assert not path.exists(), "an unused log leaves no file"
    log.add(Entry("é", 1.5))
    log.add(Entry("b"))
    again = open_log(path)
    assert again.done == {"é": Entry("é", 1.5), "b": Entry("b")}
    again.add(Entry("b", 2))
    assert open_log(path).done == {"é": Entry("é", 1.5), "b": Entry("b", 2)}
    assert "é" in path.read_text(encoding="utf-8")


def test_a_torn_last_line_is_cut_off_by_the_next_record(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    open_log(path).add(Entry("a"))
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"id": "b", "sc')
    log = open_log(path)
    assert list(log.done) == ["a"]
    assert path.read_bytes() != whole, "reading alone changes nothing"
    log.add(Entry("c"))
    log.add(Entry("d"))
    assert list(open_log(path).done) == ["a", "c", "d"]


def test_a_record_that_was_written_in_part_is_cut_off_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "log.jsonl"
    log = open_log(path)
    log.add(Entry("a"))

    class FullDisk(io.FileIO):
        def write(self, data: Any) -> int:
            super().write(data[:9])
            raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", lambda self, mode: FullDisk(self, mode))
        with pytest.raises(OutputError, match="No space left"):
            log.add(Entry("b"))
    log.add(Entry("c"))
    assert list(open_log(path).done) == ["a", "c"]


def test_records_of_others_are_left_alone_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    open_log(path, "me").add(Entry("a"))
    open_log(path, "you", shared=True).add(Entry("a", 1))
    assert open_log(path, "you", shared=True).done == {"a": Entry("a", 1)}
    with pytest.raises(OptionError, match="other weights, settings or questions: delete it"):
        open_log(path, "you")


def test_without_a_path_records_are_only_held() -> None:
    log = open_log(None, "me")
    log.add(Entry("a"))
    assert log.done == {"a": Entry("a")}


def test_records_without_a_key_are_numbered(tmp_path: Path) -> None:
    log = Log(tmp_path / "log.jsonl", dict)
    log.add({"step": 3})
    log.add({"step": 3})
    assert Log(tmp_path / "log.jsonl", dict).done == {0: {"step": 3}, 1: {"step": 3}}


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "line 2: this is no record"),
        ("[]", "line 2: .*expected object, found array"),
        ('{"id": 3}', "line 2: .*id: expected string, found integer"),
        ('{"id": "a", "extra": 1}', "line 2: .*unknown field 'extra'"),
    ],
)
def test_a_line_that_is_no_record_is_refused(tmp_path: Path, line: str, problem: str) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text(f'{{"id": "a"}}\n{line}\n')
    with pytest.raises(DataError, match=problem):
        open_log(path)


def test_a_line_that_names_no_settings_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    open_log(path).add(Entry("a"))
    with pytest.raises(DataError, match="the digest 'by' is missing"):
        open_log(path, "me", shared=True)


def test_a_place_that_cannot_be_written_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="does not exist"):
        open_log(tmp_path / "none" / "log.jsonl")
    with pytest.raises(OutputError, match="is a folder"):
        open_log(tmp_path)
