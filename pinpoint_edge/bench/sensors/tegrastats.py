"""tegrastats: a line of all figures of a Jetson, again and again, from a program that runs on.

Source: https://docs.nvidia.com/jetson/archives/r36.4/DeveloperGuide/AT/JetsonLinuxDevelopmentTools/TegrastatsUtility.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from pinpoint_edge.bench.sensors import jetson
from pinpoint_edge.bench.sensors.followed import Followed
from pinpoint_edge.bench.sensors.sensor import Channel, Machine, SensorStopped

INTERVAL_MS = 100
_RAIL = re.compile(r"\b([A-Z][A-Z0-9_]*) (\d+)(?:mW)?/(\d+)(?:mW)?(?:/(\d+)(?:mW)?)?(?= |$)")
_HEAT = re.compile(r"\b([A-Za-z][\w-]*)@(-?\d+(?:\.\d+)?)C")
_CORES = re.compile(r"\bcpu \[([^\]]*)\](?:@(\d+))?", re.IGNORECASE)
_GPU = re.compile(r"\bGR3D(?:_FREQ)? \d+%@\[?(\d+)")
_NO_RAIL = {"RAM", "SWAP", "IRAM", "NC"}
OFF = -200.0  # degrees: a sensor that is switched off says -256


@dataclass(frozen=True)
class Line:
    """The figures of a line: watts by rail, degrees by zone, MHz by clock."""

    rails: Mapping[str, float] = field(default_factory=dict)
    heat: Mapping[str, float] = field(default_factory=dict)
    clocks: Mapping[str, float] = field(default_factory=dict)

    @property
    def values(self) -> dict[str, float]:
        """All figures by the names of their channels."""
        return {**self.rails, **{f"{k} zone": v for k, v in self.heat.items()}, **self.clocks}


def parse(text: str) -> Line:
    """Read a line of any JetPack; what a line lacks (no root, cores off) is left out.

    A rail's numbers are the power now, its average, and in the newest a third; the first counts.
    """
    rails = {name: int(now) / 1000 for name, now, *_ in _RAIL.findall(text) if name not in _NO_RAIL}
    heat = {name: float(value) for name, value in _HEAT.findall(text) if float(value) > OFF}
    clocks: dict[str, float] = {}
    if found := _CORES.search(text):
        own = [int(value) for value in re.findall(r"@(\d+)", found[1])]
        shared = [int(found[2])] if found[2] else []
        if own or shared:
            clocks["cpu"] = float(max(own or shared))
    if gpu := _GPU.search(text):
        clocks["gpu"] = float(gpu[1])
    return Line(rails, heat, clocks)


def find(machine: Machine) -> Tegrastats | str:
    """Start tegrastats and return it as a sensor, or why there is none."""
    program = machine.program("tegrastats")
    if program is None:
        return "tegrastats is not installed: no Jetson"
    try:
        return Tegrastats(program)
    except (OSError, SensorStopped) as error:
        return f"tegrastats: {error}"


class Tegrastats:
    """The last line of a running tegrastats; its channels are those of the first one."""

    name = "tegrastats"

    def __init__(self, program: str) -> None:
        command = [program, "--interval", str(INTERVAL_MS)]
        self._lines = Followed(command, lambda text: parse(text) if parse(text).values else None)
        line = self._lines.last()
        self.channels = (
            *(Channel(name, "W") for name in line.rails),
            *(Channel(f"{name} zone", "°C") for name in line.heat),
            *(Channel(name, "MHz") for name in line.clocks),
        )
        self.total = jetson.total(line.rails)
        self._known = {channel.name for channel in self.channels}

    def sample(self) -> Mapping[str, float]:
        """Return the figures of the last line; raises SensorStopped when no more come."""
        values = self._lines.last().values
        return {name: value for name, value in values.items() if name in self._known}

    def close(self) -> None:
        """End the program."""
        self._lines.close()
