"""The battery of a laptop or a phone while it is not charged: voltage times current.

Source: https://docs.kernel.org/power/power_supply_class.html (microvolts, microamperes,
microwatts).
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping

from pinpoint_edge.bench.sensors.files import FileSensor, Source, source
from pinpoint_edge.bench.sensors.sensor import Channel, Machine, SensorStopped, Total, read_text

FOLDER = "/sys/class/power_supply"
SCOPE = "the device, by its battery"


def find(machine: Machine) -> FileSensor | Dumpsys | str:
    """Return a battery that is drawn from, or why there is none.

    A battery that is being charged says nothing of what the device takes.
    """
    for folder in machine.glob(f"{FOLDER}/*"):
        if read_text(folder / "type") != "Battery":
            continue
        state = read_text(folder / "status")
        if state != "Discharging":
            return f"the battery is {(state or 'unknown').lower()}: unplug the charger"
        name = f"battery {folder.name}"
        power, volts = folder / "power_now", folder / "voltage_now"
        current: Source
        if power.exists():
            current = source(name, "W", power, 1e-6)
        elif volts.exists() and (folder / "current_now").exists():
            current = source(name, "W", (volts, folder / "current_now"), 1e-12)
        else:
            return f"{folder} shows neither power nor current"
        return FileSensor("battery", [current], Total((name,), SCOPE))
    if program := machine.program("dumpsys"):
        return Dumpsys(program)
    return f"{FOLDER} has no battery"


class Dumpsys:
    """Android's `dumpsys battery`: the temperature alone, since most phones show no current."""

    name = "dumpsys"
    channels = (Channel("battery", "°C"),)
    total = None

    def __init__(self, program: str) -> None:
        self._program = program

    def sample(self) -> Mapping[str, float]:
        """Ask once; raises SensorStopped."""
        done = subprocess.run([self._program, "battery"], capture_output=True, text=True)
        found = parse(done.stdout)
        if done.returncode or "temperature" not in found:
            raise SensorStopped("`dumpsys battery` shows no temperature")
        return {"battery": found["temperature"] / 10}

    def close(self) -> None:
        """Nothing was started."""


def parse(text: str) -> dict[str, float]:
    """Return the numbers of `dumpsys battery`: mV, tenths of a degree, per cent of `scale`."""
    return {
        key.strip().lower(): float(value)
        for key, value in re.findall(r"^ *([\w ]+): (-?\d+)\s*$", text, re.MULTILINE)
    }
