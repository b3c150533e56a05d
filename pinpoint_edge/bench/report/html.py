"""The report: one HTML file that needs no network, made of records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from pinpoint_edge.bench.record.record import Record
from pinpoint_edge.bench.report import pictures
from pinpoint_edge.bench.report.compare import Comparison, compare
from pinpoint_edge.bench.report.pictures import INSTALL_REPORT
from pinpoint_edge.bench.report.tables import markdown, rows
from pinpoint_edge.bench.report.worst import worst_answers
from pinpoint_edge.errors import BackendError, DataError

TEMPLATE = Path(__file__).with_name("report.html")


def report(records: Sequence[Record], files: Mapping[str, Path]) -> str:
    """Return the page; raises BackendError where a library is missing.

    files: paths of pages by their names in the records, for the pictures of the worst answers. The
    first record is the base of the comparisons.
    """
    try:
        from jinja2 import Environment, StrictUndefined
    except ImportError as error:
        raise BackendError(f"A report needs jinja2; run `{INSTALL_REPORT}`.") from error
    named = distinct(records)
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = environment.from_string(TEMPLATE.read_text("utf-8"))
    return template.render(
        records=named,
        rows=rows(named),
        markdown=markdown(named),
        comparisons=_comparisons(named),
        stages=pictures.stages(named),
        pareto=pictures.pareto(named),
        distributions=pictures.distributions(named),
        over_time={r.name: svg for r in named if (svg := pictures.over_time(r))},
        worst={r.name: found for r in named if (found := worst_answers(r, files))},
    )


def distinct(records: Sequence[Record]) -> list[Record]:
    """Give records of one bundle on one device different names, by their order."""
    names = [record.name for record in records]
    return [
        replace(record, bundle=replace(record.bundle, name=f"{record.bundle.name} #{number}"))
        if names.count(record.name) > 1
        else record
        for number, record in enumerate(records, 1)
    ]


def _comparisons(records: Sequence[Record]) -> list[Comparison | str]:
    """Compare each later record with the first one; a reason in place of what cannot be."""
    found: list[Comparison | str] = []
    for record in records[1:]:
        try:
            found.append(compare(record, records[0]))
        except DataError as error:
            found.append(str(error))
    return found
