"""INA3221: the current sensors of Jetson boards, as hwmon or older IIO files.

Source: https://docs.kernel.org/hwmon/ina3221.html (in*_input in mV, curr*_input in mA).
"""

from __future__ import annotations

from pathlib import Path

from pinpoint_edge.bench.sensors import jetson
from pinpoint_edge.bench.sensors.files import FileSensor, Source, source
from pinpoint_edge.bench.sensors.sensor import Machine, read_text

FOLDER = "/sys/bus/i2c/drivers/ina3221"
SUMS = ("sum of shunt voltages",)  # a channel of the chip that is no rail


def find(machine: Machine) -> FileSensor | str:
    """Return the rails that have a name, or why there are none."""
    rails: list[Source] = []
    for label in machine.glob(f"{FOLDER}/*/hwmon/hwmon*/in*_label"):
        number = label.name.removeprefix("in").removesuffix("_label")
        files = [label.with_name(f"{kind}{number}_input") for kind in ("in", "curr")]
        rails += _rail(label, files, 1e-6)
    for label in machine.glob("/sys/bus/i2c/drivers/ina3221x/*/iio:device*/rail_name_*"):
        number = label.name.removeprefix("rail_name_")
        rails += _rail(label, [label.with_name(f"in_power{number}_input")], 1e-3)
    if not rails:
        return f"{FOLDER} has no rail: no Jetson board, or its driver is not loaded"
    names = [rail.channel.name for rail in rails]
    return FileSensor("ina3221", rails, jetson.total(names))


def _rail(label: Path, files: list[Path], scale: float) -> list[Source]:
    name = read_text(label)
    if name is None or name in (*SUMS, "NC") or not all(file.exists() for file in files):
        return []
    return [source(name, "W", files, scale)]
