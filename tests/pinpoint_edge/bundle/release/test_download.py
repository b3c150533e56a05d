"""Fetching goes on where it broke off, and nothing wrong is kept."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from pinpoint_edge.bundle.release import download as downloads
from pinpoint_edge.bundle.release.download import download
from pinpoint_edge.bundle.release.index import ReleasedFile, read_index
from pinpoint_edge.bundle.release.source import Source
from pinpoint_edge.errors import DownloadError, IntegrityError, OutputError


def entry(release) -> ReleasedFile:
    index = read_index((release.folder / "index.json").read_bytes(), "index.json")
    return index.bundles[0].archive


@pytest.fixture(autouse=True)
def no_pause(monkeypatch):
    monkeypatch.setattr(downloads.time, "sleep", lambda seconds: None)


def fetch(server, release, out: Path, **more) -> None:
    download(Source.of(server.address), entry(release), out, pause=lambda s: None, **more)


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def out(tmp_path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out/small.pinpoint"


def test_a_server_that_breaks_off_midway_is_asked_for_the_rest(release, serve, out):
    server = serve(release.folder)
    server.break_after = 50_000
    fetch(server, release, out)
    assert out.read_bytes() == release.archive.read_bytes()
    assert left(out.parent) == ["small.pinpoint"]
    parts = [wanted for path, wanted in server.asked if path.endswith(".pinpoint")]
    assert parts[:3] == [None, "bytes=50000-", "bytes=100000-"]


def test_a_later_run_goes_on(release, serve, out):
    server = serve(release.folder)
    server.break_after = 50_000
    server.statuses = []
    calls = []

    def stop(done: int, size: int) -> None:
        calls.append(done)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(server, release, out, shown=stop)
    assert len(left(out.parent)) == 1
    assert left(out.parent)[0].endswith(".partial")
    server.break_after = None
    server.asked.clear()
    fetch(server, release, out)
    assert server.asked == [("/small-onnx.pinpoint", f"bytes={calls[0]}-")]
    assert out.read_bytes() == release.archive.read_bytes()


def test_a_server_without_ranges_starts_anew(release, serve, out):
    server = serve(release.folder)
    server.ranges, server.break_after = False, 50_000
    with pytest.raises(DownloadError, match="are kept"):
        fetch(server, release, out)
    server.break_after = None
    fetch(server, release, out)
    assert out.read_bytes() == release.archive.read_bytes()


def test_a_busy_server_is_tried_again_and_a_refusal_is_not(release, serve, out):
    server = serve(release.folder)
    server.statuses = [503, 429, 500]
    fetch(server, release, out)
    assert out.is_file()
    server.statuses = [403, 403]
    server.asked.clear()
    with pytest.raises(DownloadError, match="403"):
        fetch(server, release, out)
    assert len(server.asked) == 1


def test_nobody_answers(release, out):
    source = Source("http://127.0.0.1:9/index.json")
    with pytest.raises(DownloadError, match="refused"):
        download(source, entry(release), out, pause=lambda s: None)


@pytest.mark.parametrize("change", ["byte", "shorter", "longer"])
def test_other_bytes_are_refused_and_not_kept(release, serve, out, change):
    content = release.archive.read_bytes()
    spoilt = {
        "byte": b"X" + content[1:],
        "longer": content + b"more",
        "shorter": content[:-1],
    }[change]
    server = serve(release.folder)
    listed = entry(release)
    release.archive.write_bytes(spoilt)
    kind = DownloadError if change == "shorter" else IntegrityError
    with pytest.raises(kind):
        download(Source.of(server.address), listed, out, pause=lambda s: None)
    assert not out.exists()
    if kind is IntegrityError:
        assert left(out.parent) == []


def test_what_fails_its_check_is_not_kept(release, serve, out):
    def wrong(path: Path) -> None:
        raise IntegrityError(f"{path} is wrong")

    with pytest.raises(IntegrityError, match="is wrong"):
        fetch(serve(release.folder), release, out, check=wrong)
    assert left(out.parent) == []


def test_an_older_file_stays_until_the_new_one_is_right(release, serve, out):
    out.write_text("older")
    server = serve(release.folder)
    listed = entry(release)
    release.archive.write_bytes(b"X" + release.archive.read_bytes()[1:])
    with pytest.raises(IntegrityError):
        download(Source.of(server.address), listed, out)
    assert out.read_text() == "older"


def test_a_full_disk_is_said_before(release, serve, out, monkeypatch):
    usage = type("Usage", (), {"free": 1000})()
    monkeypatch.setattr(downloads.shutil, "disk_usage", lambda path: usage)
    with pytest.raises(OutputError, match="free"):
        fetch(serve(release.folder), release, out)


def test_a_disk_that_fills_up(release, serve, out):
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, before[1]))
    try:
        with pytest.raises(OutputError, match="File too large"):
            fetch(serve(release.folder), release, out)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert not out.exists()
    fetch(serve(release.folder), release, out)
    assert out.read_bytes() == release.archive.read_bytes()


def test_a_folder_that_is_not_there(release, serve, tmp_path):
    with pytest.raises(OutputError, match="Cannot write"):
        fetch(serve(release.folder), release, tmp_path / "none/small.pinpoint")


def test_two_at_once_are_told(release, serve, out):
    server = serve(release.folder)

    def second(done: int, size: int) -> None:
        with pytest.raises(OutputError, match="by another command"):
            fetch(server, release, out)

    fetch(server, release, out, shown=second)
    assert out.read_bytes() == release.archive.read_bytes()
