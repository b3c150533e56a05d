"""Return memory to the system that this process no longer needs: freed memory, mapped pages.

Until then both count as the process's. Without the call (other systems than Linux) nothing happens.
/proc is read here, not by psutil, because a device installs numpy and its runtime alone.
"""

import ctypes
import re
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

_MAPPINGS = Path("/proc/self/smaps")
_HEADER = re.compile(r"([0-9a-f]+)-([0-9a-f]+) \S+ [0-9a-f]+ \S+ \d+ *(.*)")
_UNCHANGED = "Anonymous:             0 kB"
_DONT_NEED = 4  # MADV_DONTNEED: the next access reads the file again


def give_back_freed() -> None:
    """Return freed memory, which the C library keeps for later allocations.

    The gaps that one stage leaves rarely fit the sizes of the next: after a page's detect they are
    up to 80 MB. Takes some milliseconds.
    """
    trim = _function("malloc_trim", ctypes.c_size_t)  # glibc's; musl and macOS have none
    if trim is not None:
        trim(0)


def give_back_pages(path: Path) -> int:
    """Drop the pages of a mapped file from this process, and return the mapped bytes.

    They stay in the system's file cache and return when they are used. A mapping that was written
    to is kept.
    """
    advise = _function("madvise", ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    if advise is None:
        return 0
    total = 0
    for start, end in _mappings_of(path.resolve()):
        if advise(start, end - start, _DONT_NEED) == 0:
            total += end - start
    return total


def _mappings_of(path: Path) -> Iterator[tuple[int, int]]:
    """Give the addresses where a file is mapped without a page that this process changed."""
    try:
        lines = _MAPPINGS.read_text(errors="replace").splitlines()
    except OSError:
        return
    found: tuple[int, int] | None = None
    for line in lines:
        if header := _HEADER.fullmatch(line):
            ours = header[3] == str(path)
            found = (int(header[1], 16), int(header[2], 16)) if ours else None
        elif found and line == _UNCHANGED:
            yield found


@cache
def _function(name: str, *arguments: type) -> Callable[..., int] | None:
    """Return a function of the C library on Linux, None where it is missing."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        function = getattr(ctypes.CDLL(None), name)
    except (AttributeError, OSError):
        return None
    function.argtypes, function.restype = arguments, ctypes.c_int
    found: Callable[..., int] = function
    return found
