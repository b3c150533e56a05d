"""`pinpoint-data template`: a form that is annotated once, and all of its scans by it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pinpoint_edge.commands.group import FILE_PATH, deliver, shared_options

if TYPE_CHECKING:
    from pinpoint_data.templates.form_template import Template
    from pinpoint_data.templates.page_lines import LineStore
    from pinpoint_data.templates.page_questions import PageFields

SUFFIXES = (".pdf", ".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff")


@click.command(
    "template",
    short_help="Annotate a form once, and all its scans by it.",
    epilog="Example: pinpoint-data template scans --form claim.toml -o qa.jsonl",
)
@click.argument(
    "scans", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path), metavar="SCANS"
)
@click.option(
    "--form", "forms", multiple=True, required=True, metavar="TEMPLATE.toml",
    type=FILE_PATH,
    help="Template of a form kind; several kinds may be mixed in SCANS.",
)  # fmt: skip
@click.option("-o", "--out", type=FILE_PATH, metavar="OUT.jsonl")
@click.option(
    "--learn", metavar="EDITION",
    help="Print the places of the template's labels on one page of SCANS, to be added to the "
    "template as an edition; writes nothing.",
)  # fmt: skip
@click.option(
    "--page", type=click.IntRange(min=1), default=1, show_default=True, help="Page for --learn."
)
@click.option(
    "--bundle", type=click.Path(exists=True, path_type=Path),
    help="Read the pages with this bundle. Default: RapidOCR where it is installed, else the "
    "weights that come with this package.",
)  # fmt: skip
@click.option(
    "--lines", type=FILE_PATH, metavar="LINES.jsonl",
    help="Keep here what was read, for the next run. Default: OUT.lines.jsonl.",
)  # fmt: skip
@click.option(
    "--wordings", type=click.IntRange(min=1), default=2, show_default=True,
    help="Questions a field at most.",
)  # fmt: skip
@click.option(
    "--threads", type=click.IntRange(min=1), help="Threads that read. Default: all cores."
)
@click.option("--overwrite", is_flag=True, help="Replace OUT.jsonl if it is there.")
@shared_options
def command(
    scans: tuple[Path, ...],
    forms: tuple[Path, ...],
    out: Path | None,
    learn: str | None,
    page: int,
    bundle: Path | None,
    lines: Path | None,
    wordings: int,
    threads: int | None,
    overwrite: bool,
) -> None:
    """Find the labels of forms on all pages of SCANS (files or folders), read their fields, and
    write questions with answers and boxes.

    A page belongs to the template that fits it best, or to none. What is not clear is left out,
    counted and named with --json. A run that was ended goes on when it is started again.
    """
    from pinpoint_data.annotating.annotation_file import write_rows
    from pinpoint_data.templates.form_template import load_template
    from pinpoint_data.templates.line_readers import line_reader
    from pinpoint_data.templates.page_lines import LineStore
    from pinpoint_data.templates.page_questions import counted
    from pinpoint_edge.errors import DataError, OptionError, OutputError
    from pinpoint_edge.storage.atomic import check_writable

    if (out is None) == (learn is None):
        raise OptionError("Give either -o OUT.jsonl, to annotate, or --learn EDITION.")
    if out is not None and check_writable(out).exists() and not overwrite:
        raise OutputError(f"{out} is there already; name another file, or give --overwrite.")
    templates = [load_template(path) for path in forms]
    files = _files(scans)
    kept = lines or (out.with_name(f"{out.stem}.lines.jsonl") if out is not None else None)
    with line_reader(bundle, threads) as reader:
        store = LineStore(reader, kept)
        if learn is not None:
            _learn(templates[0], files[0], page, learn, store)
            return
        assert out is not None
        rows, pages, skipped = _annotate(templates, files, store, out, wordings)
    if not rows:
        raise DataError(f"no page of {len(files)} files fits a template; {'; '.join(skipped[:3])}")
    write_rows(out, rows)
    figures = {"rows": len(rows), "files": len(files), **counted(pages), "skipped": skipped}
    deliver({"out": str(out), **figures}, lambda: _show(out, figures, len(pages)))


def _show(out: Path, figures: dict[str, Any], pages: int) -> None:
    skipped = figures["skipped"]
    click.echo(
        f"{out}: {figures['rows']} questions about {pages} pages of {figures['files']} files"
    )
    for edition, count in figures["pages"].items():
        click.echo(f"  {edition}: {count} pages")
    for name, field in figures["fields"].items():
        left = sum(field["left_out"].values())
        click.echo(f"  {name}: {field['filled']} filled, {field['empty']} empty, {left} left out")
    for label, count in figures["labels_missing"].items():
        click.echo(f"  label not found: {label}, on {count} pages")
    for line in skipped[:5]:
        click.echo(f"  skipped: {line}")
    if len(skipped) > 5:
        click.echo(f"  ... and {len(skipped) - 5} more (all of them with --json)")


def _annotate(
    templates: list[Template], files: list[Path], store: LineStore, out: Path, wordings: int
) -> tuple[list[dict[str, Any]], list[PageFields], list[str]]:
    from pinpoint_data.templates.page_questions import read_form, rows_of_page
    from pinpoint_edge.commands.terminal import progress
    from pinpoint_edge.errors import PageError
    from pinpoint_edge.vision.page import load_pages

    rows: list[dict[str, Any]] = []
    found: list[PageFields] = []
    skipped: list[str] = []
    with progress(len(files), "file") as advance:
        for file in files:
            try:
                for number, page in enumerate(load_pages([file])):
                    lines = store.open(page)
                    fields = read_form(templates, lines)
                    lines.keep()
                    if fields is None:
                        skipped.append(f"{page.source}: no template fits")
                        continue
                    found.append(fields)
                    rows += rows_of_page(fields, page, file, number, out.resolve().parent, wordings)
            except PageError as error:
                skipped.append(str(error))
            advance(file)
    return rows, found, skipped


def _learn(template: Template, file: Path, number: int, edition: str, store: LineStore) -> None:
    from pinpoint_data.templates.registration import learned
    from pinpoint_edge.vision.page import load_pages

    lines = store.open(load_pages([file])[number - 1])
    lines.need(range(len(lines.lines)))  # long lines may hold labels too
    places, missing = learned(template, lines.lines)
    lines.keep()
    click.echo(f"[[editions]]\nname = {edition!r}\n[editions.labels]".replace("'", '"'))
    for name, box in places.items():
        click.echo(f"{name} = [{', '.join(f'{value:.0f}' for value in box)}]")
    for name in missing:
        click.echo(f"# not found: {name}")


def _files(scans: tuple[Path, ...]) -> list[Path]:
    from pinpoint_edge.errors import DataError

    files = []
    for path in scans:
        inside = sorted(path.iterdir()) if path.is_dir() else [path]
        files += [file for file in inside if file.suffix.lower() in SUFFIXES]
    if not files:
        raise DataError(f"{scans[0]} holds no {', '.join(SUFFIXES)} file.")
    return files
