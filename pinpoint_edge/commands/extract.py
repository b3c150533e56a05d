"""`pinpoint extract`: many fields of one document, looked at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pinpoint_edge.commands.batch.documents import inputs_of, listed_documents, read_text
from pinpoint_edge.commands.bundle_options import Batch, Limits, Run, RunOn, document_options
from pinpoint_edge.commands.group import checked_output, deliver, output_option, shared_options
from pinpoint_edge.errors import DataError, OptionError
from pinpoint_edge.storage.json_text import parse_json

if TYPE_CHECKING:
    from pinpoint_edge.vision.look import TextLayer


@click.command(
    "extract",
    epilog="Example: pinpoint extract bundles/forms-onnx form.pdf --fields fields.json, where "
    'fields.json holds {"name": "What is the full name?", "date": "What is the date?"}',
)
@click.argument("bundle")
@click.argument("pages", nargs=-1, required=True, metavar="PAGE...")
@click.option("--fields", metavar="FILE", help="JSON: field names, questions; - is stdin.")
@click.option("--schema", metavar="FILE", help="JSON Schema of the data to take; - is stdin.")
@document_options
@output_option("Write the fields as JSON, those of many as JSON lines or CSV.")
@shared_options
@click.pass_context
def command(
    ctx: click.Context,
    bundle: str,
    pages: tuple[str, ...],
    fields: str | None,
    schema: str | None,
    password: str | None,
    text_layer: TextLayer,
    batch: Batch,
    limits: Limits,
    run_on: RunOn,
) -> None:
    """Read many fields of a document; the pages are looked at once.

    The result is always JSON: {"fields": {name: {text, found, confidence, page, boxes, value}}},
    pages counted from 0, boxes [x0, y0, x1, y1] in pixels. With a schema, "data" holds its values,
    lists of objects the rows of a table, and "unfit" what was found and does not fit. With --json
    errors are JSON as well.

    A folder, a pattern in quotes ("scans/*.jpg") or a .jsonl list, one {"file": "a.pdf"} a line, is
    many documents. Their results are JSON lines or CSV, one a field, or one a document with a
    schema; the same command goes on with an --output that it had not finished. Exit code 1: a
    document could not be read.
    """
    if (fields is None) == (schema is None):
        raise OptionError("Give --fields or --schema, one of them: what to take from the pages.")
    questions = read_fields(fields) if fields is not None else {}
    wanted = read_schema(schema) if schema is not None else None
    listed = listed_documents(pages, batch.each)
    output = checked_output(inputs_of(pages, listed, bundle, fields, schema))
    run = Run(bundle, run_on, limits, password, text_layer)
    if listed is not None:
        from pinpoint_edge.commands.batch.results import ask_all

        label = "field" if wanted is None else "file"
        ctx.exit(1 if ask_all(listed, questions, label, run, batch, output, wanted) else 0)
    from pinpoint_edge.result import fields_json

    with run.opened(run.load(), pages, batch.quiet) as document:
        if wanted is not None:
            result = document.extract(wanted, **limits).to_json()
        else:
            result = {"fields": fields_json(document.extract(questions, **limits))}
    deliver(result)


def read_schema(path: str) -> dict[str, Any]:
    """Read a JSON Schema; "-" is stdin. Raises DataError."""
    from pinpoint_edge.values.schema import fields_of

    value = _read(path, "--schema")
    try:
        fields_of(value)
    except DataError as error:
        raise DataError(f"{path}: {error}") from error
    schema: dict[str, Any] = value
    return schema


def _read(path: str | Path, option: str) -> Any:
    try:
        return parse_json(read_text(path, option))
    except ValueError as error:
        raise DataError(f"{path} is not valid JSON: {error}; correct it.") from error


def read_fields(path: str | Path) -> dict[str, str]:
    """Read `{"name": "question"}`, bare or under the key "fields"; "-" is stdin.

    Raises DataError: no such file, no JSON, no fields, a question that is no text or is empty.
    """
    from pinpoint_edge.values.schema import MAX_FIELDS

    value = _read(path, "--fields")
    if isinstance(value, dict) and isinstance(value.get("fields"), dict):
        if len(value) > 1:
            raise DataError(f"{path} holds more beside 'fields'; leave only the fields.")
        value = value["fields"]
    if not isinstance(value, dict) or not value:
        raise DataError(f'{path} holds no fields; write {{"name": "question", ...}}.')
    if len(value) > MAX_FIELDS:
        raise DataError(f"{path} holds more than {MAX_FIELDS} fields; split it.")
    for name, question in value.items():
        if not isinstance(question, str) or not question.strip():
            raise DataError(f"{path}: the field {name!r} has no question; write one as text.")
    return value
