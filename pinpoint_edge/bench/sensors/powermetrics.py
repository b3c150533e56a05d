"""macOS: `powermetrics`, which only root may run.

Source: `man powermetrics`; the combined power is that of CPU, GPU and Neural Engine.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from pinpoint_edge.bench.sensors.followed import Followed
from pinpoint_edge.bench.sensors.sensor import Channel, Machine, SensorStopped, Total

INTERVAL_MS = 200
_POWER = re.compile(r"^(?:Combined Power \(CPU \+ GPU \+ ANE\)|Package Power): (\d+) mW", re.M)


def parse(line: str) -> float | None:
    """Return the watts that a line shows for all together; None for any other line."""
    found = _POWER.match(line)
    return int(found[1]) / 1000 if found else None


def find(machine: Machine) -> Powermetrics | str:
    """Start powermetrics and return it as a sensor, or why there is none."""
    program = machine.program("powermetrics")
    if program is None:
        return "powermetrics is not installed: no macOS"
    try:
        return Powermetrics(program)
    except (OSError, SensorStopped) as error:
        return f"powermetrics: {error}; it needs root (sudo)"


class Powermetrics:
    """The last combined power of a running powermetrics."""

    name = "powermetrics"
    channels = (Channel("combined", "W"),)
    total = Total(("combined",), "CPU, GPU and Neural Engine")

    def __init__(self, program: str) -> None:
        samplers = "cpu_power,gpu_power,ane_power"
        command = [program, "--samplers", samplers, "-i", str(INTERVAL_MS)]
        self._watts = Followed(command, parse)

    def sample(self) -> Mapping[str, float]:
        """Return the last power; raises SensorStopped when no more come."""
        return {"combined": self._watts.last()}

    def close(self) -> None:
        """End the program."""
        self._watts.close()
