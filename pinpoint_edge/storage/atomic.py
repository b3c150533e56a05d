"""Results written so that nothing half-written is left: beside the target, then renamed."""

from __future__ import annotations

import io
import json
import os
import stat
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from pinpoint_edge.errors import OutputError


def check_writable(path: str | Path, *, inputs: Iterable[str | Path] = ()) -> Path:
    """Make sure, before any work is done, that `path` can be written.

    inputs: files that the same command reads, which it never overwrites. Raises OutputError.
    """
    path = Path(path)
    if path.is_dir():
        raise OutputError(f"{path} is a folder; give the name of a file to write.")
    for given in inputs:
        if _same(path, Path(given)):
            raise OutputError(f"{path} is read by this command; give the name of another file.")
    if is_special(path):
        # A pipe or a device is written into. Opening a pipe would wait for its reader.
        if not os.access(path, os.W_OK):
            raise OutputError(f"Cannot write {path}: Permission denied. Choose another place.")
        return path
    folder = _target(path).parent
    if not folder.is_dir():
        raise OutputError(f"Cannot write {path}: the folder {folder} does not exist; make it.")
    try:
        handle, probe = tempfile.mkstemp(prefix=f".{path.name}.", dir=folder)
    except OSError as error:
        raise _unwritable(path, error) from error
    os.close(handle)
    os.unlink(probe)
    return path


@contextmanager
def replacing(path: str | Path) -> Iterator[BinaryIO]:
    """Open a binary file that takes the place of `path` when the block ends without an error.

    A symbolic link stays one and its target is replaced; a pipe or a device is written into, at
    the end of the block; an older file's access rights stay. On an error nothing is left behind and
    an older `path` stays as it was. Raises OutputError.
    """
    path = Path(path)
    if is_special(path):
        with io.BytesIO() as held:
            yield held
            try:
                with path.open("wb") as device:
                    device.write(held.getbuffer())
            except OSError as error:
                raise _unwritable(path, error) from error
        return
    target = _target(path)
    try:
        handle, beside = tempfile.mkstemp(prefix=f".{path.name}.", dir=target.parent)
    except OSError as error:
        raise _unwritable(path, error) from error
    try:
        with os.fdopen(handle, "w+b") as file:
            yield file
        os.chmod(beside, _mode(target))
        os.replace(beside, target)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        with suppress(FileNotFoundError):
            os.unlink(beside)


def write_json(path: str | Path, value: object) -> None:
    """Write a value as indented JSON, whole or not at all; raises OutputError."""
    with replacing(path) as file:
        file.write((json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode())


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except (OSError, ValueError):  # one of them does not exist
        return False


def is_special(path: Path) -> bool:
    """Whether a pipe, a device or a socket is at the path, or at the end of its links."""
    try:
        return not stat.S_ISREG(path.stat().st_mode) and not path.is_dir()
    except (OSError, ValueError):
        return False


def _target(path: Path) -> Path:
    """The file that a symbolic link leads to, also where it does not exist yet."""
    return Path(os.path.realpath(path)) if path.is_symlink() else path


def _mode(path: Path) -> int:
    """The rights of an older file, else those that open() would give: mkstemp's are private."""
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except OSError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask


def _unwritable(path: Path, error: OSError) -> OutputError:
    reason = error.strerror or str(error)
    return OutputError(
        f"Cannot write {path}: {reason}. Choose another place or free it, and run again."
    )
