"""A sensor whose channels are one file each: thermal zones, clocks, rails, counters."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pinpoint_edge.bench.sensors.sensor import Channel, SensorStopped, Total, Unit


@dataclass(frozen=True)
class Source:
    """The files whose product, times `scale`, is a channel's value."""

    channel: Channel
    paths: tuple[Path, ...]
    scale: float


def source(
    name: str, unit: Unit, paths: Path | Sequence[Path], scale: float, wraps_at: float | None = None
) -> Source:
    """Describe a channel that is read from a file, or from files to multiply."""
    files = (paths,) if isinstance(paths, Path) else tuple(paths)
    return Source(Channel(name, unit, wraps_at), files, scale)


class FileSensor:
    """Reads a file a channel; it keeps the files open, so that a sample is one call each."""

    def __init__(self, name: str, sources: Sequence[Source], total: Total | None = None) -> None:
        self.name, self.total = name, total
        self.channels = tuple(each.channel for each in sources)
        self._sources = tuple(sources)
        self._files: dict[Path, int] = {}

    def sample(self) -> Mapping[str, float]:
        """Read all channels; one that cannot be read now is left out."""
        values = {}
        for each in self._sources:
            numbers = [self._number(path) for path in each.paths]
            if None not in numbers:
                value = each.scale
                for number in numbers:
                    value *= number or 0.0
                values[each.channel.name] = value
        if not values:
            raise SensorStopped(f"none of its {len(self._sources)} files can be read any more")
        return values

    def _number(self, path: Path) -> float | None:
        try:
            if path not in self._files:
                self._files[path] = os.open(path, os.O_RDONLY)
            return float(os.pread(self._files[path], 64, 0))
        except (OSError, ValueError):
            return None

    def close(self) -> None:
        """Close the files."""
        for file in self._files.values():
            os.close(file)
        self._files.clear()
