"""Figures of records as a table for a README and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from pinpoint_edge.bench.record.record import Figure, Record, digits
from pinpoint_edge.bench.report.pictures import peak_megabytes

ANSWER_FIELDS = (
    *("round", "id", "page", "question", "answer", "anls", "confidence", "tokens", "ms"),
    *("cold_ms", "joules"),
)


def rows(records: Sequence[Record]) -> list[tuple[str, list[str]]]:
    """Return the lines of the table of figures: a label, and a cell a record."""

    def of_energy(name: str) -> list[Figure | float | str | None]:
        return [getattr(record.energy, name, None) for record in records]

    lines: list[tuple[str, list[Figure | float | str | None]]] = [
        ("valid", ["yes" if r.validity.valid else "no" for r in records]),
        ("ANLS", [r.figures.get("anls") for r in records]),
        ("load, ms", [r.load_ms for r in records]),
        ("first run, ms", [r.first_run_ms for r in records]),
    ]
    for name, label in (("cold_page", "cold page"), ("further_question", "further question")):
        for percent in (50, 90, 99):
            figures = [r.figures.get(f"{name}_p{percent}") for r in records]
            lines.append((f"{label}, p{percent}, ms", [*figures]))
    lines += [
        ("last third of the sustained run, times", [_slowdown(r) for r in records]),
        ("peak memory, MB", [peak_megabytes(r) for r in records]),
        ("bundle, MB", [r.bundle.size_bytes / 1e6 for r in records]),
        ("idle power, W", of_energy("idle_watts")),
        (
            "cold page beyond idle, J",
            of_energy("cold_page_joules"),
        ),
        (
            "further question beyond idle, J",
            of_energy("further_joules"),
        ),
        ("answered in two ways", [str(len(r.changed)) for r in records]),
    ]
    return [
        (label, [_cell(cell) for cell in cells])
        for label, cells in lines
        if any(cell is not None for cell in cells)
    ]


def _slowdown(record: Record) -> Figure | None:
    return record.figures.get("sustained_slowdown")


def _cell(value: Figure | float | str | None) -> str:
    if value is None:
        return "not measured"
    return digits(value) if isinstance(value, float) else str(value)


def markdown(records: Sequence[Record]) -> str:
    """Return the table for a README."""
    names = [record.name.replace("|", "\\|") for record in records]
    lines = ["| | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    lines += [f"| {label} | " + " | ".join(cells) + " |" for label, cells in rows(records)]
    return "\n".join(lines) + "\n"


def answers_csv(records: Sequence[Record]) -> str:
    """Return all answers of all records, a line each."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("record", *ANSWER_FIELDS))
    for record in records:
        for answer in record.answers:
            cells = (getattr(answer, field) for field in ANSWER_FIELDS)
            writer.writerow((record.name, *("" if cell is None else cell for cell in cells)))
    return out.getvalue()
