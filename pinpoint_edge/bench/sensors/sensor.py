"""The seam of the sensors: a sensor reads its channels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from pinpoint_edge.runtime.board import Machine, read_number, read_text

__all__ = [
    "Channel", "Machine", "Sensor", "SensorStopped", "Total", "Unit", "read_number", "read_text",
]  # fmt: skip

Unit = Literal["W", "J", "°C", "MHz", "flag"]
"""W: power; J: a counter of energy that rises; flag: 1 while a state holds, 0 otherwise."""


@dataclass(frozen=True)
class Channel:
    """One measured value of a sensor; a counter starts again at 0 after `wraps_at`."""

    name: str
    unit: Unit
    wraps_at: float | None = None


@dataclass(frozen=True)
class Total:
    """The channels whose sum is the power of `scope`, such as "the module"."""

    channels: tuple[str, ...]
    scope: str


class SensorStopped(Exception):
    """A sensor that worked gives nothing more; the message says why."""


class Sensor(Protocol):
    """A source of values; `total` is None where its channels have no known sum."""

    @property
    def name(self) -> str: ...

    @property
    def channels(self) -> tuple[Channel, ...]: ...

    @property
    def total(self) -> Total | None: ...

    def sample(self) -> Mapping[str, float]:
        """Return the values that are there now, by channel; raises SensorStopped."""
        ...

    def close(self) -> None:
        """End what the sensor started."""
        ...
