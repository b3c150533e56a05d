"""Free memory and disk, compared with the needs of an export before it starts."""

from __future__ import annotations

import os
import re
import shutil
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import psutil

from pinpoint_edge.errors import ExportError, OutputError

_CGROUP = Path("/sys/fs/cgroup")


def available_memory() -> int:
    """Return the bytes of RAM that can be used without swapping, as a container's limit allows."""
    free = int(psutil.virtual_memory().available)
    limit = _from_cgroup()
    return free if limit is None else min(free, limit)


def existing(path: Path) -> Path:
    """Return the path, or the nearest folder above it that exists."""
    path = path.absolute()
    while not path.exists():
        path = path.parent
    return path


def check_memory(needed: int, what: str) -> None:
    """Raise ExportError unless so many bytes of RAM are available; `what` needs them."""
    free = available_memory()
    if needed > free:
        raise ExportError(
            f"{what} needs about {needed / 1e9:.1f} GB of memory, {free / 1e9:.1f} GB are "
            "available; close other programs or export on a larger machine."
        )


def check_disk(needed: Mapping[Path, int]) -> None:
    """Raise OutputError unless every folder can be made, written and hold so many bytes.

    Folders on one file system share what is free there.
    """
    places: dict[int, list[Path]] = defaultdict(list)
    for folder in needed:
        parent = existing(folder)
        if not parent.is_dir() or not os.access(parent, os.W_OK | os.X_OK):
            raise OutputError(
                f"{folder} cannot be written: {parent} is no folder that you may write to; "
                "choose another."
            )
        places[parent.stat().st_dev].append(folder)
    for folders in places.values():
        total = sum(needed[folder] for folder in folders)
        free = shutil.disk_usage(existing(folders[0])).free
        if total > free:
            raise OutputError(
                f"The export writes about {total / 1e9:.2f} GB to "
                f"{' and '.join(map(str, folders))}, {free / 1e9:.2f} GB are free there; free "
                "some, or choose another --out and --cache."
            )


def _from_cgroup() -> int | None:
    """Return what the limit of this container's control group (version 2) leaves."""
    try:
        limit = (_CGROUP / "memory.max").read_text().strip()
        used = int((_CGROUP / "memory.current").read_text())
        statistics = (_CGROUP / "memory.stat").read_text()
    except (OSError, ValueError):
        return None
    cached = re.search(r"^inactive_file (\d+)$", statistics, re.MULTILINE)  # given back on demand
    return int(limit) - used + (int(cached[1]) if cached else 0) if limit.isdigit() else None
