"""Results appear whole or not at all, and an unwritable place is known beforehand."""

from __future__ import annotations

import json
import stat
from contextlib import suppress
from pathlib import Path

import pytest

from pinpoint_edge.errors import OutputError
from pinpoint_edge.storage.atomic import (
    check_writable,
    replacing,
    write_json,
)


def test_replacing_leaves_nothing_behind(tmp_path: Path) -> None:
    target = tmp_path / "x"
    target.write_text("old")
    with suppress(ZeroDivisionError), replacing(target) as file:
        file.write(b"half")
        raise ZeroDivisionError
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]
    with replacing(target) as file:
        file.write(b"new")
    assert target.read_text() == "new"
    assert check_writable(tmp_path / "y") == tmp_path / "y"
    assert list(tmp_path.iterdir()) == [target]


def test_results_can_be_read_by_others(tmp_path: Path) -> None:
    with replacing(tmp_path / "x") as file:
        file.write(b"x")
    (tmp_path / "plain").write_bytes(b"x")
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("x", "plain")]
    assert modes[0] == modes[1]


def test_unwritable_places_are_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="does not exist"):
        check_writable(tmp_path / "no" / "y")
    with pytest.raises(OutputError, match="is a folder"):
        check_writable(tmp_path)
    with pytest.raises(OutputError, match="Cannot write"), replacing(tmp_path / "no" / "y"):
        pass


def test_json_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "x.json"
    write_json(target, {"name": "é", "figures": [1.5, None]})
    before = target.read_bytes()
    assert json.loads(before) == {"name": "é", "figures": [1.5, None]}
    assert before.endswith(b"}\n")
    with pytest.raises(TypeError):
        write_json(target, object())
    assert target.read_bytes() == before
    assert list(tmp_path.iterdir()) == [target]
