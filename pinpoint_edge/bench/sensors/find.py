"""All sensors of a machine, and why the others are missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pinpoint_edge.bench.sensors import (
    battery,
    cpufreq,
    ina3221,
    powermetrics,
    rapl,
    tegrastats,
    thermal,
    vcgencmd,
)
from pinpoint_edge.bench.sensors.sensor import Machine, Sensor

# For power the first one with a total counts: it is read when asked, and covers the most.
FINDERS: Mapping[str, Callable[[Machine], Sensor | str]] = {
    "ina3221": ina3221.find,
    "tegrastats": tegrastats.find,
    "vcgencmd": vcgencmd.find,
    "powermetrics": powermetrics.find,
    "battery": battery.find,
    "rapl": rapl.find,
    "thermal": thermal.find,
    "cpufreq": cpufreq.find,
}


@dataclass(frozen=True)
class Found:
    """The sensors that work, and the reason of each that does not."""

    sensors: tuple[Sensor, ...]
    missing: dict[str, str]

    @property
    def power(self) -> Sensor | None:
        """The sensor of the total power; None where no sensor knows it."""
        return next((sensor for sensor in self.sensors if sensor.total), None)

    def close(self) -> None:
        """Close all sensors."""
        for sensor in self.sensors:
            sensor.close()


def find_sensors(machine: Machine) -> Found:
    """Try every kind of sensor; those that run a program start it."""
    sensors: list[Sensor] = []
    missing: dict[str, str] = {}
    for name, finder in FINDERS.items():
        found = finder(machine)
        if isinstance(found, str):
            missing[name] = found
        else:
            sensors.append(found)
            if found.total is None and any(c.unit in ("W", "J") for c in found.channels):
                rails = ", ".join(c.name for c in found.channels if c.unit in ("W", "J"))
                missing[f"{name} total"] = f"its rails are of no known board: {rails}"
    return Found(tuple(sensors), missing)
