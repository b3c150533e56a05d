"""The cores that a run is bound to."""

from __future__ import annotations

import re

from pinpoint_edge.errors import OptionError
from pinpoint_edge.runtime.board import Machine, big_cores


def chosen_cores(text: str | None, machine: Machine) -> tuple[int, ...] | None:
    """Return the cores that a list such as "0,4-7" or "big" names; None of no list.

    "big" on a machine of equal cores is every core. Raises OptionError.
    """
    import psutil

    if text is None:
        return None
    if not hasattr(psutil.Process, "cpu_affinity"):
        raise OptionError("--cores: this system binds no process to cores; leave it out.")
    usable = tuple(psutil.Process().cpu_affinity())
    if text == "big":
        big = big_cores(machine)
        return tuple(core for core in big if core in usable) if big else usable
    if not re.fullmatch(r"\d+(-\d+)?(,\d+(-\d+)?)*", text):
        raise OptionError(f"--cores {text}: give big, or numbers such as 0,4-7.")
    cores: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        cores |= set(range(int(first), int(last or first) + 1))
    if unknown := sorted(cores - set(usable)):
        raise OptionError(
            f"--cores {text}: this process may not run on {', '.join(map(str, unknown))}; "
            f"it may on {', '.join(map(str, usable))}."
        )
    return tuple(sorted(cores))
