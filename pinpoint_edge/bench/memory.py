"""The memory that this process took at its peak."""

from __future__ import annotations

import re
import sys
from pathlib import Path

_STATUS = Path("/proc/self/status")


def peak_rss() -> int | None:
    """Return the peak resident set size in bytes; None where the system doesn't tell (Windows).

    Linux tells it in /proc/self/status (VmHWM), elsewhere getrusage does; on Linux the latter may
    still hold the peak of the process that started this one. Mapped weights count once touched.
    """
    return _from_status() or _from_rusage()


def _from_status() -> int | None:
    try:
        match = re.search(r"^VmHWM:\s+(\d+) kB$", _STATUS.read_text(), re.MULTILINE)
    except OSError:
        return None
    return int(match[1]) * 1024 if match else None


def _from_rusage() -> int | None:
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
