"""Facts about the machine of a measurement: without them, a millisecond says nothing."""

from __future__ import annotations

import os
import platform
import re
import shlex
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

from pinpoint_edge.bench.memory import import_psutil

PACKAGES = ("pinpoint-edge", "numpy", "onnxruntime", "pillow", "pypdfium2", "tokenizers")


def run_facts(program: str = "pinpoint-bench") -> dict[str, Any]:
    """Return the command line and the machine of a measurement, as JSON values."""
    return {"command": shlex.join([program, *sys.argv[1:]]), "machine": machine_facts()}


def machine_facts() -> dict[str, Any]:
    """Return facts of this machine as plain JSON values; None for unknown ones.

    Keys: cpu, architecture, logical_cores, usable_cores, ram_bytes, governor, load_average (over
    one minute), os, python, packages. No host name, user or path is among them. Raises
    BackendError without psutil.
    """
    psutil = import_psutil()
    return {
        "cpu": cpu_model(),
        "architecture": platform.machine(),
        "logical_cores": psutil.cpu_count(),
        "usable_cores": _usable_cores(psutil.Process()),
        "ram_bytes": psutil.virtual_memory().total,
        "governor": _read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
        "load_average": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "os": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in PACKAGES},
    }


def cpu_model() -> str | None:
    """Return the processor's name, or the board's where only that is known (arm64 boards)."""
    info = _read("/proc/cpuinfo") or ""
    for key in ("model name", "Hardware", "Model"):
        if match := re.search(rf"^{key}\s*:\s*(.+)$", info, re.MULTILINE):
            return match[1].strip()
    board = _read("/proc/device-tree/model")
    return (board.strip("\0") if board else None) or platform.processor() or None


def _usable_cores(process: Any) -> int | None:
    # A container or `taskset` may allow fewer cores than the machine has.
    if hasattr(process, "cpu_affinity"):
        return len(process.cpu_affinity())
    return os.cpu_count()


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
