"""Jetson boards: the rails that add up to the module's power, and the mode that it runs in.

Source: "Jetson Linux Developer Guide", sections on power consumption, with the INA3221 channels of
each module. None of the sums was checked on a board.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Collection

from pinpoint_edge.bench.sensors.sensor import Machine, Total

MODULE = "the module"
# Best first: an input rail carries everything, a sum only the rails that it names.
TOTALS = (
    ("VDD_IN",),  # Orin Nano, Orin NX, Xavier NX, TX2, TX1
    ("VIN",),  # Thor
    ("POM_5V_IN",),  # Nano
    ("GPU", "CPU", "SOC", "CV", "VDDRQ", "SYS5V"),  # AGX Xavier
    ("VDD_GPU_SOC", "VDD_CPU_CV", "VIN_SYS_5V0"),  # AGX Orin
)


def total(rails: Collection[str]) -> Total | None:
    """Return the module's power as rails to add up; None where the rails are of no known board."""
    for names in TOTALS:
        if set(names) <= set(rails):
            scope = MODULE if len(names) == 1 else f"{MODULE}: the sum of {', '.join(names)}"
            return Total(names, scope)
    return None


def state(machine: Machine) -> dict[str, str]:
    """Return `nvpmodel` (the mode's name and number) and `jetson_clocks`, where they are known."""
    found = {}
    said = _ask(machine, "nvpmodel", "-q")
    if mode := re.search(r"Power Mode: *(\S+)(?:\s+(\d+))?", said):
        found["nvpmodel"] = " ".join(part for part in mode.groups() if part)
    if said := _ask(machine, "jetson_clocks", "--show"):
        # Held clocks have no room left between their least and their greatest frequency.
        rooms = re.findall(r"MinFreq=(\d+) MaxFreq=(\d+)", said)
        if rooms:
            held = all(least == most for least, most in rooms)
            found["jetson_clocks"] = "on" if held else "off"
    return found


def _ask(machine: Machine, program: str, *arguments: str) -> str:
    path = machine.program(program)
    if path is None:
        return ""
    try:
        done = subprocess.run(
            [path, *arguments], capture_output=True, text=True, timeout=10, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout
