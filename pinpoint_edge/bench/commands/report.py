"""`pinpoint-bench report`: records as one page to look at, a table, and a file of all answers."""

from __future__ import annotations

from pathlib import Path

import click

from pinpoint_edge.commands.group import FILE_PATH, deliver, say_replaced, shared_options, writable


@click.command(
    "report",
    epilog="Example: pinpoint-bench report record.json other.json -o report.html",
)
@click.argument("records", nargs=-1, required=True, type=FILE_PATH)
@click.option(
    "--data", type=FILE_PATH, metavar="QA.jsonl",
    help="The annotated questions, to show the worst answers on their pages.",
)  # fmt: skip
@click.option(
    "--csv", "csv_file", type=FILE_PATH, metavar="FILE.csv", callback=writable,
    help="Write all answers.",
)  # fmt: skip
@click.option(
    "--table", type=FILE_PATH, metavar="FILE.md", callback=writable,
    help="Write the table of figures.",
)  # fmt: skip
@click.option(
    "-o", "--output", type=FILE_PATH, default=Path("report.html"), show_default=True,
    metavar="FILE.html", callback=writable, help="Write the page.",
)  # fmt: skip
@shared_options
def command(
    records: tuple[Path, ...],
    data: Path | None,
    csv_file: Path | None,
    table: Path | None,
    output: Path,
) -> None:
    """Draw RECORDS of `pinpoint-bench run` as one HTML file; the first is the base of comparisons.

    The page needs no network and holds no page of a document, unless --data names them.
    """
    from pinpoint_edge.bench.record.record import read_record
    from pinpoint_edge.bench.report.html import distinct, report
    from pinpoint_edge.bench.report.tables import answers_csv, markdown
    from pinpoint_edge.evaluation.annotations import load_questions
    from pinpoint_edge.storage.atomic import check_writable, replacing

    for path in (output, csv_file, table):
        if path is not None:
            check_writable(path, inputs=records)
    read = distinct([read_record(path) for path in records])
    files = {} if data is None else {q.image: Path(q.path) for q in load_questions(data)}
    texts = {output: report(read, files)}
    texts |= {} if csv_file is None else {csv_file: answers_csv(read)}
    texts |= {} if table is None else {table: markdown(read)}
    for path, text in texts.items():
        say_replaced(path)
        with replacing(path) as file:
            file.write(text.encode())
    written = [str(path) for path in texts]
    deliver({"files": written}, lambda: click.echo("\n".join(written)))
