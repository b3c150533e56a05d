"""One file of a release fetched: gone on with where it broke off, and held to its digest.

Until it is whole and right the file is beside its place as `NAME.DIGEST.partial`.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from pinpoint_edge.bundle.release.index import ReleasedFile
from pinpoint_edge.bundle.release.source import BrokenOff, Source
from pinpoint_edge.errors import DownloadError, IntegrityError, OutputError

RETRIES = 5
LONGEST_PAUSE_S = 20.0
_PIECE = 2**18

Shown = Callable[[int, int], None]
"""Called with the bytes that are here and those of the whole file."""


def download(
    source: Source,
    file: ReleasedFile,
    out: Path,
    *,
    check: Callable[[Path], None] = lambda path: None,
    shown: Shown = lambda done, size: None,
    pause: Callable[[float], None] = time.sleep,
) -> None:
    """Fetch a file to `out`, whole or not at all; what came before a break is kept for later.

    check: looks at the whole file before it gets its name, and raises where it is wrong; then
    nothing is kept. Raises DownloadError (broken off more than RETRIES times, with
    no byte between), IntegrityError (another size or digest), OutputError.
    """
    partial = out.with_name(f"{out.name}.{file.sha256[:12]}.partial")
    with _exclusive(partial, out) as kept:
        try:
            _fill(source, file, kept, out, shown, pause)
            check(partial)
        except IntegrityError:
            partial.unlink(missing_ok=True)  # going on with it would fail again
            raise
        try:
            os.fsync(kept.fileno())
            os.replace(partial, out)
        except OSError as error:
            raise _unwritable(out, error) from error


def _fill(
    source: Source,
    file: ReleasedFile,
    kept: BinaryIO,
    out: Path,
    shown: Shown,
    pause: Callable[[float], None],
) -> None:
    digest, at = _kept_digest(kept, file.size)
    _check_space(out, file.size - at)
    failures = 0
    while at < file.size:
        before = at
        try:
            with source.opened(file.file, at) as opened:
                if opened.start != at:  # a server without ranges starts anew
                    digest, at = hashlib.sha256(), 0
                    _write(kept, b"", 0, out)
                for piece in iter(lambda: opened.stream.read(_PIECE), b""):
                    if at + len(piece) > file.size:
                        raise IntegrityError(
                            f"{source.named(file.file)} is larger than the {file.size} bytes of "
                            "the index; take the release from another place."
                        )
                    _write(kept, piece, at, out)
                    digest.update(piece)
                    at += len(piece)
                    shown(at, file.size)
            reason: Exception | str = "the connection broke off"
        except (BrokenOff, http.client.HTTPException, OSError) as error:
            reason = error
        failures = 0 if at > before else failures + 1
        if at < file.size:
            if failures > RETRIES:
                raise DownloadError(
                    f"{file.file}: {reason or type(reason).__name__}. {at} of {file.size} bytes "
                    "are kept; the same command goes on with them."
                )
            pause(min(2.0**failures, LONGEST_PAUSE_S))
    if digest.hexdigest() != file.sha256:
        raise IntegrityError(
            f"{source.named(file.file)} does not match the sha256 of the index; nothing is kept. "
            "Run again, or take the release from another place."
        )


def _kept_digest(kept: BinaryIO, size: int) -> tuple[hashlib._Hash, int]:
    """The digest and the number of the bytes that an earlier try left."""
    digest, at = hashlib.sha256(), 0
    kept.seek(0)
    while at <= size and (piece := kept.read(_PIECE)):
        digest.update(piece)
        at += len(piece)
    if at > size:
        kept.truncate(0)
        return hashlib.sha256(), 0
    return digest, at


def _write(kept: BinaryIO, piece: bytes, at: int, out: Path) -> None:
    try:
        kept.seek(at)
        kept.write(piece)
        kept.truncate()
        kept.flush()
    except OSError as error:
        raise _unwritable(out, error) from error


def _check_space(out: Path, needed: int) -> None:
    with suppress(OSError):
        free = shutil.disk_usage(out.parent).free
        if free < needed:
            raise OutputError(
                f"Cannot write {out}: {needed / 1e6:.0f} MB are needed and {free / 1e6:.0f} MB "
                "free. Choose another place or free it."
            )


@contextmanager
def _exclusive(partial: Path, out: Path) -> Iterator[BinaryIO]:
    """Open the kept part for one process at a time, where the system has locks of files."""
    try:
        kept = partial.open("r+b" if partial.exists() else "w+b")
    except OSError as error:
        raise _unwritable(out, error) from error
    with kept:
        try:
            import fcntl

            fcntl.flock(kept, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except ImportError:  # Windows: an open file cannot be replaced there anyhow
            pass
        except OSError as error:
            raise OutputError(f"{out} is being fetched by another command; wait for it.") from error
        yield kept


def _unwritable(out: Path, error: OSError) -> OutputError:
    return OutputError(
        f"Cannot write {out}: {error.strerror or error}. Choose another place or free it, and run "
        "again."
    )
