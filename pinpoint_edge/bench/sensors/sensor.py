"""The seam of the sensors: a sensor reads its channels, and a machine is where it finds them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

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


@dataclass(frozen=True)
class Machine:
    """Where sensors look: the files below `root`, and programs by the PATH.

    Another root is a recorded tree, as in a test.
    """

    root: Path = Path("/")

    def path(self, name: str) -> Path:
        """Return the place of an absolute path below the root."""
        return self.root / name.lstrip("/")

    def text(self, name: str) -> str | None:
        """Return the stripped text of a file; None where it is missing, locked or empty."""
        return read_text(self.path(name))

    def glob(self, pattern: str) -> Iterator[Path]:
        """Yield the paths below the root that match an absolute pattern, in order."""
        yield from sorted(self.root.glob(pattern.lstrip("/")))

    def program(self, name: str) -> str | None:
        """Return the path of a program, None where it is not installed."""
        return shutil.which(name, path=os.environ.get("PATH"))


def read_text(path: Path) -> str | None:
    """Return the stripped text of a file; None where it is missing, locked or empty."""
    try:
        return path.read_text("utf-8", "replace").strip().strip("\0") or None
    except OSError:
        return None


def read_number(path: Path) -> float | None:
    """Return the number in a file; None where there is none."""
    try:
        return float(read_text(path) or "")
    except ValueError:
        return None
