"""A record: all that one run of the protocol measured, in one JSON file.

Times are milliseconds, or seconds since the start of the run where a name ends in `_s`; energy is
in joules, memory in bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pinpoint_edge.bench.memory import StageMemory
from pinpoint_edge.errors import DataError
from pinpoint_edge.storage.atomic import write_json
from pinpoint_edge.storage.json_text import parse_json
from pinpoint_edge.storage.records import decode, encode

SCHEMA = 1
Box = tuple[float, float, float, float]


def digits(value: float) -> str:
    """Return a number with three digits that count, or all of those before its point."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


@dataclass(frozen=True)
class Figure:
    """A value with its 95 % interval; no interval of fewer than two values."""

    value: float
    low: float | None
    high: float | None
    count: int

    def __str__(self) -> str:
        if self.low is None or self.high is None:
            return digits(self.value)
        return f"{digits(self.value)} [{digits(self.low)}, {digits(self.high)}]"


@dataclass(frozen=True)
class DeviceFacts:
    """Where a bundle ran: local, ssh or qemu-arm64; the times of an emulated one mean nothing."""

    kind: str
    name: str
    emulated: bool


@dataclass(frozen=True)
class BundleFacts:
    """Which bundle ran."""

    name: str
    digest: str
    size_bytes: int
    target: str
    recipe: str


@dataclass(frozen=True)
class Settings:
    """How the protocol was run; None for the bundle's or the runtime's own choice."""

    runs: int
    sustained_min: float
    idle_s: float
    threads: int | None = None
    runtime: str | None = None
    providers: tuple[str, ...] | None = None
    cores: tuple[int, ...] | None = None


@dataclass(frozen=True)
class MeasuredAnswer:
    """One answer in one round, with its times and its energy.

    `cold_ms` holds the opening of the page as well, of the first question on it alone; `stages`
    are those of the opening, where it counts, and of the question. `joules` is all that the device
    took then, the idle power included; None without a sensor.
    """

    round: int
    id: str
    page: str
    width: int
    height: int
    question: str
    gold: tuple[str, ...]
    gold_boxes: tuple[Box, ...]
    answer: str | None
    confidence: float
    boxes: tuple[Box, ...]
    anls: float
    tokens: int
    at_s: float
    ms: float
    cold_ms: float | None
    stages: Mapping[str, float]
    joules: float | None
    taken_s: float

    @property
    def is_cold(self) -> bool:
        return self.cold_ms is not None


@dataclass(frozen=True)
class SensorSeries:
    """The samples of a channel, thinned out for the pictures."""

    sensor: str
    channel: str
    unit: str
    times_s: tuple[float, ...]
    values: tuple[float, ...]


@dataclass(frozen=True)
class Energy:
    """Joules of an answer beyond the idle power, and the powers that they are made of.

    `scope` names what the sensor covers. Intervals hold the spread of the answers and the error of
    the idle power.
    """

    sensor: str
    scope: str
    idle_watts: float
    idle_error_watts: float
    busy_watts: float
    cold_page_joules: Figure | None
    further_joules: Figure | None


@dataclass(frozen=True)
class WarmUp:
    """Uncounted pages before the measured ones, and whether their times settled."""

    runs: int
    settled: bool


@dataclass(frozen=True)
class SustainedPage:
    """A page of the sustained run."""

    at_s: float
    page: str
    cold_ms: float


@dataclass(frozen=True)
class Validity:
    """Whether the times may be published, and why not."""

    valid: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Record:
    """All figures of a bundle on a device.

    `changed` are the questions that were answered in two ways; `missing` says why a sensor is not
    there; `sampling_share` is the processor time that the sensors took.
    """

    schema: Literal[1]
    created: str
    version: str
    device: DeviceFacts
    bundle: BundleFacts
    settings: Settings
    machine: Mapping[str, Any]
    load_ms: float
    first_run_ms: float
    warm_up: WarmUp
    answers: tuple[MeasuredAnswer, ...]
    changed: tuple[str, ...]
    sustained: tuple[SustainedPage, ...]
    memory: tuple[StageMemory, ...]
    series: tuple[SensorSeries, ...]
    missing: Mapping[str, str]
    sampling_share: float
    energy: Energy | None
    figures: Mapping[str, Figure]
    validity: Validity

    @property
    def name(self) -> str:
        """The bundle and the device, for titles."""
        return f"{self.bundle.name} on {self.device.name}"


def read_record(path: Path) -> Record:
    """Read a record; raises DataError for what is none, or of another schema."""
    try:
        value = parse_json(path.read_bytes())
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise DataError(
            f"{path}: no JSON: {error}; give a file of `pinpoint-bench run`."
        ) from error
    schema = value.get("schema") if isinstance(value, dict) else None
    if schema is None:
        raise DataError(f"{path}: no record; give a file of `pinpoint-bench run`.")
    if schema != SCHEMA:
        raise DataError(
            f"{path}: a record of schema {json.dumps(schema)}, and this version reads {SCHEMA}: "
            "measure again, or read it with the version that wrote it."
        )
    return decode(Record, value, str(path))


def write_record(path: Path, record: Record) -> None:
    """Write a record, whole or not at all; raises OutputError."""
    write_json(path, rounded(encode(record)))


def rounded(value: Any) -> Any:
    """Return JSON values with numbers of six digits: no sensor or clock here has more."""
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [rounded(item) for item in value]
    return float(f"{value:.7g}") if isinstance(value, float) else value
