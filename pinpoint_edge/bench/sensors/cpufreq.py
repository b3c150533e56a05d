"""Clocks of the processor, one channel a group of cores that change together.

Source: https://docs.kernel.org/admin-guide/pm/cpufreq.html (kHz).
"""

from __future__ import annotations

from pinpoint_edge.bench.sensors.files import FileSensor, source
from pinpoint_edge.bench.sensors.sensor import Machine, read_text

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
