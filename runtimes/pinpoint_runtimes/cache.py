"""The user's cache folder: unpacked bundles, exported stages, compiled libraries."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def cache_folder(name: str) -> Path:
    """Return the folder `name` of this project's cache; it may not exist yet.

    XDG_CACHE_HOME moves it; otherwise it lies where the system keeps caches.
    """
    if base := os.environ.get("XDG_CACHE_HOME"):
        root = Path(base)
    elif sys.platform == "darwin":
        root = Path.home() / "Library" / "Caches"
    elif sys.platform == "win32" and "LOCALAPPDATA" in os.environ:
        root = Path(os.environ["LOCALAPPDATA"])
    else:
        root = Path.home() / ".cache"
    return root / "pinpoint-edge" / name
