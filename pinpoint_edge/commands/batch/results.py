"""Many documents asked one after another, or several at once: one line of results an answer.

Results are JSON lines or CSV. A file of results is also the record of what is done: the same
command goes on where it was stopped.
"""

from __future__ import annotations

import csv
import io
import json
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from pinpoint_edge.commands.batch.documents import Listed
from pinpoint_edge.commands.bundle_options import Batch, Run
from pinpoint_edge.commands.group import json_text, say_replaced
from pinpoint_edge.commands.terminal import progress
from pinpoint_edge.errors import (
    BackendError,
    InferenceError,
    InstructionError,
    OptionError,
    PageError,
    PinPointError,
)
from pinpoint_edge.storage.atomic import is_special, replacing
from pinpoint_edge.storage.json_text import json_digest
from pinpoint_edge.storage.resumable_log import Log

if TYPE_CHECKING:
    from pinpoint_edge.document.extraction import Extraction
    from pinpoint_edge.reader import PinPoint
    from pinpoint_edge.result import Answer

Row = dict[str, Any]
Found: TypeAlias = "Mapping[str, Answer | Extraction] | PinPointError"
"""The answers to a document's questions, what its schema takes, or the fault that it has."""

_LARGE = ("quads", "evidence", "tokens", "timings", "fields")
# Faults of one document, beside which the others are still read.
_OF_A_DOCUMENT = (PageError, BackendError, InstructionError, InferenceError)


def ask_all(
    documents: Sequence[Listed],
    fields: Mapping[str, str],
    label: str,
    run: Run,
    batch: Batch,
    output: Path | None,
    schema: Mapping[str, Any] | None = None,
) -> int:
    """Ask every document its own questions, or those of `fields`; return how many documents failed.

    label: the key of a field's name in a result; schema: taken from each document as a whole, a
    result each, in the place of questions. Faults of one document go to stderr, a line each,
    and the others are read. Raises PinPointError for what concerns all of them.
    """
    by = run.identity() | ({"schema": schema} if schema else {})
    rows = _Rows(output, batch.format, label, json_digest(by)[:16])
    todo = []
    for document in documents:
        asked = {question: question for question in document.questions} or fields
        if schema:
            asked = {document.name: ""}
        if not asked:
            raise InstructionError("There is no question; put one last, or give --questions.")
        left = {name: asked[name] for name in asked if (document.name, name) not in rows.done}
        if left:
            todo.append((document, left))
    failed = 0
    shown = nullcontext(_nothing) if batch.quiet else progress(len(todo), "document")
    with rows, shown as advance:
        for (document, asked), found in zip(
            todo, _answers(todo, run, batch.jobs, schema), strict=True
        ):
            if isinstance(found, PinPointError):
                failed += 1
                place = "" if document.name in str(found) else f"{document.name}: "
                click.echo(f"error[{found.code}]: {place}{found}", err=True)
            else:
                for name, answer in found.items():
                    about = {"file": document.name, label: name}
                    about |= {"question": asked[name]} if label == "field" else {}
                    rows.add(about | _short(answer))
            advance(None)
    return failed


def _answers(
    todo: Sequence[tuple[Listed, Mapping[str, str]]],
    run: Run,
    jobs: int,
    schema: Mapping[str, Any] | None,
) -> Iterator[Found]:
    """The answers to each document's questions in order, or the fault that it has."""
    own = threading.local()
    jobs = min(jobs, len(todo)) or 1

    def work(item: tuple[Listed, Mapping[str, str]]) -> Found:
        document, asked = item
        # A reader serves one caller at a time: each thread has its own.
        if not hasattr(own, "reader"):
            own.reader = run.load(jobs)
        reader: PinPoint = own.reader
        try:
            with run.opened(reader, document.pages, quiet=True) as opened:
                if schema:
                    return {document.name: opened.extract(schema, **run.limits)}
                return {name: run.ask(opened, question) for name, question in asked.items()}
        except _OF_A_DOCUMENT as error:
            return error

    if jobs == 1:
        yield from map(work, todo)
        return
    pool = ThreadPoolExecutor(jobs)
    try:
        yield from pool.map(work, todo)
    finally:
        # On an interruption nothing waits for the documents that have not begun.
        pool.shutdown(wait=False, cancel_futures=True)


class _Rows:
    """The lines of results: printed, or kept in a file that a later run goes on with.

    A CSV file is written at the end; until then its lines are in "NAME.csv.partial".
    """

    def __init__(self, path: Path | None, form: str | None, label: str, by: str) -> None:
        self.path = kept = path
        self.kind = form or _format(path)
        if kept is not None and is_special(kept):
            kept = None
        elif kept is not None and self.kind == "csv":
            kept = kept.with_name(kept.name + ".partial")
        self._log = Log(kept, dict, key=lambda row: (row["file"], row[label]), by=by, to_json=dict)
        self._stream: Any = None
        self._header: list[str] = []

    @property
    def done(self) -> Mapping[Any, Row]:
        return self._log.done

    def add(self, row: Row) -> None:
        self._log.add(row)
        if self._stream is None:
            return
        if self.kind == "csv":
            self._stream.write(_csv_text([row], header=len(self.done) == 1))
        else:
            plain = self.path is not None
            line = json.dumps(row, ensure_ascii=False) if plain else json_text(row)
            self._stream.write(line + "\n")
        self._stream.flush()

    def __enter__(self) -> None:
        if self._log.path is None:
            self._stream = (
                sys.stdout if self.path is None else self.path.open("w", encoding="utf-8")
            )

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._stream is not None and self.path is not None:
            self._stream.close()
        if kind is None and self.kind == "csv" and self.path and self._log.path:
            say_replaced(self.path)
            with replacing(self.path) as file:
                file.write(_csv_text(list(self.done.values()), header=True).encode())
            self._log.path.unlink(missing_ok=True)


def _format(path: Path | None) -> str:
    """jsonl or csv, by the file's name; raises OptionError."""
    if path is None or is_special(path):
        return "jsonl"
    if path.suffix.lower() not in (".jsonl", ".csv"):
        raise OptionError(
            f"{path}: results of several questions or documents are JSON lines or CSV; end the "
            "name in .jsonl or .csv, or give --format."
        )
    return path.suffix.lower().lstrip(".")


def _csv_text(rows: Sequence[Row], *, header: bool) -> str:
    text = io.StringIO()
    if rows:
        table = csv.DictWriter(text, [*rows[0]], extrasaction="ignore", lineterminator="\n")
        if header:
            table.writeheader()
        table.writerows({key: _cell(value) for key, value in row.items()} for row in rows)
    return text.getvalue()


def _cell(value: object) -> object:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict | bool) else value


def _short(answer: Answer | Extraction) -> Row:
    return {key: value for key, value in answer.to_json().items() if key not in _LARGE}


def _nothing(_: object) -> None:
    pass
