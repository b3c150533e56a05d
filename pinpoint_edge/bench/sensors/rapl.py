"""RAPL: the energy counters of Intel and AMD processors, /sys/class/powercap.

The files are readable for root alone since Linux 5.10 (CVE-2020-8694).
Source: https://docs.kernel.org/power/powercap/powercap.html
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from pinpoint_edge.bench.sensors.files import FileSensor, source
from pinpoint_edge.bench.sensors.sensor import Machine, Total, read_number, read_text

FOLDER = "/sys/class/powercap"


def find(machine: Machine) -> FileSensor | str:
    """Return the counters of all packages, or why there are none.

    psys, where a board has it, counts the whole platform; otherwise the total is that of the
    packages and of memory that is counted apart. Cores and GPU are parts of their package.
    """
    zones: dict[str, Path] = {}
    locked = False
    for folder in machine.glob(f"{FOLDER}/intel-rapl:*"):
        name, counter = read_text(folder / "name"), folder / "energy_uj"
        if name is None or not counter.exists():
            continue
        if not os.access(counter, os.R_OK):
            locked = True
            continue
        number = folder.name.split(":")[1]
        unique = name if re.search(r"\d", name) or name == "psys" else f"{name}-{number}"
        zones[unique] = counter
    if not zones:
        return f"{FOLDER}/*/energy_uj is for root alone" if locked else f"{FOLDER} has no counter"
    if "psys" in zones:
        total = Total(("psys",), "the platform")
    else:
        parts = [n for n in zones if n.startswith(("package", "dram"))]
        total = Total(tuple(parts), "the processor packages and their memory")
    return FileSensor(
        "rapl",
        [source(name, "J", path, 1e-6, _range(path)) for name, path in zones.items()],
        total if total.channels else None,
    )


def _range(counter: Path) -> float | None:
    """Return the joules after which a counter starts again at 0."""
    value = read_number(counter.with_name("max_energy_range_uj"))
    return value and value * 1e-6
