"""What a figure was measured on: without it, a millisecond says nothing."""

from __future__ import annotations

import os
import platform
import re
from importlib import metadata
from pathlib import Path
from typing import Any

PACKAGES = ("pinpoint-edge", "numpy", "onnxruntime", "pillow", "pypdfium2", "tokenizers")


def machine_facts() -> dict[str, Any]:
    """Return facts of this machine as plain JSON values; None for what it doesn't tell.

    Keys: cpu, architecture, logical_cores, usable_cores, ram_bytes, governor, load_average (over
    one minute), os, python, packages. No host name, user or path is among them.
    """
    return {
        "cpu": cpu_model(),
        "architecture": platform.machine(),
        "logical_cores": os.cpu_count(),
        "usable_cores": _usable_cores(),
        "ram_bytes": _ram_bytes(),
        "governor": _read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
        "load_average": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "os": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in PACKAGES},
    }


def cpu_model() -> str | None:
    """Return the processor's name, or the board's where only that is told (arm64 boards)."""
    info = _read("/proc/cpuinfo") or ""
    for key in ("model name", "Hardware", "Model"):
        if match := re.search(rf"^{key}\s*:\s*(.+)$", info, re.MULTILINE):
            return match[1].strip()
    board = _read("/proc/device-tree/model")
    return (board.strip("\0") if board else None) or platform.processor() or None


def _usable_cores() -> int | None:
    # A container or `taskset` may allow fewer cores than the machine has.
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count()


def _ram_bytes() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None


def _read(path: str) -> str | None:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").strip() or None
    except OSError:
        return None


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
