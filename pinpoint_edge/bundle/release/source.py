"""The place of a release: a folder, a `file:` address or a web server, read from any byte on.

Beside it only `document/endpoint/chat.py` opens connections, to the address that a user names.
"""

from __future__ import annotations

import http.client
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

from pinpoint_edge.errors import DownloadError, IntegrityError, OptionError

TIMEOUT_S = 30.0
MAX_REDIRECTS = 5
_WEB = ("http", "https")
PASSING = (408, 425, 429, 500, 502, 503, 504)  # statuses that another try may not meet


class BrokenOff(Exception):
    """A connection that broke, or a server that is busy: another try may go on."""


class NotThere(DownloadError):
    """The place has no such file."""


@dataclass(frozen=True)
class Opened:
    """A file that is open at byte `start`."""

    stream: BinaryIO
    start: int


@dataclass(frozen=True)
class Source:
    """A release by the address of its index; every other file lies below the index's folder."""

    address: str

    @classmethod
    def of(cls, given: str) -> Source:
        """Take a folder, the path of an index, or a file:, http: or https: address of one.

        Raises OptionError for another kind of address.
        """
        scheme = urllib.parse.urlsplit(given).scheme.lower() if "://" in given else ""
        if given.lower().startswith("file:"):
            parts = urllib.parse.urlsplit(given)
            if parts.netloc not in ("", "localhost"):
                raise OptionError(f"{given} is on another machine; mount it and give its path.")
            given, scheme = urllib.request.url2pathname(parts.path), ""
        if scheme in _WEB:
            plain = urllib.parse.urlsplit(given).path
            return cls(given if plain.endswith(".json") else given.rstrip("/") + "/index.json")
        if scheme:
            raise OptionError(f"{given}: an index is a path, or a file:, http: or https: address.")
        path = Path(given)
        return cls(str(path / "index.json" if path.is_dir() else path))

    def named(self, name: str) -> str:
        """The address of a file beside the index; the name was checked by `paths.check_names`."""
        if self._is_web:
            return urllib.parse.urljoin(self.address, urllib.parse.quote(name))
        return str(Path(self.address).parent / name)

    @contextmanager
    def opened(self, name: str | None, start: int = 0) -> Iterator[Opened]:
        """Open a file beside the index, or the index itself, at a byte, or before it.

        Raises DownloadError (not there, not allowed), BrokenOff (worth another try).
        """
        address = self.address if name is None else self.named(name)
        if not self._is_web:
            try:
                with open(address, "rb") as file:
                    file.seek(start)
                    yield Opened(file, start)
            except FileNotFoundError as error:
                raise NotThere(f"{address} does not exist; check the index's path.") from error
            except OSError as error:
                raise DownloadError(f"{address} cannot be read: {error.strerror}.") from error
            return
        try:
            answer = _request(address, start)
        except urllib.error.HTTPError as error:
            error.close()
            if error.code == 416 and start:  # the server's file is shorter than what is here
                raise BrokenOff(f"{address} has no byte {start}") from error
            if error.code in PASSING:
                raise BrokenOff(f"{address}: HTTP {error.code} {error.reason}") from error
            kind = NotThere if error.code in (404, 410) else DownloadError
            raise kind(
                f"{address}: HTTP {error.code} {error.reason}; check the address of the index."
            ) from error
        except urllib.error.URLError as error:
            raise BrokenOff(f"{address}: {error.reason}") from error
        except (OSError, http.client.HTTPException) as error:
            raise BrokenOff(f"{address}: {error or type(error).__name__}") from error
        with answer:
            at = start if answer.status == 206 and _first_byte(answer) == start else 0
            if answer.status == 206 and at != start:
                raise BrokenOff(f"{address}: the server sent another part than the one wanted")
            yield Opened(cast(BinaryIO, answer), at)

    def small(self, name: str | None, limit: int) -> bytes:
        """Return the whole of a small file, tried three times.

        Raises DownloadError, IntegrityError (more than `limit` bytes).
        """
        reason: Exception | None = None
        for _ in range(3):
            try:
                with self.opened(name) as file:
                    raw = _read(file.stream, limit + 1)
            except (BrokenOff, OSError, http.client.HTTPException) as error:
                reason = error
                continue
            if len(raw) > limit:
                raise IntegrityError(f"{name or self.address} is larger than {limit} bytes.")
            return raw
        raise DownloadError(f"{reason}; check the network and the address of the index.")

    @property
    def _is_web(self) -> bool:
        return urllib.parse.urlsplit(self.address).scheme.lower() in _WEB


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows a redirect to the web alone, and never from https to http."""

    max_redirections = MAX_REDIRECTS
    max_repeats = MAX_REDIRECTS

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str,
        headers: http.client.HTTPMessage, newurl: str,
    ) -> urllib.request.Request | None:  # fmt: skip
        old, new = (urllib.parse.urlsplit(url).scheme.lower() for url in (req.full_url, newurl))
        if new not in _WEB or (old == "https" and new == "http"):
            raise DownloadError(
                f"{req.full_url} leads to a {new}: address, which is not followed; take the "
                "release from another place."
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)

    def http_error_302(self, req: Any, fp: Any, code: int, msg: str, headers: Any) -> Any:
        # urllib itself would turn a redirect to file: into an error of another kind.
        place = headers.get("location") or headers.get("uri") or ""
        scheme = urllib.parse.urlsplit(place).scheme.lower()
        if scheme and scheme not in _WEB:
            fp.close()
            self.redirect_request(req, fp, code, msg, headers, place)
        return super().http_error_302(req, fp, code, msg, headers)

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302


def _request(address: str, start: int) -> http.client.HTTPResponse:
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        _Redirects(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.HTTPDefaultErrorHandler(),
    ):
        opener.add_handler(handler)
    # Bytes as they are: a compressed transfer cannot be gone on with.
    headers = {"Accept-Encoding": "identity", "User-Agent": "pinpoint-edge"}
    if start:
        headers["Range"] = f"bytes={start}-"
    request = urllib.request.Request(address, headers=headers)
    return cast(http.client.HTTPResponse, opener.open(request, timeout=TIMEOUT_S))


def _first_byte(answer: http.client.HTTPResponse) -> int | None:
    """The first byte of a part that a server sends: "bytes 100-199/200"."""
    span = (answer.headers.get("Content-Range") or "").removeprefix("bytes ").split("-")[0]
    return int(span) if span.isdecimal() else None


def _read(stream: BinaryIO, most: int) -> bytes:
    """Read to the end or to `most` bytes; raises BrokenOff where fewer came than announced."""
    announced = getattr(stream, "length", None)
    raw = stream.read(most)
    if announced is not None and len(raw) < min(announced, most):
        raise BrokenOff("the connection broke off")
    return raw
