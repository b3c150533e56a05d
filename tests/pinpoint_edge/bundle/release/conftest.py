"""A small signed release, and a web server that can break off, send elsewhere and lie."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from pinpoint_export.release.build import build_release
from pinpoint_export.release.signing import new_key


@dataclass
class Release:
    """The folder of a release, its key, and where the public key is."""

    folder: Path
    private: Path
    public: Path
    bundle: Path

    @property
    def archive(self) -> Path:
        return self.folder / "small-onnx.pinpoint"


@pytest.fixture
def release(small_bundle: Path, tmp_path: Path) -> Release:
    private = tmp_path / "release.pem"
    public, _ = new_key(private)
    build_release([small_bundle], tmp_path / "release", [str(private)])
    return Release(tmp_path / "release", private, public, small_bundle)


@dataclass
class Server:
    """How a server behaves, and what it was asked for.

    break_after: bytes of each answer after which the connection closes; ranges: whether it knows
    them; statuses: what it answers, in turn, in the place of files; redirects: by path.
    """

    folder: Path
    address: str = ""
    break_after: int | None = None
    ranges: bool = True
    statuses: list[int] = field(default_factory=list)
    redirects: dict[str, str] = field(default_factory=dict)
    extra: bytes = b""
    asked: list[tuple[str, str | None]] = field(default_factory=list)


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, server: Server, *rest: object) -> None:
        self.of = server
        super().__init__(*rest)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        self.of.asked.append((self.path, wanted))
        path = self.of.folder / self.path.lstrip("/")
        if self.path in self.of.redirects:
            self.send_response(302)
            self.send_header("Location", self.of.redirects[self.path])
            self.end_headers()
        elif self.path.endswith(".pinpoint") and self.of.statuses:
            self.send_error(self.of.statuses.pop(0))
        elif not path.is_file():
            self.send_error(404)
        else:
            self._send(path.read_bytes(), wanted)

    def _send(self, content: bytes, wanted: str | None) -> None:
        content += self.of.extra if self.path.endswith(".pinpoint") else b""
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and self.of.ranges else 0
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        part = content[start:]
        if self.of.break_after is not None and self.path.endswith(".pinpoint"):
            part = part[: self.of.break_after]
        self.wfile.write(part)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def serve() -> Iterator[Callable[[Path], Server]]:
    """Return a function that serves a folder on this machine until the test ends."""
    running: list[ThreadingHTTPServer] = []

    def start(folder: Path) -> Server:
        server = Server(folder)
        running.append(ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, server)))
        threading.Thread(target=running[-1].serve_forever, daemon=True).start()
        server.address = f"http://127.0.0.1:{running[-1].server_address[1]}"
        return server

    yield start
    for one in running:
        one.shutdown()
        one.server_close()
