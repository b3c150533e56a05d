"""Thermal zones, their limits, and the processor's own count of throttling.

Source: https://docs.kernel.org/driver-api/thermal/sysfs-api.html (millidegrees Celsius).
"""

from __future__ import annotations

from pinpoint_edge.bench.sensors.files import FileSensor, source
from pinpoint_edge.bench.sensors.sensor import Machine, read_number, read_text

FOLDER = "/sys/class/thermal"
ABSENT = -200.0
"""Degrees below which a zone is switched off: Jetson's say -256."""


def find(machine: Machine) -> FileSensor | str:
    """Return all zones that have a temperature, or why there are none."""
    zones, seen = [], dict[str, int]()
    for folder in machine.glob(f"{FOLDER}/thermal_zone*"):
        value = read_number(folder / "temp")
        if value is None or value / 1000 < ABSENT:
            continue
        kind = read_text(folder / "type") or folder.name
        seen[kind] = seen.get(kind, 0) + 1
        name = kind if seen[kind] == 1 else f"{kind}-{seen[kind]}"
        zones.append(source(name, "°C", folder / "temp", 1e-3))
    if not zones:
        for path in machine.glob("/sys/class/hwmon/hwmon*/temp*_input"):
            label = read_text(path.with_name(path.name.replace("input", "label"))) or path.name
            zones.append(source(f"{path.parent.name} {label}", "°C", path, 1e-3))
    return FileSensor("thermal", zones) if zones else f"{FOLDER} has no zone"


def limits(machine: Machine) -> dict[str, float]:
    """Return the least temperature, by zone, at which the system slows down."""
    found: dict[str, float] = {}
    for trip in machine.glob(f"{FOLDER}/thermal_zone*/trip_point_*_type"):
        value = read_number(trip.with_name(trip.name.replace("_type", "_temp")))
        if read_text(trip) in ("passive", "hot", "critical") and value and value > 0:
            zone = read_text(trip.parent / "type") or trip.parent.name
            found[zone] = min(found.get(zone, 1e9), value / 1000)
    return found


def throttle_count(machine: Machine) -> int | None:
    """Return how often the cores were slowed down since the start; None where nobody counts."""
    pattern = "/sys/devices/system/cpu/cpu*/thermal_throttle/core_throttle_count"
    counts = [read_number(path) for path in machine.glob(pattern)]
    known = [int(count) for count in counts if count is not None]
    return sum(known) if known else None
