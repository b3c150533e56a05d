"""One measurement: its figures, and everything that is needed to measure it again."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from pinpoint_edge.bundle import codec
from pinpoint_edge.errors import BundleError, DataError

SECTIONS = {
    "answers": "Answers",
    "retrieval": "Retrieval",
    "targets": "Targets",
    "recipes": "Recipes",
    "speed": "Speed and memory",
    "baselines": "Baselines",
}
# How far a set may be trusted: only `unseen` ones chose neither weights nor settings.
ROLES = ("unseen", "selection", "training", "generated", "demo")

_DIGEST = re.compile(r"[0-9a-f]{64}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class Sample:
    """A set of pages that was measured; `n` counts `unit`s, `role` is one of ROLES."""

    name: str
    n: int
    unit: str
    role: str


@dataclass(frozen=True)
class Figure:
    """One cell of a record's table: a number with a 95 % interval, or a word."""

    row: str
    column: str
    value: float | str
    interval: tuple[float, float] | None = None
    decimals: int = 0
    unit: str = ""

    def text(self) -> str:
        """The figure as a reader sees it, such as `.895 [.851, .932]` or `20 %`."""
        if isinstance(self.value, str):
            return self.value
        unit = f" {self.unit}" if self.unit else ""
        if self.interval is None:
            return self._number(self.value) + unit
        low, high = (self._number(bound) for bound in self.interval)
        return f"{self._number(self.value)}{unit} [{low}, {high}]"

    def _number(self, value: float) -> str:
        text = f"{value:,.{self.decimals}f}"
        zero = re.fullmatch(r"(-?)0(\.\d+)", text)
        return (zero[1] if zero and float(text) else "") + zero[2] if zero else text


@dataclass(frozen=True)
class Record:
    """One measurement.

    `weights` holds the sha256 of each weights file that decided a figure, by the name of its part;
    None where they are no longer known. `version` is that of `pinpoint-edge`.
    """

    id: str
    section: str
    title: str
    date: str
    measured: str
    sets: tuple[Sample, ...]
    figures: tuple[Figure, ...]
    commands: tuple[str, ...]
    machine: str
    weights: Mapping[str, str] | None
    recipe: str
    version: str
    notes: tuple[str, ...] = ()
    picture: str | None = None

    def figure(self, row: str, column: str) -> Figure:
        """The figure of a cell; raises DataError where there is none."""
        for figure in self.figures:
            if (figure.row, figure.column) == (row, column):
                return figure
        raise DataError(
            f"results/{self.id}.json has no figure '{row}' of '{column}'; "
            "name one of its own in results/readme.json."
        )

    def stale_parts(self, shipped: Mapping[str, str]) -> list[str] | None:
        """The parts whose shipped weights are others today; None where nobody knows."""
        if self.weights is None:
            return None
        weights = self.weights.items()
        return sorted(part for part, digest in weights if shipped.get(part) != digest)


def shipped_digests(folder: Path) -> dict[str, str]:
    """The sha256 of every weights file in `folder`, by the name of its part."""
    return {
        path.stem: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.glob("*.safetensors"))
    }


def load_records(folder: Path) -> list[Record]:
    """Read the records of `folder` by section and name; raises DataError on the first fault."""
    paths = sorted(path for path in folder.glob("*.json") if path.stem != "readme")
    if not paths:
        raise DataError(f"{folder} holds no record; run this from the repository's root.")
    records = [load_record(path) for path in paths]
    order = list(SECTIONS)
    return sorted(records, key=lambda record: (order.index(record.section), record.id))


def load_record(path: Path) -> Record:
    """Read one record; raises DataError."""
    try:
        value = codec.parse(path.read_bytes(), str(path))
        record = codec.decode(Record, value)
    except BundleError as error:
        raise DataError(f"{path}: {error}") from error
    known = {field.name for field in fields(Record)}
    if isinstance(value, dict) and (unknown := sorted(set(value) - known)):
        raise DataError(f"{path}: unknown field {unknown[0]}; known are {', '.join(known)}.")
    for fault in _faults(record, path.stem):
        raise DataError(f"{path}: {fault}.")
    return record


def _faults(record: Record, name: str) -> list[str]:
    weights = record.weights or {}
    cells = [(figure.row, figure.column) for figure in record.figures]
    checks = {
        f"the id is {record.id}; name the file after it": record.id == name,
        f"there is no section {record.section}": record.section in SECTIONS,
        f"the date {record.date} is not YYYY-MM-DD": bool(_DATE.fullmatch(record.date)),
        "a set's role is none of " + ", ".join(ROLES): all(s.role in ROLES for s in record.sets),
        "there is no figure": bool(record.figures),
        "two figures stand in one cell": len(set(cells)) == len(cells),
        "there is no command": bool(record.commands),
        "a digest is no sha256": all(_DIGEST.fullmatch(digest) for digest in weights.values()),
        "an interval does not hold its value": all(_holds(figure) for figure in record.figures),
    }
    return [fault for fault, good in checks.items() if not good]


def _holds(figure: Figure) -> bool:
    if figure.interval is None or isinstance(figure.value, str):
        return figure.interval is None
    low, high = figure.interval
    return low <= figure.value <= high
