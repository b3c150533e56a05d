"""Write docs/results.md and the README's table: `python -m pinpoint_export.results`.

`new ID` writes an empty record with today's date, this machine and the shipped digests.
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import click

import pinpoint_edge
from pinpoint_edge.bench.machine import machine_facts
from pinpoint_edge.commands.group import run
from pinpoint_edge.errors import OutputError
from pinpoint_edge.storage.atomic import replacing, write_json
from pinpoint_export.results.page import readme_table, results_page, with_table
from pinpoint_export.results.record import load_records, shipped_digests
from pinpoint_models.paths import weights_folder

_ROOT = click.option(
    "--root",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=".",
    help="The repository; default: this folder.",
)


@click.group(invoke_without_command=True)
@_ROOT
@click.pass_context
def cli(context: click.Context, root: Path) -> None:
    """Write docs/results.md and the README's table from the records in results/."""
    if context.invoked_subcommand is not None:
        return
    records, shipped = load_records(root / "results"), shipped_digests(weights_folder())
    table = readme_table(records, shipped, root / "results/readme.json")
    readme = with_table((root / "README.md").read_text(encoding="utf-8"), table)
    for path, text in (
        (root / "docs/results.md", results_page(records, shipped)),
        (root / "README.md", readme),
    ):
        with replacing(path) as file:
            file.write(text.encode())
    old = [record.id for record in records if record.stale_parts(shipped) != []]
    click.echo(f"{len(records)} records, {len(old)} of them with earlier weights")


@cli.command()
@click.argument("name", metavar="ID")
@_ROOT
def new(name: str, root: Path) -> None:
    """Write results/ID.json, to be filled in after a measurement."""
    path = root / "results" / f"{name}.json"
    if path.exists():
        raise OutputError(f"{path} is there already; give the measurement another name.")
    facts = machine_facts()
    record = {
        "id": name,
        "section": "answers",
        "title": "",
        "date": date.today().isoformat(),
        "measured": "",
        "sets": [{"name": "", "n": 0, "unit": "questions", "role": "unseen"}],
        "figures": [{"row": "ANLS", "column": "", "value": 0.0, "interval": None, "decimals": 3}],
        "commands": [],
        "machine": f"{facts['cpu']}, {facts['usable_cores']} cores",
        "weights": shipped_digests(weights_folder()),
        "recipe": "int4",
        "version": pinpoint_edge.__version__,
        "notes": [],
    }
    write_json(path, record)
    click.echo(f"{path} is ready to be filled in")


if __name__ == "__main__":
    sys.exit(run(cli, sys.argv[1:], "python -m pinpoint_export.results"))
