"""Folders for work in progress: written beside their place, renamed when done, never left behind.

The maker of such a folder holds a lock on it as long as it lives, so that a later run can tell the
folder of a killed run, which it removes, from one at work.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pinpoint_edge.errors import OutputError

STALE_SECONDS = 3600.0


@contextmanager
def scratch(parent: Path, prefix: str) -> Iterator[Path]:
    """Make a folder `<prefix>XXXX` in `parent`, remove those of dead runs, and it at the end.

    Rename it inside the block to keep it. Raises OutputError when it cannot be made.
    """
    try:
        parent.mkdir(parents=True, exist_ok=True)
        sweep(parent, prefix)
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
        lock = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise unwritable(parent, error) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder
    finally:
        os.close(lock)
        shutil.rmtree(folder, ignore_errors=True)


def sweep(parent: Path, prefix: str) -> None:
    """Remove the folders that runs which are no longer alive left in `parent`."""
    for folder in parent.glob(f"{prefix}*"):
        try:
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        except OSError:
            continue  # it was renamed or removed meanwhile
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # An empty one may be about to be locked by its maker.
            if any(folder.iterdir()) or time.time() - folder.stat().st_mtime > STALE_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue  # its maker lives
        finally:
            os.close(lock)


def unwritable(place: Path, error: OSError) -> OutputError:
    """Return the error for a place that the system does not let us write."""
    reason = error.strerror or str(error)
    return OutputError(f"{place} cannot be written: {reason}. Free it, or choose another.")
