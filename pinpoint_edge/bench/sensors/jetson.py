"""Jetson boards: the rails that add up to the power of the module.

Source: "Jetson Linux Developer Guide", sections on power consumption, with the INA3221 channels of
each module. None of the sums was checked on a board.
"""

from __future__ import annotations

from collections.abc import Collection

from pinpoint_edge.bench.sensors.sensor import Total

MODULE = "the module"
# Best first: an input rail carries everything, a sum only the rails that it names.
TOTALS = (
    ("VDD_IN",),  # Orin Nano, Orin NX, Xavier NX, TX2, TX1
    ("VIN",),  # Thor
    ("POM_5V_IN",),  # Nano
    ("GPU", "CPU", "SOC", "CV", "VDDRQ", "SYS5V"),  # AGX Xavier
    ("VDD_GPU_SOC", "VDD_CPU_CV", "VIN_SYS_5V0"),  # AGX Orin
)


def total(rails: Collection[str]) -> Total | None:
    """Return the module's power as rails to add up; None where the rails are of no known board."""
    for names in TOTALS:
        if set(names) <= set(rails):
            scope = MODULE if len(names) == 1 else f"{MODULE}: the sum of {', '.join(names)}"
            return Total(names, scope)
    return None
