"""One measurement: its figures, and everything that is needed to measure it again."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pinpoint_edge.errors import DataError
from pinpoint_edge.storage.json_text import parse_json
from pinpoint_edge.storage.records import Check, decode

SECTIONS = {
    "answers": "Answers",
    "retrieval": "Retrieval",
    "targets": "Targets",
    "recipes": "Recipes",
    "speed": "Speed and memory",
    "baselines": "Baselines",
}

Date = Annotated[str, Check(re.compile(r"\d{4}-\d{2}-\d{2}").fullmatch, "a date, YYYY-MM-DD")]
Digest = Annotated[str, Check(re.compile(r"[0-9a-f]{64}").fullmatch, "a sha256 in hexadecimal")]
Section = Annotated[str, Check(SECTIONS.__contains__, " or ".join(SECTIONS))]
Commands = Annotated[tuple[str, ...], Check(bool, "one command or more")]


@dataclass(frozen=True)
class Sample:
    """A set of pages that was measured; `n` counts `unit`s.

    `role`: only an unseen set chose neither weights nor settings.
    """

    name: str
    n: int
    unit: str
    role: Literal["unseen", "selection", "training", "generated", "demo"]


@dataclass(frozen=True)
class Figure:
    """One cell of a record's table: a number with a 95 % interval, or a word."""

    row: str
    column: str
    value: float | str
    interval: tuple[float, float] | None = None
    decimals: int = 0
    unit: str = ""

    def __post_init__(self) -> None:
        if self.interval is None:
            return
        low, high = self.interval
        if isinstance(self.value, str) or not low <= self.value <= high:
            raise ValueError(f"the interval [{low}, {high}] does not hold the value {self.value}")

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
        sign = "-" if text.startswith("-") and float(text) else ""
        return sign + (re.sub(r"^0(?=\.)", "", text.lstrip("-")))


@dataclass(frozen=True)
class Record:
    """One measurement.

    `weights` holds the sha256 of each weights file that decided a figure, by the name of its part;
    None where the repository does not hold them. `version` is that of `pinpoint-edge`.
    """

    id: str
    section: Section
    title: str
    date: Date
    measured: str
    sets: tuple[Sample, ...]
    figures: Annotated[tuple[Figure, ...], Check(bool, "one figure or more")]
    commands: Commands
    machine: str
    weights: Mapping[str, Digest] | None
    recipe: str
    version: str
    notes: tuple[str, ...] = ()
    picture: str | None = None

    def __post_init__(self) -> None:
        cells = [(figure.row, figure.column) for figure in self.figures]
        for cell in cells:
            if cells.count(cell) > 1:
                raise ValueError(f"two figures have the row {cell[0]!r} and column {cell[1]!r}")

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
    order = list(SECTIONS)
    records = [load_record(path) for path in paths]
    return sorted(records, key=lambda record: (order.index(record.section), record.id))


def load_record(path: Path) -> Record:
    """Read one record; raises DataError."""
    try:
        record = decode(Record, parse_json(path.read_bytes()), str(path))
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read as JSON: {error}; write it again.") from error
    if record.id != path.stem:
        raise DataError(f"{path}: its id is {record.id!r}; name the file after it.")
    return record
