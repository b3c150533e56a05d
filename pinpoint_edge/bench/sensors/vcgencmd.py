"""Raspberry Pi: `vcgencmd`, its throttled flags, clock, temperature, and a Pi 5's power by rails.

Source: https://www.raspberrypi.com/documentation/computers/os.html#vcgencmd
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping

from pinpoint_edge.bench.sensors.sensor import Channel, Machine, SensorStopped, Total

# Bits of get_throttled that hold now; the same, 16 higher, were set since the start.
FLAGS = {0: "under-voltage", 1: "clock capped", 2: "throttled", 3: "soft temperature limit"}


def find(machine: Machine) -> Vcgencmd | str:
    """Return the board's sensor, or why there is none."""
    program = machine.program("vcgencmd")
    if program is None:
        return "vcgencmd is not installed: no Raspberry Pi"
    sensor = Vcgencmd(program)
    try:
        sensor.sample()
    except SensorStopped as error:
        return f"vcgencmd: {error}"
    return sensor


class Vcgencmd:
    """Asks the firmware by one program a question: each takes a few milliseconds."""

    name = "vcgencmd"

    def __init__(self, program: str) -> None:
        self._program = program
        self._pmic = bool(rails(self._ask("pmic_read_adc", needed=False)))
        power = (Channel("pmic", "W"),) if self._pmic else ()
        flags = tuple(Channel(name, "flag") for name in FLAGS.values())
        self.channels = (Channel("soc", "°C"), Channel("arm", "MHz"), *flags, *power)
        self.total = Total(("pmic",), "the rails behind the Pi 5's PMIC") if self._pmic else None

    def sample(self) -> Mapping[str, float]:
        """Ask for all channels; raises SensorStopped."""
        bits = re.search(r"throttled=0x([0-9a-fA-F]+)", self._ask("get_throttled"))
        heat = re.search(r"temp=([\d.]+)", self._ask("measure_temp"))
        clock = re.search(r"=(\d+)", self._ask("measure_clock", "arm"))
        if bits is None or heat is None or clock is None:
            raise SensorStopped("its answers have another form")
        held = int(bits[1], 16)
        values = {name: float(held >> bit & 1) for bit, name in FLAGS.items()}
        values |= {"soc": float(heat[1]), "arm": float(clock[1]) / 1e6}
        if self._pmic:
            values["pmic"] = sum(rails(self._ask("pmic_read_adc")).values())
        return values

    def _ask(self, *arguments: str, needed: bool = True) -> str:
        try:
            done = subprocess.run(
                [self._program, *arguments], capture_output=True, text=True, timeout=5
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise SensorStopped(str(error)) from error
        if done.returncode and needed:
            raise SensorStopped((done.stderr or done.stdout).strip() or f"exit {done.returncode}")
        return done.stdout

    def close(self) -> None:
        """Nothing was started."""


def rails(text: str) -> dict[str, float]:
    """Return watts by rail of `vcgencmd pmic_read_adc`: a current and a voltage each."""
    amperes = dict(re.findall(r"(\w+)_A current\(\d+\)=([\d.]+)A", text))
    volts = dict(re.findall(r"(\w+)_V volt\(\d+\)=([\d.]+)V", text))
    return {rail: float(amperes[rail]) * float(volts[rail]) for rail in amperes.keys() & volts}
