"""Where a release may be: folders, files, web servers, and nothing that a server sends us to."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import pinpoint_edge
from pinpoint_edge.bundle.release.source import NotThere, Source
from pinpoint_edge.errors import DownloadError, IntegrityError, OptionError


def test_paths_and_addresses(tmp_path):
    (tmp_path / "index.json").write_text("{}")
    for given in (tmp_path, tmp_path / "index.json", f"file://{tmp_path}/index.json"):
        assert Source.of(str(given)).small(None, 10) == b"{}"
    assert Source.of("https://e.org/r").address == "https://e.org/r/index.json"
    assert Source.of("https://e.org/r/i.json?t=1").named("a.pinpoint") == (
        "https://e.org/r/a.pinpoint"
    )
    with pytest.raises(NotThere):
        Source.of(str(tmp_path / "other.json")).small(None, 10)


@pytest.mark.parametrize("given", [
    "ftp://e.org/index.json", "data://x", "file://server/share/index.json", "javascript://e.org",
])  # fmt: skip
def test_other_schemes_are_refused(given):
    with pytest.raises(OptionError):
        Source.of(given)


def test_a_redirect_within_the_web_is_followed(release, serve):
    server = serve(release.folder)
    server.redirects["/old/index.json"] = "/index.json"
    raw = Source.of(f"{server.address}/old").small(None, 10_000)
    assert raw == (release.folder / "index.json").read_bytes()


@pytest.mark.parametrize("to", [
    "file:///etc/passwd", "ftp://127.0.0.1/x", "data:text/plain,hello", "gopher://x", "FILE:///x",
])  # fmt: skip
def test_a_redirect_to_another_scheme_is_refused(release, serve, to):
    server = serve(release.folder)
    server.redirects["/index.json"] = to
    with pytest.raises(DownloadError, match="not followed"):
        Source.of(server.address).small(None, 10_000)


def test_a_circle_of_redirects_ends(release, serve):
    server = serve(release.folder)
    server.redirects["/index.json"] = "/index.json"
    with pytest.raises(DownloadError):
        Source.of(server.address).small(None, 10_000)
    assert len(server.asked) < 30


def test_an_endless_file_is_cut_off(release, serve):
    server = serve(release.folder)
    (release.folder / "index.json").write_bytes(b" " * 100_000)
    with pytest.raises(IntegrityError, match="larger than 1000"):
        Source.of(server.address).small(None, 1000)


def test_no_other_module_opens_a_connection():
    root = Path(pinpoint_edge.__file__).parent
    network = {"urllib.request", "http.client", "socket", "ftplib", "ssl", "httpx"}
    for path in root.rglob("*.py"):
        if {"release", "serve", "endpoint"} & set(path.parts):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not network & set(names), path
