"""Clocks of the processor, one channel a group of cores that change together.

Source: https://docs.kernel.org/admin-guide/pm/cpufreq.html (kHz).
"""

from __future__ import annotations

from pathlib import Path

from pinpoint_edge.bench.sensors.files import FileSensor, source
from pinpoint_edge.bench.sensors.sensor import Machine, read_number, read_text

FOLDER = "/sys/devices/system/cpu/cpufreq"


def find(machine: Machine) -> FileSensor | str:
    """Return the clock of each policy, or why there are none."""
    clocks = [
        source(
            f"cpu {read_text(path.parent / 'related_cpus') or path.parent.name}", "MHz", path, 1e-3
        )
        for path in machine.glob(f"{FOLDER}/policy*/scaling_cur_freq")
    ]
    if clocks:
        return FileSensor("cpufreq", clocks)
    return f"{FOLDER} has no policy: the machine does not show its clocks (a virtual one?)"


def big_cores(machine: Machine) -> tuple[int, ...] | None:
    """Return the cores of the highest capacity, or of the highest clock; None where all are equal.

    Arm's cpu_capacity compares what cores do; without it the greatest clocks are compared.
    """
    found: dict[int, float] = {}
    for folder in machine.glob("/sys/devices/system/cpu/cpu[0-9]*"):
        value = _strength(folder)
        if value is not None:
            found[int(folder.name.removeprefix("cpu"))] = value
    if len(set(found.values())) < 2:
        return None
    # Cores of one cluster can differ by a few per cent: a prime core is among the big ones.
    most = max(found.values())
    return tuple(core for core, value in sorted(found.items()) if value >= 0.7 * most)


def _strength(folder: Path) -> float | None:
    capacity = read_number(folder / "cpu_capacity")
    return capacity if capacity else read_number(folder / "cpufreq/cpuinfo_max_freq")
