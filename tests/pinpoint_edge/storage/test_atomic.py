"""Results appear whole or not at all, and an unwritable place is known beforehand."""

from __future__ import annotations

import json
import os
import stat
import threading
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


def test_a_link_is_followed_and_stays(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    for link, target in (("link", "real"), ("chain", "link"), ("dangling", "new")):
        (tmp_path / link).symlink_to(target)
        check_writable(tmp_path / link)
        with replacing(tmp_path / link) as file:
            file.write(link.encode())
        assert (tmp_path / link).is_symlink()
    assert (tmp_path / "real").read_text() == "chain"
    assert (tmp_path / "new").read_text() == "dangling"
    (tmp_path / "lost").symlink_to("no/folder")
    with pytest.raises(OutputError, match="does not exist"):
        check_writable(tmp_path / "lost")


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o666])
def test_an_older_file_keeps_its_rights(tmp_path: Path, mode: int) -> None:
    target = tmp_path / "private"
    target.touch()
    target.chmod(mode)
    (tmp_path / "link").symlink_to(target)
    for path in (target, tmp_path / "link"):
        write_json(path, 1)
        assert stat.S_IMODE(target.stat().st_mode) == mode


def test_a_pipe_and_a_device_are_written_into(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    check_writable(pipe)  # does not wait for a reader
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    write_json(pipe, [1])
    reader.join()
    assert got == [b"[\n  1\n]\n"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    (tmp_path / "null").symlink_to(os.devnull)
    write_json(tmp_path / "null", 1)
    assert (tmp_path / "null").is_symlink()
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_device_is_told() -> None:
    with pytest.raises(OutputError, match="Cannot write /dev/full: No space left"):
        write_json("/dev/full", 1)


def test_an_input_is_never_the_output(tmp_path: Path) -> None:
    page, other = tmp_path / "page.png", tmp_path / "other"
    page.write_bytes(b"x")
    other.symlink_to(page)
    for path in (page, other, tmp_path / "." / "page.png"):
        with pytest.raises(OutputError, match="is read by this command"):
            check_writable(path, inputs=[tmp_path / "none", page])
    check_writable(tmp_path / "new", inputs=[page])
